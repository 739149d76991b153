// The pictures of a piece: which one is looked at stands in the address, and is said in the lightbox.
const place = (row) => Math.round(Math.abs(row.scrollLeft) / row.clientWidth);
const go = (row, to, behavior = "auto") => row.children[to]?.scrollIntoView({ inline: "start", block: "nearest", behavior });

function mark(row) {
  for (const [at, link] of document.querySelectorAll(".thumbs a").entries()) {
    if (at === place(row)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("scrollend", ({ target }) => {
  if (!target.matches?.(".frames, .plates")) return;
  if (target.matches(".plates")) {
    const said = target.parentElement.querySelector("[role=status]");
    said.textContent = target.children[place(target)].querySelector("span").textContent;
    return;
  }
  history.replaceState(history.state, "", `#picture-${place(target) + 1}`);
  mark(target);
}, true);

document.addEventListener("click", (click) => {
  const enlarge = click.target.closest(".enlarge");
  if (enlarge) requestAnimationFrame(() => document.getElementById(enlarge.dataset.large).scrollIntoView({ behavior: "instant" }));
  const link = click.target.closest(".thumbs a, .plates a");
  if (!link) return;
  click.preventDefault(); // the page stays where it is, and "back" leads back
  const wanted = document.querySelector(link.hash);
  go(wanted.parentElement, [...wanted.parentElement.children].indexOf(wanted), "smooth");
  if (link.closest(".plates")) wanted.parentElement.focus({ preventScroll: true });
});

document.addEventListener("keydown", (key) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key.key];
  const row = key.target.closest?.(".gallery .frames") ?? document.querySelector(".lightbox[open] .plates");
  if (!step || !row) return;
  key.preventDefault();
  go(row, place(row) + step);
});

const row = document.querySelector(".frames");
const [, shared] = location.hash.match(/^#picture-(\d+)$/) ?? []; // a reload would show the first
if (row && shared) go(row, shared - 1, "instant");
if (row) mark(row);
