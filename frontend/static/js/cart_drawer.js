// The cart's drawer opens when something was put into it; a click beside it closes it.
const drawer = document.getElementById("drawer");

document.addEventListener("htmx:after:swap", (swap) => {
  const target = swap.detail?.ctx?.target ?? swap.target;
  if (target === drawer && drawer.firstElementChild && !drawer.open) drawer.showModal();
});

drawer?.addEventListener("click", (click) => {
  if (click.target === drawer || click.target.closest("[data-close]")) drawer.close();
});
