// Enhances the checkout form: validates fields on blur, collapses completed sections, and prevents
// a second submit. The server validates everything again.
const form = document.getElementById("checkout");
const sections = [...form.querySelectorAll("fieldset[data-collapsible]")];
const inputs = (root) => [...root.querySelectorAll("input:not([type=hidden]), select")];

function errorOf(field) {
  const value = field.value.trim();
  if (!value) return field.required ? field.dataset.required : "";
  const matches = !field.dataset.pattern || isPostcode(value, field.dataset.pattern);
  return field.validity.typeMismatch || !matches ? field.dataset.invalid : "";
}

// Like the server: any blanks and dashes, and a country prefix. Other scripts are left to the server.
function isPostcode(value, pattern) {
  const code = value.normalize("NFKC").replace(/[\s\p{Pd}\p{Cf}−ー.〒]/gu, "");
  const accepted = new RegExp(`^(?:[A-Z]{1,3})??(?:${pattern})$`, "i");
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

function textOf(field) {
  return field.value && field.matches("select") ? field.selectedOptions[0].text : field.value.trim();
}

function collapse(section) {
  const isInvalid = (field) => field.ariaInvalid === "true" || errorOf(field);
  if (section.matches(".is-collapsed") || inputs(section).some(isInvalid)) return;
  const summary = document.createElement("p");
  const [first, ...others] = inputs(section).map(textOf).filter(Boolean);
  summary.textContent = [...others, first].join(", "); // the country comes last
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

form.addEventListener("focusout", ({ target: field }) => {
  if (field.matches("input:not([type=radio]), select") && field.value.trim()) {
    const message = errorOf(field);
    if (message) showError(field, message);
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
  if (current) for (const section of sections.slice(0, [...form.querySelectorAll("fieldset")].indexOf(current))) collapse(section);
}

form.querySelector(".error-summary")?.addEventListener("click", () => sections.forEach((section) => expand(section)));

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
