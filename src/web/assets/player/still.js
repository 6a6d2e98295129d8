// Wheel zoom and panning of a still picture. The wheel is taken only once the picture has the focus (or with Ctrl), so that it
// does not swallow the scrolling of the page.

import { wordButton } from "./elements.js";

const MOST = 16;

/**
 * @param {HTMLElement} picture
 * @param {() => boolean} busy whether the pointer belongs to the lens
 * @param {() => void} changed
 * @param {import("./words.js").Words} words
 */
export function stillView(picture, busy, changed, words) {
  let zoom = 1;
  let x = 0;
  let y = 0;

  function place() {
    // The picture never leaves its frame: at least its edge stays at the frame's edge.
    x = Math.min(0, Math.max(picture.clientWidth * (1 - zoom), x));
    y = Math.min(0, Math.max(picture.clientHeight * (1 - zoom), y));
    picture.style.setProperty("--zoom", String(zoom));
    picture.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
    changed();
  }

  /** @param {number} times @param {number} [atX] pixels of the picture as it lies on the page @param {number} [atY] */
  function by(times, atX = picture.clientWidth / 2, atY = picture.clientHeight / 2) {
    const next = Math.min(MOST, Math.max(1, zoom * times));
    x = atX - ((atX - x) * next) / zoom;
    y = atY - ((atY - y) * next) / zoom;
    zoom = next;
    place();
  }

  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== picture) return;
    const next = 2 ** (-event.deltaY / 300);
    if (next < 1 && zoom === 1 && !event.ctrlKey) return;
    event.preventDefault();
    const area = picture.getBoundingClientRect();
    by(next, event.clientX - area.left + x, event.clientY - area.top + y);
  }, { passive: false });
  let lastX = 0;
  let lastY = 0;
  picture.addEventListener("pointerdown", (event) => {
    [lastX, lastY] = [event.clientX, event.clientY];
    if (event.target.closest("button") === null) picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (event.buttons !== 1 || busy()) return;
    move(event.clientX - lastX, event.clientY - lastY);
    [lastX, lastY] = [event.clientX, event.clientY];
  });

  function move(right, down) {
    x += right;
    y += down;
    place();
  }

  return {
    by,
    move,
    whole: () => by(0),
    buttons: [wordButton(words("zoom_in"), "+", () => by(1.5)), wordButton(words("zoom_out"), "−", () => by(1 / 1.5)), wordButton(words("zoom_whole"), "0", () => by(0))],
  };
}
