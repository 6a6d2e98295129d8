// Resumable uploads (tus 1.0.0): files go up in pieces; after a break, a reload or a lost line they go on where they stopped.

const TUS = { "Tus-Resumable": "1.0.0" };
const PIECE = 8 * 1024 * 1024;
// Digesting needs the whole file in memory.
const DIGESTED = 256 * 1024 * 1024;
const WAITS = [1000, 2000, 4000, 8000, 15_000, 30_000];
/** Refusals of a service that is there, one after another, after which a file is given up; a lost line is waited for as long as it takes. */
const MOST_REFUSALS = 8;

const english = document.documentElement.lang === "en";
const words = (russian, other) => (english ? other : russian);
const token = document.querySelector('meta[name="csrf-token"]').content;
const form = /** @type {HTMLFormElement} */ (document.getElementById("submit"));
const list = document.getElementById("uploads");
const chooser = /** @type {HTMLInputElement} */ (document.getElementById("file"));
const drop = document.querySelector(".drop");
const largest = Number(form.dataset.largest);

/** @type {File[]} */
let waiting = [];

/** @param {number} bytes */
function size(bytes) {
  const units = english ? ["B", "kB", "MB", "GB"] : ["Б", "кБ", "МБ", "ГБ"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < 3) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toLocaleString(english ? "en" : "ru", { maximumFractionDigits: value < 100 && unit ? 1 : 0 })} ${units[unit]}`;
}

/** What a file is known by between visits. @param {File} file */
const mark = (file) => `podlinnik-upload:${file.name}:${file.size}:${file.lastModified}`;

const memory = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window: no resuming after a reload */ } },
  remove: (key) => { try { localStorage.removeItem(key); } catch { /* as above */ } },
};

/** @param {string} text Metadata of tus are base64 of UTF-8. */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** @param {File} file */
function metadata(file) {
  const value = (name) => form.elements.namedItem(name).value.trim();
  const pairs = [["filename", file.name || "paste.png"], ...["source_url", "network", "region", "note"].map((name) => [name, value(name)])];
  return pairs.filter(([, text]) => text).map(([name, text]) => `${name} ${base64(text)}`).join(",");
}

/** An entry of the list, and what is told in it. @param {File} file */
function entry(file) {
  const item = document.createElement("li");
  item.className = "upload";
  const head = document.createElement("div");
  head.className = "upload-head";
  const name = document.createElement("strong");
  name.textContent = file.name || words("из буфера", "pasted");
  const state = document.createElement("span");
  state.className = "quiet figures";
  state.textContent = size(file.size);
  const bar = document.createElement("progress");
  bar.max = Math.max(1, file.size);
  bar.value = 0;
  bar.hidden = true;
  bar.setAttribute("aria-label", name.textContent);
  const line = document.createElement("p");
  line.className = "quiet";
  head.append(name, state);
  item.append(head, bar, line);
  list.append(item);
  return { item, state, bar, line };
}

const shown = new Map();

/** @param {Iterable<File>} files */
function add(files) {
  for (const file of files) {
    const view = entry(file);
    shown.set(file, view);
    if (file.size > largest) {
      view.line.textContent = words(`Больше предела: ${size(largest)}.`, `Above the limit: ${size(largest)}.`);
      view.item.classList.add("told");
    } else if (file.size === 0) {
      view.line.textContent = words("Файл пуст.", "The file is empty.");
      view.item.classList.add("told");
    } else {
      waiting.push(file);
      void recognise(file, view);
    }
  }
  demand();
  form.querySelector("#send").disabled = false;
}

/** A file or a link: one of both is needed. */
function demand() {
  chooser.required = waiting.length === 0 && !form.elements.namedItem("source_url").value.trim();
}

/** Whether these very bytes are known already: asked before a byte goes up. */
async function recognise(file, view) {
  if (file.size > DIGESTED || !window.crypto?.subtle) return;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer()).catch(() => null);
  if (!digest) return;
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const answer = await fetch(`/api/v1/media/${hex}`).catch(() => null);
  if (!answer?.ok) return;
  const known = await answer.json();
  const said = known.verdict
    ? words(`Этот файл уже проверен: ${known.verdict.words.ru}.`, `This very file has been judged: ${known.verdict.words.en}.`)
    : words("Этот файл уже присылали, вердикта пока нет.", "This very file came before; there is no verdict yet.");
  view.line.textContent = said;
  for (const notice of known.notices ?? []) {
    const link = document.createElement("a");
    link.href = notice.page;
    link.textContent = notice.title;
    view.line.append(" ", link);
  }
}

const pause = (time) => new Promise((done) => window.setTimeout(done, time));

/** Whether asking again can help: the service is busy or unwell. Uploads that were begun and not ended do not end by waiting. @param {Response} answer */
async function passes(answer) {
  if (answer.status === 429) return (await answer.clone().json().catch(() => null))?.code !== "too_many_uploads";
  return answer.status >= 500;
}

/** A request that must not be lost to a bad line or a busy service; answers what lasts. */
async function steadily(request, view) {
  let refusals = 0;
  for (let turn = 0; ; turn += 1) {
    const answer = await request().catch(() => null);
    if (answer) {
      refusals += 1;
      if (!(await passes(answer)) || refusals >= MOST_REFUSALS) return answer;
    } else {
      refusals = 0;
    }
    const asked = Number(answer?.headers.get("Retry-After")) * 1000;
    const wait = Math.max(asked || 0, WAITS[Math.min(turn, WAITS.length - 1)]);
    const seconds = Math.ceil(wait / 1000);
    view.line.textContent = answer
      ? words(`Сервис занят. Повтор через ${seconds} с…`, `The service is busy. Trying again in ${seconds} s…`)
      : words(`Нет связи. Повтор через ${seconds} с…`, `No connection. Trying again in ${seconds} s…`);
    await pause(wait);
    view.line.textContent = "";
  }
}

const headers = (more) => ({ ...TUS, "X-CSRF-Token": token, ...more });

/** Takes an upload back; what cannot be taken back now goes on with the next try, or ends by itself. */
async function giveUp(file, address) {
  const answer = await fetch(address, { method: "DELETE", headers: headers({}) }).catch(() => null);
  if (answer && (answer.ok || answer.status === 404 || answer.status === 410)) memory.remove(mark(file));
}

/** What is remembered of an upload of this file. @returns {{ address: string, told: string } | null} */
function begun(file) {
  try {
    return JSON.parse(memory.get(mark(file)) ?? "null");
  } catch {
    memory.remove(mark(file));
    return null;
  }
}

/**
 * Where the upload of this file stands: an earlier one if the service still has it. What is told with a file cannot be changed later: where the form says
 * something else by now, the upload begins anew.
 */
async function begin(file, said, view) {
  const before = begun(file);
  if (before && before.told === said) {
    const answer = await steadily(() => fetch(before.address, { method: "HEAD", headers: headers({}) }), view);
    if (answer.ok) return { address: before.address, offset: Number(answer.headers.get("Upload-Offset") ?? 0) };
    if (await passes(answer)) throw await told(answer);
    memory.remove(mark(file));
  } else if (before) {
    await giveUp(file, before.address);
  }
  const answer = await steadily(
    () => fetch("/api/v1/uploads", { method: "POST", headers: headers({ "Upload-Length": String(file.size), "Upload-Metadata": said }) }),
    view,
  );
  if (!answer.ok) throw await told(answer);
  const address = new URL(answer.headers.get("Location"), window.location.href).pathname;
  memory.set(mark(file), JSON.stringify({ address, told: said }));
  return { address, offset: 0 };
}

/** @param {Response} answer */
async function told(answer) {
  const problem = await answer.json().catch(() => null);
  return new Error(problem?.detail ?? words(`Ответ сервера: ${answer.status}`, `The service answered ${answer.status}`));
}

/** @param {File} file @param {string} said the metadata as they were when it was sent */
async function send(file, said) {
  const view = shown.get(file);
  view.bar.hidden = false;
  let address = null;
  try {
    const start = await begin(file, said, view);
    address = start.address;
    let { offset } = start;
    const from = { offset, at: performance.now() };
    let answer = null;
    while (offset < file.size || !answer) {
      view.bar.value = offset;
      const end = Math.min(file.size, offset + PIECE);
      const body = file.slice(offset, end);
      answer = await steadily(
        () => fetch(address, { method: "PATCH", headers: headers({ "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" }), body }),
        view,
      );
      if (answer.status === 409 || answer.status === 423) {
        await pause(1000);
        const head = await steadily(() => fetch(address, { method: "HEAD", headers: headers({}) }), view);
        if (!head.ok) throw await told(answer);
        offset = Number(head.headers.get("Upload-Offset") ?? 0);
        answer = offset >= file.size ? head : null;
        continue;
      }
      if (!answer.ok) throw await told(answer);
      offset = Number(answer.headers.get("Upload-Offset") ?? end);
      const rate = (offset - from.offset) / Math.max(0.001, (performance.now() - from.at) / 1000);
      const left = (file.size - offset) / rate;
      view.state.textContent = words(`${size(offset)} из ${size(file.size)}`, `${size(offset)} of ${size(file.size)}`) +
        (left > 5 ? words(`, ещё ${Math.ceil(left)} с`, `, ${Math.ceil(left)} s left`) : "");
    }
    view.bar.value = file.size;
    memory.remove(mark(file));
    await received(address, answer, view);
    return true;
  } catch (error) {
    view.bar.hidden = true;
    view.item.classList.add("told");
    view.line.textContent = error.message;
    if (address) await giveUp(file, address);
    return false;
  }
}

/** The upload has become a submission. */
async function received(address, answer, view) {
  let submission = answer.headers.get("Podlinnik-Submission");
  if (!submission) submission = (await (await fetch(address)).json()).submission;
  const id = String(submission).split("/").pop();
  const receipt = await (await fetch(`/api/v1/submissions/${id}`)).json();
  view.line.textContent = receipt.state === "duplicate"
    ? words("Такой файл уже присылали: вот что о нём известно. ", "This file came before; here is what is known. ")
    : words("Принято, анализ начинается. ", "Received, analysis begins. ");
  const link = document.createElement("a");
  // Leads to the case, or to the receipt for whoever does not see that.
  link.href = `/desk/submissions/${id}`;
  link.textContent = words("Что с ним стало", "What became of it");
  view.line.append(link);
  view.item.classList.add("done");
  return link.href;
}

form.addEventListener("submit", (event) => {
  // A link alone goes the way of the form: the service fetches it and shows how far it is.
  if (!waiting.length && form.elements.namedItem("source_url").value.trim()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void (async () => {
    const button = form.querySelector("#send");
    button.disabled = true;
    const files = waiting;
    waiting = [];
    // As the form is now, whatever is typed while the files go up.
    const said = new Map(files.map((file) => [file, metadata(file)]));
    let sent = 0;
    for (const file of files) if (await send(file, said.get(file))) sent += 1;
    button.disabled = false;
    if (files.length === 1 && sent === 1) window.location.href = shown.get(files[0]).line.querySelector("a:last-child").href;
    chooser.value = "";
    demand();
  })();
}, { capture: true });

chooser.multiple = true;
chooser.addEventListener("change", () => {
  add(chooser.files);
  chooser.value = "";
});
for (const hint of document.querySelectorAll("[data-with-script]")) hint.hidden = false;
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) {
    event.preventDefault();
    add(files);
  }
});

// A link that is known is answered at once.
const link = form.elements.namedItem("source_url");
link.addEventListener("input", demand);
demand();
link.addEventListener("change", async () => {
  const status = document.getElementById("known-link");
  status.textContent = "";
  if (!link.value.trim()) return;
  const answer = await fetch(`/api/v1/lookup?url=${encodeURIComponent(link.value.trim())}`).catch(() => null);
  if (!answer?.ok) return;
  const known = await answer.json();
  const items = known.items ?? known;
  if (!items.length) return;
  const judged = items.find((item) => item.verdict);
  status.textContent = judged
    ? words(`По этой ссылке уже проверено: ${judged.verdict.words.ru}.`, `Media at this link have been judged: ${judged.verdict.words.en}.`)
    : words("Материал по этой ссылке уже присылали, вердикта пока нет.", "Media at this link came before; there is no verdict yet.");
});
