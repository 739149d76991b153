// Selects all rows of the product list.
const boxes = document.querySelectorAll('input[type="checkbox"][form="bulk-edit"]');
const all = document.querySelector("[data-select-all]");
if (all) {
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
}
