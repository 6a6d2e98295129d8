// Keys, and the dialog that lists them. Letters are taken by their place on the keyboard where the layout is not Latin, so that
// J K L work while a Russian layout is on.

import { element, iconButton, remember, remembered } from "./elements.js";

/** Elements that have a use for letters themselves. */
const WRITES = "input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]:not([contenteditable=false])";
const PLACES = { Comma: ",", Period: ".", BracketLeft: "[", BracketRight: "]", Space: " " };

/** @param {KeyboardEvent} event */
function keyOf(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toUpperCase();
  if (event.key === "?") return "?";
  return PLACES[event.code] ?? (event.code.startsWith("Key") ? event.code.slice(3) : event.key);
}

/** The player that was used last: a page with two has one pair of hands. @type {Element | null} */
let current = null;

/**
 * @param {HTMLElement} root
 * @param {Record<string, (event: KeyboardEvent) => unknown>} acts by key; `false` leaves the key to the page
 * @param {[keys: string, text: string][]} described
 * @param {import("./words.js").Words} words
 */
export function keys(root, acts, described, words) {
  let on = remembered("keys") !== false;
  // Space on a button that the mouse has just clicked is meant for the clip, on one reached with Tab for the button.
  let pointed = false;
  let swallowed = false;
  current ??= root;
  for (const name of ["pointerdown", "focusin"]) root.addEventListener(name, () => { current = root; });
  root.addEventListener("pointerdown", () => { pointed = true; });
  const lines = described.flatMap(([names, text]) => [element("dt", {}, ...names.split(" ").map((name) => element("kbd", {}, name.replace("_", " ")))), element("dd", {}, text)]);
  // Letters alone must be possible to turn off (WCAG 2.1.4): speech input types them by accident.
  const box = element("input", { type: "checkbox", change: () => remember("keys", (on = box.checked)) });
  box.checked = on;
  const title = element("h2", {}, words("keys"));
  const dialog = element("dialog.player-keys", { "aria-label": words("keys") }, title, element("dl", {}, ...lines), element("label", {}, box, words("keys_on")), element("button.player-word", { type: "button", autofocus: true, click: () => dialog.close() }, words("close")));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  root.append(dialog);

  document.addEventListener("keydown", (event) => {
    if (!on || current !== root || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const { target } = event;
    if (!(target instanceof Element) || target.closest(WRITES)) return;
    const key = keyOf(event);
    if (key === "Tab") pointed = false;
    if (key === " " && target.closest("button, a, summary, input") && !(pointed && root.contains(target))) return;
    if (key.startsWith("Arrow") && target.closest("input, [role]:not([role=group])") && root.contains(target)) return;
    if (key.startsWith("Arrow") && !root.contains(target) && target !== document.body) return;
    if (!acts[key] || acts[key](event) === false) return;
    event.preventDefault();
    swallowed = key === " ";
  });
  root.addEventListener("keyup", (event) => {
    if (swallowed && event.key === " ") event.preventDefault();
    swallowed = false;
  });
  const open = () => dialog.showModal();
  acts["?"] = open;
  return iconButton("keys", words("keys"), "?", open);
}
