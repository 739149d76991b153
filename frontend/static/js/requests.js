// A toast inside the window says why a request of htmx failed, and "Retry" repeats the request.
// An error of the shop brings its own words and says where they go. Any other error, of a proxy or
// of the network, must not be swapped into the page.
const toast = document.getElementById("toast");
const message = document.getElementById("toast-message");
let failed = null;

// A poll shows no error, since the next one tries again, and pauses while the page is hidden.
const isPoll = (ctx) => ctx?.sourceElement?.getAttribute("hx-trigger")?.startsWith("every");

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && isPoll(event.detail.ctx)) event.preventDefault();
});

function hide() {
  toast.hidePopover();
  document.body.append(toast);
}

// A modal dialog makes everything outside it inert, so the toast moves into an open one.
function show(ctx, text) {
  hide();
  failed = ctx;
  if (text) message.textContent = text;
  document.querySelector("dialog[open]")?.append(toast);
  toast.showPopover({ source: ctx.sourceEvent?.submitter ?? ctx.sourceElement }); // next in tab order
}

function retry() {
  const { sourceElement, sourceEvent: { type, submitter } } = failed;
  hide();
  if (submitter?.isConnected) submitter.click();
  else if (type === "submit") sourceElement.requestSubmit();
  else if (type === "click") sourceElement.click();
  else sourceElement.dispatchEvent(new Event(type, { bubbles: true }));
  (submitter ?? sourceElement).focus({ preventScroll: true });
}

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx?.request && !isPoll(ctx)) show(ctx, toast.dataset.offline);
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const status = ctx.response?.status ?? 200;
  if (status < 400) return isPoll(ctx) || hide();
  if (isPoll(ctx)) event.preventDefault();
  else if (ctx.hx.retarget === "#toast-message") show(ctx);
  else if (!ctx.hx.reswap) {
    event.preventDefault();
    show(ctx, [429, 503].includes(status) ? toast.dataset.busy : toast.dataset.failed);
  }
});

toast.addEventListener("click", ({ target }) => {
  if (target.matches("[data-retry]")) retry();
  if (target.matches("[data-dismiss]")) hide();
});
document.addEventListener("close", ({ target }) => { if (target.contains(toast)) hide(); }, true);
