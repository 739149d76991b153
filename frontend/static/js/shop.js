// Modules that every page loads in addition to htmx. All pages work without JavaScript.
import "./cart_drawer.js";
import "./polling.js";
import "./offline.js";
import "./search.js";
import "./filters.js";
import "./print.js";
import "./quantity.js";
