// Opens the cart drawer after "Add to cart"; a click outside closes it.
const dialog = document.getElementById("cart-drawer");

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  if (target === dialog && dialog.firstElementChild && !dialog.open) dialog.showModal();
});

dialog?.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
