// Nobody answered: say so where refusals are said too, and leave the page as it is.
document.addEventListener("htmx:error", (failed) => {
  const polls = failed.detail?.ctx?.sourceElement?.getAttribute("hx-trigger")?.startsWith("every");
  if (polls) return; // it asks again by itself
  const said = document.createElement("p");
  said.textContent = document.body.dataset.offline;
  document.getElementById("notice")?.replaceChildren(said);
});
