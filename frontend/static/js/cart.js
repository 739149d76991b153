// Quantity steppers of the cart, optimistic: the new quantity is shown at once, and the server's
// response replaces it. Prices come only from the server. Fast clicks become one request.
let pressedId = "";
let leaveTo = "";
const busyLines = () => [...document.querySelectorAll(".lines [aria-busy]")];

document.addEventListener("click", (event) => {
  const button = event.target.closest(".stepper button");
  if (!button) return;
  pressedId = button.id;
  const [form, line] = [button.form, button.closest("li")];
  const count = form.querySelector("[data-count]");
  const quantity = Number(count.textContent) + Number(button.dataset.step ?? -count.textContent);
  if (quantity < 0 || quantity > Number(form.dataset.max)) return event.preventDefault();
  line.setAttribute("aria-busy", "true");
  button.value = count.textContent = quantity;
});

// "Checkout" waits for a change that is still being sent.
document.addEventListener("click", (event) => {
  const link = event.target.closest(":is(#cart, #cart-drawer) a[href$='/checkout']");
  if (!link || !busyLines().length) return;
  event.preventDefault();
  leaveTo = link.href;
});

function revert() {
  for (const line of busyLines()) {
    const count = line.querySelector("[data-count]");
    count.textContent = count.dataset.count;
    line.removeAttribute("aria-busy");
  }
}

for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, () => { leaveTo = ""; revert(); });
}
document.addEventListener("htmx:after:swap", () => {
  if (leaveTo) return location.assign(leaveTo);
  const button = document.getElementById(pressedId);
  if (!button || ![null, document.body, button].includes(document.activeElement)) return;
  if (button.disabled) button.closest("li").querySelector("h3 a")?.focus();
  else button.focus();
});

// The cart drawer opens after "Add to cart"; a click outside closes it.
const dialog = document.getElementById("cart-drawer");

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  if (target !== dialog || dialog.open || !dialog.querySelector(".cart-drawer-content")) return;
  dialog.showModal();
  dialog.querySelector(".added")?.scrollIntoView({ block: "nearest", behavior: "instant" });
});

dialog?.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
