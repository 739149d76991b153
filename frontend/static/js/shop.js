// Modules that every page loads in addition to htmx. All pages work without JavaScript.
import "./requests.js";
import "./search.js";
import "./filters.js";
import "./print.js";
import "./cart.js";
