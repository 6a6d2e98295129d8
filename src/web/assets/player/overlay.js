// What lies over the picture: faces, heat maps, and areas that differ from the original. Everything is placed in shares of the
// picture, so that it holds at any size.

import { element } from "./elements.js";
import { boxAt, heatMapsAt } from "./model.js";

/**
 * Cividis, cut to five stops: even steps of lightness, the same to colour-blind eyes, and no red. Weak values are also more
 * transparent, so that they do not look like something found.
 */
const SCALE = [[0, 32, 77], [65, 77, 107], [124, 123, 120], [185, 172, 112], [255, 234, 70]];

/** @param {number} share 0 to 1 @returns {[red: number, green: number, blue: number, opacity: number]} */
function colour(share) {
  const held = Math.min(1, Math.max(0, share));
  const place = Math.min(SCALE.length - 2, Math.floor(held * (SCALE.length - 1)));
  const part = held * (SCALE.length - 1) - place;
  const [red, green, blue] = SCALE[place].map((low, channel) => low + (SCALE[place + 1][channel] - low) * part);
  return [red, green, blue, 255 * (0.12 + 0.63 * held)];
}

/** @param {HTMLElement} made @param {number[]} box in shares of the picture */
function put(made, [x, y, width, height]) {
  Object.assign(made.style, { left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
}

/** @param {import("./model.js").HeatMap} map */
function paint(map) {
  const canvas = element("canvas.player-heat", { width: map.columns, height: map.rows });
  const pixels = new ImageData(map.columns, map.rows);
  map.hundredths.forEach((value, place) => pixels.data.set(colour(value / 100), place * 4));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * @param {HTMLElement} picture
 * @param {import("./model.js").Model} model
 */
export function overlay(picture, model) {
  const layer = element("div.player-overlay", { "aria-hidden": "true" });
  const shares = ([x, y, width, height]) => [x / model.width, y / model.height, width / model.width, height / model.height];
  const still = model.kind === "image";
  const frame = (kind, label) => layer.appendChild(element(`div.player-box.player-${kind}`, {}, element("span", {}, label)));
  const faces = model.tracks.map((track) => ({ track, box: frame("face", track.label) }));
  const regions = model.regions.map((region) => {
    const box = frame("region", region.name);
    put(box, region.bbox);
    return { region, box };
  });
  /** @type {Map<import("./model.js").HeatMap, HTMLElement>} painted when first needed: a clip may have hundreds */
  const painted = new Map();
  const shown = { faces: true, heat: false, regions: true };
  picture.append(layer);

  /** @param {number} time seconds */
  function draw(time) {
    for (const { track, box } of faces) {
      const at = shown.faces ? (still ? track.sightings[0]?.box : boxAt(track, time)) : null;
      box.hidden = !at;
      if (at) put(box, shares(at));
    }
    for (const { region, box } of regions) box.hidden = !shown.regions || (!still && (time < region.from_s || time > region.to_s));
    const near = !shown.heat ? [] : still ? model.heat_maps : heatMapsAt(model.heat_maps, time);
    for (const [map, canvas] of painted) canvas.hidden = !near.includes(map);
    for (const map of near) {
      if (painted.has(map)) continue;
      const canvas = paint(map);
      put(canvas, shares(map.box));
      layer.prepend(canvas);
      painted.set(map, canvas);
    }
  }
  return { draw, shown };
}
