// The server writes times in UTC; the reader's own clock is the one they know.
const short = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

function localise(root) {
  for (const time of root.querySelectorAll("time[data-clock]")) {
    const format = time.dataset.clock === "exact" ? exact : short;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

localise(document);
document.addEventListener("htmx:after:swap", () => localise(document));
