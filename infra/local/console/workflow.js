// Draws the state machine, and marks the states that the shown execution has passed.
import { drawGraph } from "/console/graph.js";

const host = document.querySelector("#graph");
const KINDS = { next: "message", choice: "message", catch: "failure" };

// A state's link leads to its last visit, if there is one.
function mark() {
  const visits = [...document.querySelectorAll("[data-state]")];
  for (const [number, visit] of visits.entries()) {
    const node = host.querySelector(`[data-node="${CSS.escape(visit.dataset.state)}"]`);
    if (!node) continue;
    node.classList.remove("passed", "current", "failed");
    node.classList.add(visit.dataset.outcome);
    node.setAttribute("href", `#${visit.id}`);
    const next = visits[number + 1]?.dataset.state;
    host.querySelector(`[data-edge="${CSS.escape(`${visit.dataset.state}>${next}`)}"]`)?.classList.add("taken");
  }
}

function openTarget() {
  document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
}

const response = await fetch("/console/workflow/graph.json").catch(() => null);
if (response?.ok) {
  const { states, ways } = await response.json();
  const nodes = Object.entries(states).map(([id, type]) => ({ id, label: id, note: type, kind: type.toLowerCase(), href: "#executions" }));
  drawGraph(host, { nodes, edges: ways.map((it) => ({ ...it, kind: KINDS[it.kind] })) }, "The states of the workflow");
  mark();
  addEventListener("hashchange", openTarget);
  new MutationObserver(mark).observe(document.querySelector("main"), { childList: true, subtree: false });
} else {
  host.textContent = "The drawing could not be loaded. Reload the page in a moment.";
}
