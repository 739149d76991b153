// A shared page is the same for every visitor: what belongs to this one is fetched apart, and only if
// there is a visitor cookie.
const root = document.documentElement;
const theme = root.dataset.theme ?? "system";

async function showVisitor() {
  const response = await fetch(root.dataset.visitor, { headers: { "HX-Request": "true" } });
  if (!response.ok) return;
  const parts = new DOMParser().parseFromString(await response.text(), "text/html").body.children;
  for (const part of [...parts]) {
    const place = document.getElementById(part.id);
    if (part.href) place.href = part.getAttribute("href");
    place.replaceChildren(...part.childNodes);
  }
}

function showTheme() {
  for (const button of document.querySelectorAll("[name=theme]")) button.setAttribute("aria-pressed", button.value === theme);
  const colour = document.querySelector(`meta[name=theme-color][media*=${theme}]`)?.content;
  for (const meta of colour ? document.querySelectorAll("meta[name=theme-color]") : []) meta.content = colour;
}

if (root.dataset.visitor) {
  const show = () => /(?:^|; )(?:__Host-)?known=1/.test(document.cookie) && showVisitor().catch(() => {});
  showTheme();
  show();
  addEventListener("pageshow", (event) => event.persisted && show()); // "Back" shows the page as it was
}
