// Sends pictures in one step: asks the shop for a form, then sends each file straight to S3.
// Without this file the same form leads to a second page, where the file is chosen.

const TOO_LARGE = "This file is too large. Please choose a smaller one.";
const WRONG_KIND = "Not a JPEG, PNG or WebP file.";
const LOST = "It did not get through. Please try again.";

function post(url, body, headers, watch) {
  const request = new XMLHttpRequest(); // fetch tells no progress of an upload
  const answer = new Promise((resolve, reject) => {
    request.addEventListener("load", () => resolve(request));
    for (const end of ["error", "timeout"]) request.addEventListener(end, () => reject(new Error(LOST)));
    request.addEventListener("abort", () => reject(new Error("Cancelled. The file was not sent.")));
  });
  if (watch) request.upload.addEventListener("progress", watch);
  request.open("POST", url);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.send(body);
  return { answer, cancel: () => request.abort() };
}

// One file: its name, its words, how far it got. A second try is another file for the same picture.
function queue(row, chosen, form) {
  const part = (name) => row.querySelector(`[data-${name}]`);
  const [bar, cancel, wrong] = [row.querySelector("progress"), part("cancel"), part("wrong")];
  let [action, underway] = [form.action, null];
  part("name").textContent = chosen.name;

  function step(...call) {
    underway = post(...call);
    return underway.answer;
  }

  async function upload() {
    const wanted = new URLSearchParams({ alt: row.querySelector("input").value, kind: chosen.type, size: chosen.size });
    const asked = await step(action, wanted, { Accept: "application/json" });
    if (asked.status === 422) throw new Error(Object.values(JSON.parse(asked.response).errors).join(" "));
    if (asked.status !== 201) throw new Error(LOST);
    const { url, fields, again } = JSON.parse(asked.response);
    action = again;
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("file", chosen);
    const sent = await step(url, body, {}, (at) => { bar.value = at.loaded / at.total; });
    if (sent.status >= 300) throw new Error(sent.response.includes("EntityTooLarge") ? TOO_LARGE : LOST);
  }

  cancel.addEventListener("click", () => (underway ? underway.cancel() : row.remove()));
  return async () => {
    [wrong.textContent, bar.value, bar.hidden] = ["", 0, false];
    try {
      await upload();
      row.remove();
      return 1;
    } catch (trouble) {
      [wrong.textContent, bar.hidden, underway] = [trouble.message, true, null];
      return 0;
    }
  };
}

function enhance(form) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const [file, list, send, said] = [form.querySelector("[type=file]"), part("queue"), part("send"), part("said")];
  const sending = new WeakMap();
  part("without-script").remove();
  part("with-script").hidden = false;
  file.multiple = !form.dataset.then;
  send.textContent = "Send";

  function refusal(chosen) {
    if (!form.dataset.kinds.split(" ").includes(chosen.type)) return `${chosen.name}: ${WRONG_KIND}`;
    return !chosen.size || chosen.size > Number(form.dataset.largest) ? `${chosen.name}: ${TOO_LARGE}` : "";
  }

  function add(files) {
    const refused = files.map(refusal).filter(Boolean);
    said.textContent = refused.join(" ");
    if (!file.multiple) list.replaceChildren();
    for (const chosen of files.filter((it) => !refusal(it)).slice(0, file.multiple ? 12 : 1)) {
      const row = part("row").content.firstElementChild.cloneNode(true);
      list.append(row);
      sending.set(row, queue(row, chosen, form));
    }
    file.value = "";
    list.querySelector("input")?.focus();
  }

  file.addEventListener("change", () => add([...file.files]));
  form.addEventListener("dragover", (over) => over.preventDefault());
  form.addEventListener("drop", (drop) => { drop.preventDefault(); add([...drop.dataTransfer.files]); });
  document.addEventListener("paste", ({ clipboardData }) => clipboardData.files.length && add([...clipboardData.files]));
  form.addEventListener("submit", async (submit) => {
    submit.preventDefault();
    [said.textContent, send.disabled] = [list.children.length ? "" : "Please choose a picture first.", true];
    let sent = 0;
    for (const row of [...list.children]) sent += await sending.get(row)();
    if (sent && form.dataset.then) return location.assign(form.dataset.then);
    send.disabled = false;
    if (sent) said.textContent = `${sent} sent. ${sent === 1 ? "It appears" : "They appear"} above once cut to size.`;
    document.body.dispatchEvent(new Event("picture:sent")); // also the tile of one that failed
  });
}

document.querySelectorAll("form[data-upload]").forEach(enhance);
