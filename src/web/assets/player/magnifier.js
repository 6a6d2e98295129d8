// A square lens over the picture. It shows the frame's own pixels, with levels and gamma, as a retoucher would look for seams.

import { element, press, wordButton } from "./elements.js";

const SIDE = 232;
const START = { level: 4, black: 0, white: 255, gamma: 1 };

/**
 * @param {HTMLElement} picture takes the pointer
 * @param {HTMLVideoElement | HTMLImageElement} source
 * @param {{ blurred: boolean, grey: boolean }} veil
 * @param {import("./words.js").Words} words
 */
export function magnifier(picture, source, veil, words) {
  const lens = element("canvas.player-lens", { "aria-hidden": "true", hidden: true });
  const context = lens.getContext("2d", { willReadFrequently: true });
  const set = { ...START, nearest: false, invert: false };
  /** Middle of the lens, in shares of the picture. */
  const at = { x: 0.5, y: 0.5, lift: 0 };
  let on = false;
  picture.append(lens);

  const sliders = [["level", 2, 8, 0.5], ["black", 0, 250, 1], ["white", 5, 255, 1], ["gamma", 0.2, 4, 0.05]].map(([name, min, max, step]) => {
    const output = element("output");
    const input = element("input", { type: "range", min, max, step, input: () => {
      set[name] = Number(input.value);
      // Black stays below white: the slider that moves pushes the other.
      if (name === "black") set.white = Math.max(set.white, set.black + 5);
      if (name === "white") set.black = Math.min(set.black, set.white - 5);
      update();
    } });
    return { name, input, output, row: element("label.player-slider", {}, element("span", {}, words(`lens_${name}`)), output, input) };
  });
  const nearest = wordButton(words("lens_nearest"), "", () => flip("nearest"));
  const invert = wordButton(words("lens_invert"), "", () => flip("invert"));
  const reset = wordButton(words("lens_reset"), "", () => {
    Object.assign(set, START, { nearest: false, invert: false });
    update();
  });
  const panel = element("div.player-panel", { hidden: true }, element("p.player-quiet", {}, words("lens_hint")), ...sliders.map(({ row }) => row), element("div.player-words", {}, nearest, invert, reset));

  /** @param {"nearest" | "invert"} name */
  function flip(name) {
    set[name] = !set[name];
    update();
  }

  function update() {
    for (const { name, input, output } of sliders) {
      input.value = String(set[name]);
      output.textContent = name === "level" ? `${set.level}×` : name === "gamma" ? set.gamma.toFixed(2) : String(set[name]);
    }
    press(nearest, set.nearest);
    press(invert, set.invert);
    draw();
  }

  function draw() {
    lens.hidden = !on || veil.blurred;
    if (lens.hidden) return;
    const wide = picture.clientWidth;
    const high = picture.clientHeight;
    const across = "videoWidth" in source ? source.videoWidth : source.naturalWidth;
    const down = "videoWidth" in source ? source.videoHeight : source.naturalHeight;
    if (!across || !wide) return;
    const zoom = Number(picture.style.getPropertyValue("--zoom")) || 1;
    const side = Math.min(SIDE, Math.round(Math.max(wide, 280) * 0.6));
    const dots = Math.round(side * Math.min(2, devicePixelRatio));
    if (lens.width !== dots) lens.width = lens.height = dots;
    Object.assign(lens.style, { width: `${side}px`, left: `${at.x * 100}%`, top: `${at.y * 100}%`, transform: `translate(-50%, calc(-50% - ${at.lift}px)) scale(${1 / zoom})` });
    const span = side / set.level / zoom;
    context.imageSmoothingEnabled = !set.nearest;
    context.imageSmoothingQuality = "high";
    context.fillRect(0, 0, dots, dots);
    const width = (span / wide) * across;
    const height = (span / high) * down;
    context.drawImage(source, at.x * across - width / 2, at.y * down - height / 2, width, height, 0, 0, dots, dots);
    tone(dots);
  }

  /** Levels, then gamma, then negative, through one table; grey when the picture is to be grey. */
  function tone(dots) {
    if (set.black === 0 && set.white === 255 && set.gamma === 1 && !set.invert && !veil.grey) return;
    const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => {
      const share = Math.min(1, Math.max(0, (value - set.black) / (set.white - set.black))) ** (1 / set.gamma);
      return 255 * (set.invert ? 1 - share : share);
    });
    const image = context.getImageData(0, 0, dots, dots);
    const { data } = image;
    for (let place = 0; place < data.length; place += 4) {
      if (veil.grey) data[place] = data[place + 1] = data[place + 2] = 0.299 * data[place] + 0.587 * data[place + 1] + 0.114 * data[place + 2];
      for (let channel = place; channel < place + 3; channel += 1) data[channel] = table[data[channel]];
    }
    context.putImageData(image, 0, 0);
  }

  picture.addEventListener("pointermove", (event) => {
    if (!on) return;
    const area = picture.getBoundingClientRect();
    // A finger hides what it points at: the lens stands above it.
    move((event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height, event.pointerType === "touch" ? 140 : 0);
  });

  function move(x, y, lift) {
    at.x = Math.min(1, Math.max(0, x));
    at.y = Math.min(1, Math.max(0, y));
    at.lift = lift;
    draw();
  }

  update();
  return {
    panel,
    draw,
    get on() { return on; },
    toggle() {
      on = !on;
      panel.hidden = !on;
      picture.toggleAttribute("data-lens", on);
      draw();
      if (on) picture.focus({ preventScroll: true });
    },
    /** @param {number} right @param {number} down shares of the picture */
    nudge: (right, down) => move(at.x + right, at.y + down, 0),
  };
}
