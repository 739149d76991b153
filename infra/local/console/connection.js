// Says on the page whether the shop answers; a page that silently stops looks like an idle shop.
const place = document.querySelector("#connection");

export function report(isConnected, reason) {
  if (place.hidden === isConnected && !reason) return;
  place.textContent = reason ?? place.dataset.lost;
  place.hidden = isConnected;
}

// The browser connects again by itself, except after an answer that is no stream.
export function follow(source) {
  source.addEventListener("open", () => report(true));
  source.addEventListener("error", () => report(false, source.readyState === EventSource.CLOSED ? place.dataset.full : undefined));
}
