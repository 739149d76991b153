// The server writes times in UTC; the reader's own clock is the one they know, in the page's language.
const { lang } = document.documentElement;
const spoken = navigator.languages.find((one) => one.startsWith(lang)) ?? lang;
const short = new Intl.DateTimeFormat(spoken, { timeStyle: "short" });
const exact = new Intl.DateTimeFormat(spoken, { timeStyle: "medium" });

function localise(root) {
  for (const time of root.querySelectorAll("time[data-clock]")) {
    const format = time.dataset.clock === "exact" ? exact : short;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

localise(document);
document.addEventListener("htmx:after:swap", () => localise(document));
