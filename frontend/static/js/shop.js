// What every page uses on top of htmx. Everything works without it.
import "./local_time.js";
import "./cart_drawer.js";
import "./polling.js";
import "./offline.js";
import "./search.js";
import "./filters.js";
import "./print.js";
import "./quantity.js";
