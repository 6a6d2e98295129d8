// Building elements without markup in strings: nothing that the server sends is ever read as HTML.

/** Lines of the icons, drawn on a field of 24 by 24. */
const ICONS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  frame_back: "M6 5h2.2v14H6zM18.5 5.5v13L9.8 12z",
  frame_forward: "M15.8 5H18v14h-2.2zM5.5 5.5v13l8.7-6.5z",
  copy: "M8 3h11v13h-2V5H8zM5 7h10v14H5zm2 2v10h6V9z",
  save: "M11 3h2v9l3.3-3.3 1.4 1.4L12 15.8l-5.7-5.7 1.4-1.4L11 12zM4 17h2v2h12v-2h2v4H4z",
  sound: "M4 9h4l5-4.5v15L8 15H4zM15.5 8.2c2.4 1.6 2.4 6 0 7.6l-1-1.3c1.4-1 1.4-4 0-5zM18 5.2c4.3 3 4.3 10.6 0 13.6l-1-1.4c3.3-2.4 3.3-8.4 0-10.8z",
  silence: "M4 9h4l5-4.5v15L8 15H4zM15.4 9.8l1.2-1.2 2 2 2-2 1.2 1.2-2 2 2 2-1.2 1.2-2-2-2 2-1.2-1.2 2-2z",
  full_screen: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  keys: "M3 6h18v12H3zm2 2v8h14V8zM7 9.5h2v2H7zM11 9.5h2v2h-2zM15 9.5h2v2h-2zM8 13h8v1.8H8z",
};

/**
 * @param {string} name of the element, with classes after points: `div.player-bar`
 * @param {Record<string, unknown>} [attributes] functions become listeners, `true` an empty attribute, `false` and null nothing
 * @param {...(Node | string | null)} children
 * @returns {any}
 */
export function element(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, /** @type {EventListener} */ (value));
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * @param {string} viewBox
 * @param {string} path
 * @param {string} [className]
 * @returns {SVGSVGElement}
 */
export function drawing(viewBox, path, className = "player-icon") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * A button that shows an icon and says its name.
 * @param {keyof typeof ICONS} icon
 * @param {string} label
 * @param {string} key shown after the name
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
export function iconButton(icon, label, key, act) {
  const button = element("button.player-button", { type: "button", click: act });
  setIcon(button, icon, label, key);
  return button;
}

/**
 * @param {HTMLButtonElement} button
 * @param {keyof typeof ICONS} icon
 * @param {string} label
 * @param {string} key
 */
export function setIcon(button, icon, label, key) {
  button.replaceChildren(drawing("0 0 24 24", ICONS[icon]));
  button.setAttribute("aria-label", label);
  button.title = key ? `${label} (${key})` : label;
}

/**
 * A button with words, and with the key that does the same.
 * @param {string} label
 * @param {string} key
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
export function wordButton(label, key, act) {
  return element("button.player-word", { type: "button", click: act }, element("span", {}, label), key ? element("kbd", { "aria-hidden": "true" }, key) : null);
}

/** @param {HTMLElement} button @param {boolean} on */
export const press = (button, on) => button.setAttribute("aria-pressed", String(on));

/**
 * Browsers may refuse storage altogether; what is remembered is a comfort only.
 * @param {string} key
 * @returns {any}
 */
export function remembered(key) {
  try {
    return JSON.parse(localStorage.getItem(`podlinnik.player.${key}`) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
export function remember(key, value) {
  try {
    localStorage.setItem(`podlinnik.player.${key}`, JSON.stringify(value));
  } catch {
    // A private window: the choice lasts until the page is closed.
  }
}
