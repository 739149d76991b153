// Predictive search: a combobox with a list of suggestions under the search field.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/. Without JavaScript, Enter opens the results.
const DEBOUNCE = 300; // milliseconds
const field = document.getElementById("search-field");
const list = document.getElementById("suggestions");
const announcement = document.getElementById("announcement");
const cache = new Map();
let [timer, request, selected] = [0, null, -1];

function select(index) {
  const options = [...list.children];
  selected = index;
  for (const [at, option] of options.entries()) option.setAttribute("aria-selected", String(at === index));
  if (index < 0) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", options[index].id);
  options[index].scrollIntoView({ block: "nearest" });
}

function show(html) {
  list.innerHTML = html;
  select(-1);
  const count = list.children.length;
  list.hidden = !count;
  field.setAttribute("aria-expanded", String(count > 0));
  return count;
}

async function suggest(text) {
  request?.abort();
  if (!text) return show("");
  request = new AbortController();
  if (!cache.has(text)) {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "ul#suggestions" };
    const response = await fetch(`${field.form.action}?q=${encodeURIComponent(text)}`, { headers, signal: request.signal });
    if (!response.ok) return;
    cache.set(text, await response.text());
  }
  const count = show(cache.get(text));
  announcement.textContent = count === 1 ? list.dataset.one : list.dataset.many.replace("#", count);
}

function move(step) {
  const count = list.children.length;
  if (list.hidden) return void suggest(field.value.trim()).catch(() => {});
  select(selected + step < -1 ? count - 1 : selected + step >= count ? -1 : selected + step);
}

function open(option) {
  location.assign(option.dataset.href);
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Escape: () => (list.hidden ? (field.value = "") : show("")),
};

if (field) {
  const combobox = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(combobox)) field.setAttribute(name, value);
  field.addEventListener("input", () => {
    clearTimeout(timer);
    request?.abort();
    timer = setTimeout(() => suggest(field.value.trim()).catch(() => {}), DEBOUNCE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && selected >= 0) [event.preventDefault(), open(list.children[selected])];
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  field.addEventListener("blur", () => [clearTimeout(timer), request?.abort(), show("")]);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) open(option);
  });
}
