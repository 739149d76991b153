// Sends a picture in one step: asks the shop for a form, then sends the file straight to S3.
// Without this file the same form leads to a second page, where the file is chosen.

const TOO_LARGE = "This file is too large. Please choose a smaller one.";
const WRONG_KIND = "Please choose a JPEG, PNG or WebP file.";
const LOST = "The picture did not get through. Please try again.";

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

function enhance(form) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const [file, bar] = [form.querySelector("[type=file]"), form.querySelector("progress")];
  const [send, said, progress] = [part("send"), part("said"), part("progress")];
  let [action, underway] = [form.action, null];
  part("without-script").remove();
  part("with-script").hidden = false;
  file.required = true;
  send.textContent = "Send the picture";

  function complain(errors) {
    for (const place of form.querySelectorAll("[data-error]")) place.textContent = errors[place.dataset.error] ?? "";
    form.querySelector(".wrong:not(:empty)")?.previousElementSibling?.focus();
  }

  function step(url, body, headers = {}, watch) {
    underway = post(url, body, headers, watch);
    return underway.answer;
  }

  async function upload(chosen) {
    const wanted = new URLSearchParams({ alt: form.elements.alt.value, kind: chosen.type, size: chosen.size });
    const asked = await step(action, wanted, { Accept: "application/json" });
    if (asked.status === 422) return complain(JSON.parse(asked.response).errors);
    if (asked.status !== 201) throw new Error(LOST);
    const { url, fields, again } = JSON.parse(asked.response);
    action = again; // a second try is another file for the same picture
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("file", chosen);
    const sent = await step(url, body, {}, (at) => { bar.value = at.loaded / at.total; });
    if (sent.status >= 300) throw new Error(sent.response.includes("EntityTooLarge") ? TOO_LARGE : LOST);
    if (form.dataset.then) return location.assign(form.dataset.then);
    action = form.action;
    form.reset();
    said.textContent = "Sent. It appears above once it is ready.";
    send.textContent = "Send the picture";
  }

  form.addEventListener("submit", async (submit) => {
    submit.preventDefault();
    const [chosen] = file.files;
    complain({});
    if (!form.dataset.kinds.split(" ").includes(chosen.type)) return complain({ file: WRONG_KIND });
    if (!chosen.size || chosen.size > Number(form.dataset.largest)) return complain({ file: TOO_LARGE });
    [said.textContent, bar.value, progress.hidden, send.disabled] = ["", 0, false, true];
    try {
      await upload(chosen);
    } catch (trouble) {
      said.textContent = trouble.message;
      send.textContent = "Try again";
    }
    [progress.hidden, send.disabled] = [true, false];
    document.body.dispatchEvent(new Event("picture:sent")); // also the tile of one that failed
  });
  part("cancel").addEventListener("click", () => underway?.cancel());
}

document.querySelectorAll("form[data-upload]").forEach(enhance);
