// Starts Swagger UI on the API documentation page.
const root = document.documentElement;
const systemDark = matchMedia("(prefers-color-scheme: dark)");

// Swagger UI has no media query for dark mode: it reads a class of the root element.
function applyTheme() {
  const theme = root.dataset.theme ?? (systemDark.matches ? "dark" : "light");
  root.classList.toggle("dark-mode", theme === "dark");
}

// Our page has the title and the main landmark already, so the default layout would repeat them.
const pageLayout = ({ React: { createElement } }) => ({
  components: {
    PageLayout: ({ getComponent }) =>
      createElement(
        "div",
        { className: "swagger-ui" },
        ...["SvgAssets", "errors", "AuthorizeBtnContainer", "operations", "Models"].map((name) =>
          createElement(getComponent(name, name !== "SvgAssets"), { key: name }),
        ),
      ),
  },
});

applyTheme();
systemDark.addEventListener("change", applyTheme);

const container = document.getElementById("swagger-ui");
SwaggerUIBundle({
  domNode: container,
  url: container.dataset.openapi,
  plugins: [pageLayout],
  layout: "PageLayout",
  syntaxHighlight: false, // its colours have too little contrast
  validatorUrl: null, // the default sends the description's address to a third party
});
