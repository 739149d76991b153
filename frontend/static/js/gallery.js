// The image gallery of a product: the current image is in the URL, and the lightbox announces it.
const currentIndex = (row) => Math.round(Math.abs(row.scrollLeft) / row.clientWidth);
const targets = new WeakMap(); // the index that a row is still scrolling to

function scrollTo(row, index, behavior = "auto") {
  if (!row.children[index]) return;
  targets.set(row, index);
  row.children[index].scrollIntoView({ inline: "start", block: "nearest", behavior });
}

function markThumbnail(row) {
  for (const [index, link] of document.querySelectorAll(".thumbs a").entries()) {
    if (index === currentIndex(row)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("scrollend", ({ target: row }) => {
  if (!row.matches?.(".slides, .lightbox-slides")) return;
  targets.delete(row);
  if (row.matches(".lightbox-slides")) {
    const status = row.parentElement.querySelector("[role=status]");
    status.textContent = row.children[currentIndex(row)].querySelector("span").textContent;
    return;
  }
  history.replaceState(history.state, "", `#image-${currentIndex(row) + 1}`);
  markThumbnail(row);
}, true);

document.addEventListener("click", (event) => {
  const enlarge = event.target.closest(".enlarge");
  if (enlarge) requestAnimationFrame(() => document.getElementById(enlarge.dataset.large).scrollIntoView({ behavior: "instant" }));
  const link = event.target.closest(".thumbs a, .lightbox-slides a");
  if (!link) return;
  event.preventDefault(); // no scrolling of the page and no history entry
  const slide = document.querySelector(link.hash);
  scrollTo(slide.parentElement, [...slide.parentElement.children].indexOf(slide), "smooth");
  if (link.closest(".lightbox-slides")) slide.parentElement.focus({ preventScroll: true });
});

// A key that is pressed during an animated scroll counts from the image that the row scrolls to.
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const row = event.target.closest?.(".gallery .slides") ?? document.querySelector(".lightbox[open] .lightbox-slides");
  if (!step || !row) return;
  event.preventDefault();
  scrollTo(row, (targets.get(row) ?? currentIndex(row)) + step);
});

const row = document.querySelector(".slides");
const [, number] = location.hash.match(/^#image-(\d+)$/) ?? []; // a reload would show the first image
if (row && number) scrollTo(row, number - 1, "instant");
if (row) markThumbnail(row);
