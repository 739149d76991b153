// A line of the cart shows at once how many are wished for; the server's answer has the last word,
// and money is left to it alone. Quick presses become one request, with the last number.
let pressed = "";
let leaving = "";
const busy = () => [...document.querySelectorAll("#cart [aria-busy]")];

document.addEventListener("click", (click) => {
  const button = click.target.closest(".stepper button");
  if (!button) return;
  pressed = button.id;
  const [form, line] = [button.form, button.closest("li")];
  const count = form.querySelector("[data-count]");
  const wished = Number(count.textContent) + Number(button.dataset.step ?? -count.textContent);
  if (wished < 0 || wished > Number(form.dataset.most)) return click.preventDefault();
  line.setAttribute("aria-busy", "true");
  button.value = count.textContent = wished;
});

// Whoever goes on to the checkout in the meantime takes the change along.
document.addEventListener("click", (click) => {
  const link = click.target.closest("#cart a[href='/checkout']");
  if (!link || !busy().length) return;
  click.preventDefault();
  leaving = link.href;
});

function takeBack() {
  for (const line of busy()) {
    const count = line.querySelector("[data-count]");
    count.textContent = count.dataset.count;
    line.removeAttribute("aria-busy");
  }
}

document.addEventListener("htmx:error", () => { leaving = ""; takeBack(); });
document.addEventListener("htmx:after:swap", () => {
  if (busy().length) return takeBack(); // the answer was a notice, not the cart
  if (leaving) return location.assign(leaving);
  const button = document.getElementById(pressed);
  if (!button || ![null, document.body, button].includes(document.activeElement)) return;
  if (button.disabled) button.closest("li").querySelector("h2 a")?.focus();
  else button.focus();
});
