// Refreshes the page's live part; the filter, the scroll position and opened rows stay.
import { report } from "/console/connection.js";

const LIVE = "#emails, #live";
const SECONDS = 4;

setInterval(async () => {
  if (document.hidden) return;
  const response = await fetch(location.href).catch(() => null); // the shop was stopped
  report(Boolean(response?.ok));
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const [current, updated] = [document, page].map((it) => it.querySelector(LIVE));
  if (!current || !updated) return;
  for (const row of current.querySelectorAll("details[open][id]")) {
    updated.querySelector(`#${CSS.escape(row.id)}`)?.setAttribute("open", "");
  }
  document.title = page.title;
  if (current.isEqualNode(updated)) return;
  const focused = document.activeElement?.closest?.("button[id], details[id]")?.id;
  current.replaceWith(updated);
  const again = focused && document.getElementById(focused);
  if (again) (again.querySelector("summary") ?? again).focus();
}, SECONDS * 1000);
