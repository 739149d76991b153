// The scripts of every page in one file, in addition to htmx. All pages work without JavaScript.
import "../js/visitor.js";
import "../js/requests.js";
import "../js/search.js";
import "../js/filters.js";
import "../js/print.js";
import "../js/cart.js";
import "../js/gallery.js";
