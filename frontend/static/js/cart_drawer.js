// Opens the cart drawer after "Add to cart"; a click outside closes it.
const drawer = document.getElementById("cart-drawer");

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  if (target === drawer && drawer.firstElementChild && !drawer.open) drawer.showModal();
});

drawer?.addEventListener("click", (event) => {
  if (event.target === drawer || event.target.closest("[data-close]")) drawer.close();
});
