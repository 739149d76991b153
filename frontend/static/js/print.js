// A receipt is printed from the page; without scripts the browser's own menu does it.
document.addEventListener("click", (click) => {
  if (click.target.closest("[data-print]")) window.print();
});
