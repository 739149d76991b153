// Updates the search engine preview while the merchant types.
for (const target of document.querySelectorAll("[data-preview] [data-of]")) {
  const input = document.getElementById(target.dataset.of);
  const initial = target.textContent;
  input?.addEventListener("input", () => { target.textContent = input.value.trim() || initial; });
}
