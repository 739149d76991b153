// Pauses polling while the page is hidden.
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  if (document.hidden && source.getAttribute("hx-trigger")?.startsWith("every")) event.preventDefault();
});
