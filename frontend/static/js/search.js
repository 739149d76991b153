// Suggestions under the search field while somebody types: a combobox with a list, as in
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/. Without it Enter leads to the whole page.
const PAUSE = 300; // milliseconds without a key, then we ask
const field = document.getElementById("seek");
const list = document.getElementById("suggestions");
const said = document.getElementById("said");
const known = new Map();
let [waiting, asking, chosen] = [0, null, -1];

function choose(place) {
  const options = [...list.children];
  chosen = place;
  for (const [at, option] of options.entries()) option.setAttribute("aria-selected", String(at === place));
  if (place < 0) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", options[place].id);
  options[place].scrollIntoView({ block: "nearest" });
}

function show(found) {
  list.innerHTML = found;
  choose(-1);
  const count = list.children.length;
  list.hidden = !count;
  field.setAttribute("aria-expanded", String(count > 0));
  return count;
}

async function ask(words) {
  asking?.abort();
  if (!words) return show("");
  asking = new AbortController();
  if (!known.has(words)) {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "ul#suggestions" };
    const answer = await fetch(`/search?q=${encodeURIComponent(words)}`, { headers, signal: asking.signal });
    if (!answer.ok) return;
    known.set(words, await answer.text());
  }
  const count = show(known.get(words));
  said.textContent = count === 1 ? list.dataset.one : list.dataset.many.replace("#", count);
}

function move(step) {
  const count = list.children.length;
  if (list.hidden) return void ask(field.value.trim()).catch(() => {});
  choose(chosen + step < -1 ? count - 1 : chosen + step >= count ? -1 : chosen + step);
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
    clearTimeout(waiting);
    asking?.abort();
    waiting = setTimeout(() => ask(field.value.trim()).catch(() => {}), PAUSE);
  });
  field.addEventListener("keydown", (key) => {
    if (key.key === "Enter" && chosen >= 0) [key.preventDefault(), open(list.children[chosen])];
    if (!(key.key in KEYS)) return;
    key.preventDefault();
    KEYS[key.key]();
  });
  field.addEventListener("blur", () => [clearTimeout(waiting), asking?.abort(), show("")]);
  list.addEventListener("mousedown", (press) => press.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (click) => {
    const option = click.target.closest("[role=option]");
    if (option) open(option);
  });
}
