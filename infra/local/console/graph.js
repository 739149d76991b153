// Draws a directed graph with dagre: nodes as links, edges as lines.
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 40;

const element = (name, attributes, text) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};

function layOut({ nodes, edges }, direction) {
  const plan = new dagre.graphlib.Graph().setGraph({ rankdir: direction, nodesep: 18, ranksep: 30 });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const it of nodes) plan.setNode(it.id, { width: Math.max(26 + it.label.length * 7.4, 20 + it.note.length * 6.4), height: HEIGHT });
  for (const it of edges) plan.setEdge(it.source, it.target);
  dagre.layout(plan);
  return plan;
}

function drawNode(it, { x, y, width }) {
  const link = element("a", { href: it.href, class: `node ${it.kind}`, "data-node": it.id });
  link.append(element("rect", { x: x - width / 2, y: y - HEIGHT / 2, width, height: HEIGHT, rx: 6 }));
  link.append(element("text", { x, y: y - 2, class: "name" }, it.label));
  link.append(element("text", { x, y: y + 13, class: "note" }, it.note));
  return link;
}

// A node has id, label, note, kind and href; an edge has source, target and kind.
export function drawGraph(host, graph, title, direction = "LR") {
  const plan = layOut(graph, direction);
  const svg = element("svg", {});
  svg.append(element("title", {}, title));
  for (const it of graph.edges) {
    const { points } = plan.edge(it.source, it.target);
    const d = `M${points.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join("L")}`;
    svg.append(element("path", { d, class: `edge ${it.kind}`, "data-edge": `${it.source}>${it.target}` }));
  }
  for (const it of graph.nodes) svg.append(drawNode(it, plan.node(it.id)));
  host.replaceChildren(svg);
  const { x, y, width, height } = svg.getBBox(); // bent edges may leave dagre's own box
  svg.setAttribute("viewBox", `${x - 4} ${y - 4} ${width + 8} ${height + 8}`);
  svg.setAttribute("width", width);
}
