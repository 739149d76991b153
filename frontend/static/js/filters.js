// On a phone the filters lie in a sheet: "Show 12 results" shows them, which were fetched already.
document.addEventListener("submit", (submit) => {
  if (submit.target.id === "filters" && submit.target.matches(":popover-open")) submit.target.hidePopover();
});
