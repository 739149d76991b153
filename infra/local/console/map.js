// Draws the architecture with dagre and lights its edges as log lines arrive.
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 40;
const GLOW = 900; // milliseconds
const REFRESH = 5000;
const host = document.querySelector("#map");
const live = document.querySelector("#live");
const toggle = document.querySelector("#data-access");
let graph;

const element = (name, attributes, text) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};

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

function layOut({ nodes, edges }) {
  const plan = new dagre.graphlib.Graph().setGraph({ rankdir: "LR", nodesep: 18, ranksep: 30 });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const it of nodes) plan.setNode(it.id, { width: Math.max(26 + it.label.length * 7.4, 20 + it.kind.length * 6.4), height: HEIGHT });
  for (const it of edges) plan.setEdge(it.source, it.target);
  dagre.layout(plan);
  return plan;
}

function draw() {
  const shown = visible();
  const plan = layOut(shown);
  const svg = element("svg", {});
  svg.append(element("title", {}, "The architecture of the shop"));
  for (const it of shown.edges) {
    const { points } = plan.edge(it.source, it.target);
    const d = `M${points.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join("L")}`;
    svg.append(element("path", { d, class: `edge ${it.kind}`, "data-edge": `${it.source}>${it.target}` }));
  }
  for (const it of shown.nodes) svg.append(drawNode(it, plan.node(it.id)));
  host.replaceChildren(svg);
  const { x, y, width, height } = svg.getBBox(); // bent edges may leave dagre's own box
  svg.setAttribute("viewBox", `${x - 4} ${y - 4} ${width + 8} ${height + 8}`);
  svg.setAttribute("width", width);
}

function drawNode(it, { x, y, width }) {
  const link = element("a", { href: `#${it.id}`, class: `node ${it.kind}`, "data-node": it.id });
  link.append(element("rect", { x: x - width / 2, y: y - HEIGHT / 2, width, height: HEIGHT, rx: 6 }));
  link.append(element("text", { x, y: y - 2, class: "name" }, it.label));
  link.append(element("text", { x, y: y + 13, class: "note" }, note(it)));
  link.classList.toggle("alarm", it.alarm);
  return link;
}

const note = (it) => (it.depth ? `${it.kind} · ${it.depth}` : it.kind);

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
  if (failed) host.querySelector(`[data-node="${node.id}"]`)?.classList.add("alarm");
}

async function load() {
  const response = await fetch("/console/map.json").catch(() => null);
  if (!response?.ok) return false;
  graph = await response.json();
  return true;
}

async function refresh() {
  if (document.hidden || !(await load())) return;
  for (const it of graph.nodes) {
    const link = host.querySelector(`[data-node="${it.id}"]`);
    if (!link || it.kind === "function") continue;
    link.classList.toggle("alarm", it.alarm);
    link.querySelector(".note").textContent = note(it);
  }
}

let lines;
const listen = () => {
  if (document.hidden) return lines?.close();
  lines = new EventSource("/console/live");
  lines.addEventListener("log", (event) => show(JSON.parse(event.data)));
};

if (await load()) {
  draw();
  toggle.addEventListener("change", draw);
  document.addEventListener("visibilitychange", listen);
  listen();
  setInterval(refresh, REFRESH);
} else {
  host.textContent = "The map could not be loaded. Reload the page in a moment.";
}
