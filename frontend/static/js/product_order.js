// Drag a product to another place of the list. The buttons and the number do the same without it.
let dragged = null;

const row = (event) => event.target.closest("[data-place]");

for (const list of document.querySelectorAll("[data-order]")) {
  for (const item of list.querySelectorAll("[data-place]")) item.draggable = true;
  list.addEventListener("dragstart", (event) => {
    dragged = row(event);
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const target = row(event);
    if (!dragged || !target || target === dragged) return;
    event.preventDefault();
    const isBelow = dragged.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING;
    target[isBelow ? "after" : "before"](dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    const form = dragged.querySelector("form");
    const first = Number(list.getAttribute("start"));
    const place = first + [...list.children].indexOf(dragged);
    if (place !== Number(dragged.dataset.place)) {
      form.elements.place.value = place;
      form.requestSubmit();
    }
    dragged = null;
  });
}
