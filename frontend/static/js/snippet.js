// Shows while typing how a search engine would; a page of ours shows what was saved, without this.
for (const place of document.querySelectorAll("[data-preview] [data-of]")) {
  const input = document.getElementById(place.dataset.of);
  const bare = place.textContent;
  input?.addEventListener("input", () => { place.textContent = input.value.trim() || bare; });
}
