// Uploads images in one step: requests an upload form from the server, then posts each file to S3.
// Without JavaScript, the same form leads to a second page, on which the file is chosen.

const TOO_LARGE = "The file is too large. Choose a smaller one.";
const EMPTY = "The file is empty. Choose it again.";
const WRONG_TYPE = "The file must be a JPEG, PNG, WebP, HEIC or AVIF image.";
const MAX_QUEUED = 12; // images of one product
const TOO_MANY = `Not added. Upload at most ${MAX_QUEUED} images at once.`;
const FAILED = "The upload failed. Try again.";

// Windows and Linux know no type for the photos of phones; their names say it.
function typeOf(file) {
  return file.type || `image/${file.name.split(".").pop().toLowerCase()}`;
}

function post(url, body, headers, onProgress) {
  const request = new XMLHttpRequest(); // fetch reports no upload progress
  const response = new Promise((resolve, reject) => {
    request.addEventListener("load", () => resolve(request));
    for (const end of ["error", "timeout"]) request.addEventListener(end, () => reject(new Error(FAILED)));
    request.addEventListener("abort", () => reject(new Error("Upload cancelled.")));
  });
  if (onProgress) request.upload.addEventListener("progress", onProgress);
  request.open("POST", url);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.send(body);
  return { response, cancel: () => request.abort() };
}

// One file with its description and progress. A retry sends another file for the same image.
function queueFile(row, file, form) {
  const part = (name) => row.querySelector(`[data-${name}]`);
  const [progress, cancel, error] = [row.querySelector("progress"), part("cancel"), part("error")];
  let [action, pending] = [form.action, null];
  part("name").textContent = file.name;

  function send(...request) {
    pending = post(...request);
    return pending.response;
  }

  async function upload() {
    const values = new URLSearchParams({ alt: row.querySelector("input").value, content_type: typeOf(file), size: file.size });
    const requested = await send(action, values, { Accept: "application/json" });
    if (requested.status === 422) throw new Error(Object.values(JSON.parse(requested.response).errors).join(" "));
    if (requested.status !== 201) throw new Error(FAILED);
    const { url, fields, retry_url } = JSON.parse(requested.response);
    action = retry_url;
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("file", file);
    const stored = await send(url, body, {}, (event) => { progress.value = event.loaded / event.total; });
    if (stored.status >= 300) throw new Error(stored.response.includes("EntityTooLarge") ? TOO_LARGE : FAILED);
  }

  cancel.addEventListener("click", () => (pending ? pending.cancel() : row.remove()));
  return async () => {
    [error.textContent, progress.value, progress.hidden] = ["", 0, false];
    try {
      await upload();
      row.remove();
      return 1;
    } catch (failure) {
      [error.textContent, progress.hidden, pending] = [failure.message, true, null];
      return 0;
    }
  };
}

function enhance(form) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const [input, queue, button, status] = [form.querySelector("[type=file]"), part("queue"), part("send"), part("status")];
  const uploads = new WeakMap();
  part("without-script").remove();
  part("with-script").hidden = false;
  input.multiple = !form.dataset.redirect;
  button.textContent = "Upload";

  function validate(file) {
    if (!form.dataset.contentTypes.split(" ").includes(typeOf(file))) return `${file.name}: ${WRONG_TYPE}`;
    if (!file.size) return `${file.name}: ${EMPTY}`;
    return file.size > Number(form.dataset.maxBytes) ? `${file.name}: ${TOO_LARGE}` : "";
  }

  function add(files) {
    if (!input.multiple) queue.replaceChildren();
    const valid = files.filter((it) => !validate(it));
    const room = input.multiple ? MAX_QUEUED - queue.children.length : 1;
    const leftOut = valid.slice(Math.max(room, 0)).map((file) => `${file.name}: ${TOO_MANY}`);
    status.textContent = [...files.map(validate).filter(Boolean), ...leftOut].join(" ");
    for (const file of valid.slice(0, Math.max(room, 0))) {
      const row = part("row").content.firstElementChild.cloneNode(true);
      queue.append(row);
      uploads.set(row, queueFile(row, file, form));
    }
    input.value = "";
    queue.querySelector("input")?.focus();
  }

  input.addEventListener("change", () => add([...input.files]));
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => { event.preventDefault(); add([...event.dataTransfer.files]); });
  document.addEventListener("paste", ({ clipboardData }) => clipboardData.files.length && add([...clipboardData.files]));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    [status.textContent, button.disabled] = [queue.children.length ? "" : "Choose an image first.", true];
    let count = 0;
    for (const row of [...queue.children]) count += await uploads.get(row)();
    if (count && form.dataset.redirect) return location.assign(form.dataset.redirect);
    button.disabled = false;
    if (count) status.textContent = `${count} uploaded. ${count === 1 ? "It appears" : "They appear"} above once processed.`;
    document.body.dispatchEvent(new Event("image:uploaded")); // also for the card of a failed upload
  });
}

document.querySelectorAll("form[data-upload]").forEach(enhance);
