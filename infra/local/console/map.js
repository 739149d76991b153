// Draws the architecture with dagre and lights its edges as log lines arrive.
import { follow } from "/console/connection.js";
import { drawGraph } from "/console/graph.js";

const GLOW = 900; // milliseconds
const REFRESH = 5000;
const host = document.querySelector("#map");
const live = document.querySelector("#live");
const details = document.querySelector("#details");
const toggle = document.querySelector("#data-access");
let graph;

// Without data access, a table is shown only where its stream starts something.
function visible() {
  const streams = new Set(graph.edges.filter((it) => it.kind === "message").map((it) => it.source));
  const entry = new Set(graph.nodes.filter((it) => it.kind === "api").map((it) => it.id));
  const first = new Set(graph.edges.filter((it) => entry.has(it.source)).map((it) => it.target));
  const isFlow = (it) => streams.has(it.target) && first.has(it.source);
  const edges = graph.edges.filter((it) => it.kind !== "data" || toggle.checked || isFlow(it));
  const ends = new Set(edges.flatMap((it) => [it.source, it.target]));
  return { nodes: graph.nodes.filter((it) => ends.has(it.id)), edges };
}

function draw() {
  const { nodes, edges } = visible();
  const drawn = nodes.map((it) => ({ ...it, note: note(it), href: `/console/map/${it.id}` }));
  drawGraph(host, { nodes: drawn, edges }, "The architecture of the shop");
  nodes.forEach(mark);
}

const nodeOf = (id) => host.querySelector(`[data-node="${CSS.escape(id)}"]`);

const note = (it) => [it.kind, it.depth, it.fault && "fault"].filter(Boolean).join(" · ");

function mark(it) {
  nodeOf(it.id).classList.toggle("alarm", it.alarm);
  nodeOf(it.id).classList.toggle("faulty", it.fault);
}

const glow = (source, target) => {
  const path = host.querySelector(`[data-edge="${CSS.escape(source)}>${CSS.escape(target)}"]`);
  path?.classList.add("lit");
  setTimeout(() => path?.classList.remove("lit"), GLOW);
};

const functionOf = (name) => graph.nodes.find((it) => it.name === name);

function show(line) {
  const node = functionOf(line.function);
  if (!node) return;
  live.textContent = `${line.time.slice(11, 19)} ${line.function}: ${line.span || line.message}`;
  const type = line.span.split(" ").at(-1);
  for (const it of graph.edges) {
    if (it.target === node.id && it.kind === "message") glow(it.source, it.target);
    if (it.source !== node.id || line.kind !== "PRODUCER") continue;
    if (it.kind === "message") glow(it.source, it.target);
    for (const next of graph.edges) if (next.source === it.target && next.types.includes(type)) glow(next.source, next.target);
  }
  const failed = line.failed || line.level === "ERROR";
  if (failed) nodeOf(node.id)?.classList.add("alarm");
}

// The same page without JavaScript has this section too.
async function section(path, selector) {
  const response = await fetch(path).catch(() => null);
  if (!response?.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html").querySelector(selector);
}

let chosen;

async function showDetails(id, focus) {
  const updated = await section(`/console/map/${id}`, "#node");
  if (!updated || id !== chosen) return;
  if (!focus && details.firstElementChild?.isEqualNode(updated)) return;
  const link = !focus && document.activeElement?.closest("#details a")?.getAttribute("href");
  details.replaceChildren(updated);
  details.hidden = false;
  if (focus) updated.focus();
  else if (link) details.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-node], [data-details]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  chosen = link.dataset.details ?? link.dataset.node;
  showDetails(chosen, true);
});

async function refreshLoad() {
  const current = document.querySelector("#load");
  if (document.hidden || !("running" in current.dataset)) return;
  const updated = await section("/console/load", "#load");
  if (!updated) return;
  const focused = current.contains(document.activeElement);
  current.replaceWith(updated);
  if (focused) updated.querySelector("button")?.focus();
}

async function load() {
  const response = await fetch("/console/map.json").catch(() => null);
  if (!response?.ok) return false;
  graph = await response.json();
  return true;
}

async function refresh() {
  if (document.hidden || !(await load())) return;
  if (chosen) showDetails(chosen, false);
  for (const it of graph.nodes) {
    const link = nodeOf(it.id);
    if (!link) continue;
    link.classList.toggle("faulty", it.fault);
    link.querySelector(".note").textContent = note(it);
    if (it.kind !== "function") mark(it); // a function stays red after it has failed
  }
}

let lines;
const listen = () => {
  if (document.hidden) return lines?.close();
  lines = new EventSource("/console/live");
  follow(lines);
  lines.addEventListener("log", (event) => show(JSON.parse(event.data)));
};

if (await load()) {
  draw();
  toggle.addEventListener("change", draw);
  document.addEventListener("visibilitychange", listen);
  listen();
  setInterval(refresh, REFRESH);
  setInterval(refreshLoad, 1000);
} else {
  host.textContent = "The map could not be loaded. Reload the page in a moment.";
}
