// Follows the functions' log: adds each new line that matches the filter at the top.
import { follow as watch } from "/console/connection.js";

const MAX_ROWS = 200;
const rows = document.querySelector("#lines");
const follow = document.querySelector("#follow");
const filter = new FormData(document.querySelector("#log-filter"));
document.querySelector("#follow-label").hidden = false;

const wanted = (name) => String(filter.get(name)).trim().toLowerCase();
const has = (text, name) => text.toLowerCase().includes(wanted(name));

const matches = (line) =>
  has(line.function, "function") && has(line.level, "level") && has(`${line.message} ${line.span}`, "text") &&
  has(`${line.order} ${line.message} ${line.span} ${line.ids}`, "id");

function add(line) {
  const row = document.createElement("tr");
  row.classList.toggle("failed", line.level === "ERROR" || line.failed);
  for (const text of [line.time.slice(11, 23), line.level || "–", line.function, line.span ? `span ${line.span}` : line.message]) {
    row.insertCell().textContent = text;
  }
  const order = row.insertCell();
  if (/^[0-9A-Z]{26}$/.test(line.order)) {
    const link = document.createElement("a");
    link.href = `/console/orders/${line.order}`;
    link.append(Object.assign(document.createElement("code"), { textContent: line.order }));
    order.append(link);
  }
  rows.prepend(row);
  document.querySelector("#no-lines").hidden = true;
  while (rows.rows.length > MAX_ROWS) rows.deleteRow(-1);
}

let source;
function listen() {
  source?.close();
  if (!follow.checked || document.hidden) return;
  source = new EventSource("/console/live");
  watch(source);
  source.addEventListener("log", (event) => {
    const line = JSON.parse(event.data);
    if (matches(line)) add(line);
  });
}

follow.addEventListener("change", listen);
document.addEventListener("visibilitychange", listen);
