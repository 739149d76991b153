// The "Print receipt" button. Without JavaScript it is hidden.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
