// The image gallery of a product: the current image is in the URL, and the lightbox announces it.
const currentIndex = (row) => Math.round(Math.abs(row.scrollLeft) / row.clientWidth);
// The image that a row is still scrolling to. Keys and links count from it, not from the scroll position.
const targets = new WeakMap();

function scrollToIndex(row, index, behavior = "auto") {
  if (!row.children[index]) return;
  targets.set(row, index);
  // Only the row scrolls: scrollIntoView would also scroll the page.
  row.scrollTo({ left: row.children[index].offsetLeft - row.children[0].offsetLeft, behavior });
}

const scrollByStep = (row, step, behavior) => scrollToIndex(row, (targets.get(row) ?? currentIndex(row)) + step, behavior);
const indexOf = (slide) => [...slide.parentElement.children].indexOf(slide);

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
  if (enlarge) openAt(document.getElementById(enlarge.dataset.large));
  const link = event.target.closest(".thumbs a, .lightbox-slides a");
  if (!link) return;
  event.preventDefault(); // no scrolling of the page and no history entry
  const slide = document.querySelector(link.hash);
  const row = slide.parentElement;
  if (link.matches(".thumbs a")) return scrollToIndex(row, indexOf(slide), "smooth");
  scrollByStep(row, indexOf(slide) - indexOf(link.closest("li")), "smooth");
  row.focus({ preventScroll: true });
});

// The dialog is laid out in the next frame. By then a key may have set, or even reached, another image.
function openAt(slide) {
  const row = slide.parentElement;
  targets.set(row, indexOf(slide));
  requestAnimationFrame(() => targets.has(row) && scrollToIndex(row, targets.get(row), "instant"));
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const row = event.target.closest?.(".gallery .slides") ?? document.querySelector(".lightbox[open] .lightbox-slides");
  if (!step || !row) return;
  event.preventDefault();
  scrollByStep(row, step);
});

// Another variant has its image first.
let first = document.querySelector(".slides img")?.src;
document.addEventListener("htmx:after:swap", () => {
  const [shown, slides] = [document.querySelector(".slides img")?.src, document.querySelector(".slides")];
  if (!slides) return;
  if (shown !== first) scrollToIndex(slides, 0, "instant");
  first = shown;
  markThumbnail(slides);
});

const row = document.querySelector(".slides");
const [, number] = location.hash.match(/^#image-(\d+)$/) ?? []; // a reload would show the first image
if (row && number) scrollToIndex(row, number - 1, "instant");
if (row) markThumbnail(row);
