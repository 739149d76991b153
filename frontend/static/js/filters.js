// On phones the filters are a bottom sheet. Its results are loaded already: submit only closes it.
document.addEventListener("submit", (event) => {
  if (event.target.id === "filters" && event.target.matches(":popover-open")) event.target.hidePopover();
});
