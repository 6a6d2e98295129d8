// What every page of the desk gains from scripts: ticking clocks, live lists, keys, warnings before typed text is lost. Pages work without it.

const language = document.documentElement.lang;
const words = (russian, english) => (language === "en" ? english : russian);

/** @param {ParentNode} root Brings the clocks below `root` up to date; they carry the moment of the four-hour mark. */
function tick(root = document) {
  for (const clock of root.querySelectorAll("[data-deadline]")) {
    const left = Math.trunc((Date.parse(clock.dataset.deadline) - Date.now()) / 1000);
    if (Number.isNaN(left)) continue;
    const text = stretch(Math.abs(left));
    clock.textContent = left < 0 ? words(`просрочено на ${text}`, `${text} over`) : words(`осталось ${text}`, `${text} left`);
    const holder = clock.closest("[data-urgency]");
    if (holder) {
      const urgency = left < 0 ? "over" : left < 3600 ? "soon" : "calm";
      holder.classList.remove("over", "soon", "calm");
      holder.classList.add(urgency);
    }
  }
}

/** @param {number} seconds not negative. The same words as the server's. */
function stretch(seconds) {
  const [day, hour, minute, second] = language === "en" ? ["d", "h", "min", "s"] : ["д", "ч", "мин", "с"];
  const whole = Math.floor;
  if (seconds < 60) return `${seconds} ${second}`;
  if (seconds < 3600) return `${whole(seconds / 60)} ${minute}`;
  if (seconds < 86400) return `${whole(seconds / 3600)} ${hour} ${String(whole(seconds / 60) % 60).padStart(2, "0")} ${minute}`;
  return `${whole(seconds / 86400)} ${day} ${whole(seconds / 3600) % 24} ${hour}`;
}

/** A page that names a stream in `data-live` asks for its list anew when the stream says that something changed. */
function live() {
  const holder = document.querySelector("[data-live]");
  if (!holder || !window.EventSource) return;
  const source = new EventSource(holder.dataset.live);
  let waiting = 0;
  source.addEventListener("changed", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void refresh(holder), 400);
  });
  window.addEventListener("pagehide", () => source.close());
}

let stale = false;
document.addEventListener("visibilitychange", () => {
  const holder = document.querySelector("[data-live]");
  if (stale && !document.hidden && holder) void refresh(holder);
});

/** Replaces what differs in the list, entry by entry, so that nothing flickers and the focus stays where it is. @param {HTMLElement} holder */
async function refresh(holder) {
  stale = document.hidden;
  if (stale) return;
  const answer = await fetch(window.location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of holder.querySelectorAll("[data-region]")) {
    const next = fresh.querySelector(`[data-region="${region.dataset.region}"]`);
    if (!next) continue;
    // An empty list and a filled one are different elements.
    if (next.tagName === region.tagName) merge(region, next);
    else region.replaceWith(document.importNode(next, true));
  }
  window.htmx?.process(holder);
  tick(holder);
}

/** @param {Element} old @param {Element} fresh Children with an `id` are matched by it, others by place. */
function merge(old, fresh) {
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  // Entries that were loaded by hand below the first page stay, and with them where to go on.
  const later = [...old.children].filter((child) => child.dataset.page === "later");
  const more = later.length ? old.querySelector("#more") : null;
  const kept = [...fresh.children].filter((child) => !(later.length && child.id === "more")).map((child) => {
    const before = known.get(child.id);
    if (!before) return document.importNode(child, true);
    if (!before.isEqualNode(child) && !before.contains(document.activeElement)) {
      before.replaceChildren(...[...child.childNodes].map((node) => document.importNode(node, true)));
      before.className = child.className;
    }
    return before;
  });
  const whole = [...kept, ...later.filter((child) => !kept.includes(child)), ...(more ? [more] : [])];
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  for (const child of [...old.children]) if (!whole.includes(child)) child.remove();
  // In place: a list that is empty for a moment loses the focus, and the place where somebody reads.
  let at = old.firstElementChild;
  for (const child of whole) {
    if (child === at) at = at.nextElementSibling;
    else old.insertBefore(child, at);
  }
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/** Keys on lists: j and k walk, Enter opens, / searches. */
function keys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...document.querySelectorAll("[data-entry]")];
    const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const go = (index) => links[Math.max(0, Math.min(links.length - 1, index))]?.focus();
    if (event.key === "j" || event.key === "о") go(at + 1);
    else if (event.key === "k" || event.key === "л") go(at < 0 ? 0 : at - 1);
    else if (event.key === "/" || event.key === ".") {
      const search = document.querySelector("[data-search]");
      if (!search || (event.key === "." && language === "en")) return;
      event.preventDefault();
      search.focus();
    } else if (event.key === "n" || event.key === "т") document.querySelector("[data-new]")?.click();
  });
}

/** Forms marked `data-guard` warn before typed text is lost, and every form is sent once only. */
function guard() {
  /** @type {Set<HTMLFormElement>} */
  const changed = new Set(/** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-unsaved]")));
  document.addEventListener("input", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form[data-guard]") : null;
    if (form) changed.add(form);
  });
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    // Only what is sent is safe: the warning for other forms of the page stays.
    changed.delete(form);
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    }
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
  const unsaved = () => [...changed].some((form) => form.isConnected);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
  });
  // The analysis has ended: the page comes anew, unless somebody is typing; then the link to it stays.
  document.addEventListener("analysed", () => {
    // Not a reload: after a refusal that would send the form once more.
    if (!unsaved()) window.location.assign(/^\/desk\/cases\/[^/]+/.exec(window.location.pathname)?.[0] ?? window.location.href);
  });
}

/** Selects and boxes marked `data-auto` send their form at once; the button for it is only for pages without scripts. */
function automatic() {
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-auto]")) event.target.closest("form")?.requestSubmit();
  });
}

/** Copies what `data-copy` names. */
function copying() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const text = source?.value ?? source?.textContent ?? "";
    navigator.clipboard?.writeText(text.trim()).then(() => {
      const before = button.textContent;
      button.textContent = words("Скопировано", "Copied");
      window.setTimeout(() => (button.textContent = before), 1600);
    });
  });
}

/** A moment named in the text leads the player there. */
function seeking() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-seek]") : null;
    const media = document.querySelector(".player video, .player audio");
    if (!link || !media) return;
    event.preventDefault();
    media.pause();
    media.currentTime = Number(link.dataset.seek);
    document.getElementById("player")?.scrollIntoView({ block: "start" });
  });
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
});
document.querySelector("[data-focus]")?.focus();
tick();
window.setInterval(tick, 15_000);
live();
keys();
guard();
automatic();
copying();
seeking();
