// The checkout while it is filled in: errors come late and go early, what is done folds away, and
// the pay button works once. The server checks everything again.
const form = document.getElementById("checkout");
const parts = [...form.querySelectorAll("fieldset[data-folds]")];
const fields = (root) => [...root.querySelectorAll("input:not([type=hidden]), select")];

function fault(field) {
  const value = field.value.trim();
  if (!value) return field.required ? form.dataset.empty : "";
  const fits = new RegExp(`^(?:${field.dataset.pattern ?? ".*"})$`, "i");
  return field.validity.typeMismatch || !fits.test(value) ? field.dataset.wrong : "";
}

function complain(field, message) {
  const place = document.createElement("p");
  Object.assign(place, { className: "wrong", id: `${field.id}-error`, textContent: message });
  forgive(field);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", place.id);
  field.after(place);
}

function forgive(field) {
  document.getElementById(`${field.id}-error`)?.remove();
  field.removeAttribute("aria-invalid");
  const hint = `${field.id}-hint`;
  if (document.getElementById(hint)) field.setAttribute("aria-describedby", hint);
  else field.removeAttribute("aria-describedby");
}

function unfold(part, focus) {
  part.querySelector(".folded")?.remove();
  part.classList.remove("is-folded");
  if (focus) fields(part)[0].focus();
}

function said(field) {
  return field.value && field.matches("select") ? field.selectedOptions[0].text : field.value.trim();
}

function fold(part) {
  if (part.matches(".is-folded") || fields(part).some((it) => it.ariaInvalid === "true" || fault(it))) return;
  const told = document.createElement("p");
  const [country, ...rest] = fields(part).map(said).filter(Boolean);
  told.textContent = [...rest, country].join(", ");
  const change = document.createElement("button");
  Object.assign(change, { type: "button", className: "link", textContent: form.dataset.change });
  change.setAttribute("aria-label", `${form.dataset.change}: ${part.querySelector("legend").textContent}`);
  change.addEventListener("click", () => unfold(part, true));
  const folded = document.createElement("div");
  folded.className = "folded";
  folded.append(told, change);
  part.append(folded);
  part.classList.add("is-folded");
}

form.addEventListener("focusout", (left) => {
  const field = left.target;
  if (field.matches("input:not([type=radio]), select") && field.value.trim()) {
    const message = fault(field);
    if (message) complain(field, message);
  }
});

form.addEventListener("input", (typed) => {
  if (typed.target.matches("[aria-invalid]")) forgive(typed.target);
});

// A press must find what it was aimed at: nothing moves until the finger is up again.
let pressing = false;
document.addEventListener("pointerdown", () => { pressing = true; });
document.addEventListener("pointerup", () => { pressing = false; setTimeout(foldAllBut, 0, document.activeElement); });
form.addEventListener("focusin", (entered) => { if (!pressing) foldAllBut(entered.target); });

function foldAllBut(active) {
  const current = active?.closest?.("#checkout fieldset");
  if (current) for (const part of parts.slice(0, [...form.querySelectorAll("fieldset")].indexOf(current))) fold(part);
}

form.querySelector(".summary")?.addEventListener("click", () => parts.forEach((part) => unfold(part)));

form.addEventListener("submit", (submit) => {
  if (submit.submitter?.formAction.endsWith("/address")) return;
  if (form.dataset.sent) submit.preventDefault();
  form.dataset.sent = "yes";
  form.querySelector(".pay")?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  delete form.dataset.sent;
  form.querySelector(".pay")?.removeAttribute("aria-busy");
});
