// Starts Swagger UI on the API documentation page.
const root = document.documentElement;
const systemDark = matchMedia("(prefers-color-scheme: dark)");

// Swagger UI has no media query for dark mode: it reads a class of the root element.
function applyTheme() {
  const theme = root.dataset.theme ?? (systemDark.matches ? "dark" : "light");
  root.classList.toggle("dark-mode", theme === "dark");
}

applyTheme();
systemDark.addEventListener("change", applyTheme);

const container = document.getElementById("swagger-ui");
SwaggerUIBundle({
  domNode: container,
  url: container.dataset.openapi,
  deepLinking: true,
  validatorUrl: null, // the default sends the description's address to a third party
});
