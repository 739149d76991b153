// A page that nobody looks at asks nothing; it catches up when it is seen again.
document.addEventListener("htmx:before:request", (request) => {
  const asked = request.detail.ctx.sourceElement;
  if (document.hidden && asked.getAttribute("hx-trigger")?.startsWith("every")) request.preventDefault();
});
