// Enhances the checkout form: validates fields on blur, collapses completed sections, and prevents
// a second submit. The server validates everything again.
const form = document.getElementById("checkout");
const sections = [...form.querySelectorAll("fieldset[data-collapsible]")];
const inputs = (root) => [...root.querySelectorAll("input:not([type=hidden]), select")];

function errorOf(field) {
  const value = field.value.trim();
  if (!value) return field.required ? field.dataset.required : "";
  const matches = !field.dataset.pattern || isPostcode(value, field.dataset.pattern);
  const isEmail = field.type !== "email" || /[@＠]/.test(value); // the server also reads "Ada <ada@example.com>"
  return isEmail && matches ? "" : field.dataset.invalid;
}

// Like the server: any blanks and punctuation, and a country prefix. Other scripts are left to the server.
function isPostcode(value, pattern) {
  const code = value.normalize("NFKC").replace(/[\s\p{Pd}\p{Cf}−ー.,:_/()〒]/gu, "");
  const accepted = new RegExp(`^(?:[A-Z]{1,9})??(?:${pattern})$`, "i");
  const cuts = [...code].map((_, at) => [code.slice(0, at), code.slice(at)]);
  return /[^!-~]/.test(code) || cuts.some((parts) => ["", "-", " "].some((it) => accepted.test(parts.join(it))));
}

function showError(field, message) {
  const error = document.createElement("p");
  Object.assign(error, { className: "error", id: `${field.id}-error`, textContent: message });
  clearError(field);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", error.id);
  field.after(error);
}

function clearError(field) {
  document.getElementById(`${field.id}-error`)?.remove();
  field.removeAttribute("aria-invalid");
  const hint = `${field.id}-hint`;
  if (document.getElementById(hint)) field.setAttribute("aria-describedby", hint);
  else field.removeAttribute("aria-describedby");
}

function expand(section, focus) {
  section.querySelector(".collapsed")?.remove();
  section.classList.remove("is-collapsed");
  if (focus) inputs(section)[0].focus();
}

// The address by its country's format, in Google's codes as in app/shipping/address_format.py.
const FIELDS = { N: ["name"], O: ["company"], A: ["street", "street2"], D: ["district"], C: ["city"], S: ["region"], Z: ["postal_code"] };
const valueOf = (name) => document.getElementById(name)?.value.trim();

function writeLine(template) {
  let line = "";
  let previous = true;
  for (const [, text, code] of template.matchAll(/([^%]*)%([NOADCSZ])/g)) {
    const value = FIELDS[code].map(valueOf).filter(Boolean).join(", ");
    if (value) line += (previous ? text : line && " ") + value;
    previous = Boolean(value);
  }
  return line;
}

function summaryOf(section) {
  const address = section.querySelector("[data-format]");
  if (!address) return inputs(section).map((field) => field.value.trim()).join(", ");
  const country = document.getElementById("country").selectedOptions[0].text;
  return [...address.dataset.format.split("%n").map(writeLine), country].filter(Boolean).join(", ");
}

function collapse(section) {
  const isInvalid = (field) => field.ariaInvalid === "true" || errorOf(field);
  if (section.matches(".is-collapsed") || inputs(section).some(isInvalid)) return;
  const summary = document.createElement("p");
  summary.textContent = summaryOf(section);
  const change = document.createElement("button");
  Object.assign(change, { type: "button", className: "link", textContent: form.dataset.change });
  change.setAttribute("aria-label", `${form.dataset.change}: ${section.querySelector("legend").textContent}`);
  change.addEventListener("click", () => expand(section, true));
  const row = document.createElement("div");
  row.className = "collapsed";
  row.append(summary, change);
  section.append(row);
  section.classList.add("is-collapsed");
}

// What is pressed or focused stays under the finger when something above it appears or disappears.
let pressed = null;
document.addEventListener("pointerdown", ({ target }) => { pressed = target; }, true);

function placeOf(element) {
  const before = element?.getBoundingClientRect().top;
  return () => {
    if (element?.isConnected) scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
  };
}

function keepInPlace(element, change) {
  const restore = placeOf(element);
  change();
  restore();
}

// Another country also changes the error summary, above.
let restorePlace = null;
form.addEventListener("htmx:before:swap", () => { restorePlace = placeOf(document.activeElement); });
form.addEventListener("htmx:after:swap", () => restorePlace?.());

form.addEventListener("focusout", ({ target: field, relatedTarget }) => {
  if (field.matches("input:not([type=radio], [type=checkbox]), select") && field.value.trim()) {
    const message = errorOf(field);
    if (message) keepInPlace(relatedTarget ?? pressed, () => showError(field, message));
  }
});

form.addEventListener("input", ({ target: field }) => {
  if (field.matches("[aria-invalid]")) clearError(field);
});

// While a pointer is down no section collapses: the target must not move under it.
let pointerDown = false;
document.addEventListener("pointerdown", () => { pointerDown = true; });
document.addEventListener("pointerup", () => { pointerDown = false; setTimeout(collapseBefore, 0, document.activeElement); });
form.addEventListener("focusin", ({ target }) => { if (!pointerDown) collapseBefore(target); });

function collapseBefore(active) {
  const current = active?.closest?.("#checkout fieldset");
  if (!current) return;
  const before = sections.slice(0, [...form.querySelectorAll("fieldset")].indexOf(current));
  keepInPlace(active, () => before.forEach(collapse));
}

// After a declined payment the page begins at the payment.
if (document.activeElement?.id === "declined") collapseBefore(document.activeElement);

form.addEventListener("click", ({ target }) => {
  if (target.closest(".error-summary")) sections.forEach((section) => expand(section));
});

form.addEventListener("submit", (event) => {
  if (event.submitter?.formAction.endsWith("/address")) return;
  if (form.dataset.submitted) event.preventDefault();
  form.dataset.submitted = "yes";
  form.querySelector(".pay")?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  delete form.dataset.submitted;
  form.querySelector(".pay")?.removeAttribute("aria-busy");
});
