// Shows UTC times of the server in the reader's time zone and the page's language.
const { lang } = document.documentElement;
const locale = navigator.languages.find((language) => language.startsWith(lang)) ?? lang;
const short = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const exact = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });

function localise(root) {
  for (const time of root.querySelectorAll("time[data-clock]")) {
    const format = time.dataset.clock === "exact" ? exact : short;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

localise(document);
document.addEventListener("htmx:after:swap", () => localise(document));
