// Drag a product to another place of the list. The buttons and the number do the same without it.
let dragged = null;

const row = (event) => event.target.closest("[data-row]");

for (const list of document.querySelectorAll("[data-order]")) {
  for (const item of list.querySelectorAll("[data-row]")) item.draggable = true;
  const before = [...list.children];
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
    const now = [...list.children];
    const index = now.indexOf(dragged);
    if (index !== before.indexOf(dragged)) {
      const beside = document.createElement("input");
      beside.type = "hidden";
      beside.name = index ? "below" : "above";
      beside.value = now[index ? index - 1 : 1].id;
      const form = dragged.querySelector("[data-beside]");
      form.append(beside);
      form.requestSubmit();
    }
    dragged = null;
  });
}
