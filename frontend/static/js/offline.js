// Shows a notice if a request got no response; the page stays as it is.
document.addEventListener("htmx:error", (event) => {
  const polls = event.detail?.ctx?.sourceElement?.getAttribute("hx-trigger")?.startsWith("every");
  if (polls) return; // the next poll tries again
  const message = document.createElement("p");
  message.textContent = document.body.dataset.offline;
  document.getElementById("notice")?.replaceChildren(message);
});
