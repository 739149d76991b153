// "Load more" moves the focus to the first new product, without scrolling to it.
document.addEventListener("htmx:after:swap", () => {
  const first = document.querySelector("[data-first-new]");
  first?.removeAttribute("data-first-new");
  first?.focus({ preventScroll: true });
});

// Filters that stick beside a long list keep their place while the page returns to the first result.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  document.querySelector("#filters [role=alert]")?.scrollIntoView({ block: "nearest", behavior: "instant" });
  const toolbar = document.querySelector(".toolbar");
  if (ctx.sourceElement.id !== "filters" || !toolbar || toolbar.getBoundingClientRect().bottom > 0) return;
  document.querySelector(".browse").scrollIntoView({ block: "start", behavior: "instant" });
});

// On phones the filters are a bottom sheet. Its results are loaded already: submit only closes it.
document.addEventListener("submit", (event) => {
  if (event.target.id === "filters" && event.target.matches(":popover-open")) event.target.hidePopover();
});
