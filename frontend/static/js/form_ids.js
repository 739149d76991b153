// Keeps the idempotency ids of sent forms in the browser's history. A page that is shown again by
// the Back button has its old ids, so that sending a form once more is a repeat and changes nothing.
const fields = [...document.querySelectorAll("input[data-idempotency-id]")];
const key = (field) => `${field.form.action} ${new FormData(field.form).get("sku") ?? ""}`;
const [navigation] = performance.getEntriesByType("navigation");

if (navigation?.type === "back_forward") {
  const sent = history.state?.sentIds ?? {};
  for (const field of fields) field.value = sent[key(field)] ?? field.value;
}
document.addEventListener("submit", (event) => {
  const field = fields.find((it) => it.form === event.target);
  if (!field) return;
  const sentIds = { ...history.state?.sentIds, [key(field)]: field.value };
  history.replaceState({ ...history.state, sentIds }, "");
});
