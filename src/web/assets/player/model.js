// What the server says about the item, checked once so that every other module may trust it.

/** @typedef {[x: number, y: number, width: number, height: number]} Box */
/** @typedef {{ index: number, label: string, sightings: { at_s: number, box: Box }[] }} Track */
/** @typedef {{ track: number, at_s: number, box: Box, columns: number, rows: number, hundredths: number[] }} HeatMap */
/** @typedef {{ from_s: number, to_s: number, label: string }} Mark */
/** @typedef {{ id: string, track: number | null, label: string, state: string, note: string, marks: Mark[], curve: [number, number][] | null }} Lane `track`: the index of the face that it is about */
/** @typedef {{ name: string, from_s: number, to_s: number, bbox: Box }} Region */
/** @typedef {{ src: string, suspect_from_s: number, fps: number, label: string }} Beside */
/**
 * @typedef {object} Model
 * @property {"video" | "image" | "audio"} kind
 * @property {string} name used in file names of saved frames; optional in the JSON
 * @property {number} width of the upright original, in pixels
 * @property {number} height
 * @property {number} duration_s
 * @property {number} fps zero where there are no frames
 * @property {Track[]} tracks
 * @property {HeatMap[]} heat_maps
 * @property {Lane[]} lanes
 * @property {Beside | null} beside
 * @property {Region[]} regions
 * @property {{ blur: boolean, grey: boolean, mute: boolean }} wellness
 * @property {Record<string, string>} strings
 */

/** Sightings further apart than this are not joined: the face may have been away. */
const JOIN_S = 1.5;
/** How long a lone sighting stays visible on either side. */
const HOLD_S = 0.2;
/** How long a heat map stays visible on either side. */
const HEAT_S = 0.6;

const number = (value, otherwise = 0) => (Number.isFinite(value) ? value : otherwise);
const list = (value) => (Array.isArray(value) ? value : []);
const isBox = (value) => Array.isArray(value) && value.length === 4 && value.every(Number.isFinite);

/**
 * @param {Element} root
 * @returns {Model | null} nothing where the JSON is missing or broken: the page then keeps the browser's own controls
 */
export function readModel(root) {
  let raw;
  try {
    raw = JSON.parse(root.querySelector("[data-player-model]").textContent);
  } catch {
    return null;
  }
  if (raw === null || !["video", "image", "audio"].includes(raw.kind)) return null;
  return {
    kind: raw.kind,
    name: typeof raw.name === "string" ? raw.name : "frame",
    width: Math.max(1, number(raw.width, 16)),
    height: Math.max(1, number(raw.height, 9)),
    duration_s: Math.max(0, number(raw.duration_s)),
    fps: raw.kind === "video" ? Math.max(0, number(raw.fps, 25)) : 0,
    tracks: list(raw.tracks).map((track) => ({
      ...track,
      sightings: list(track.sightings).filter((seen) => isBox(seen.box)).sort((one, other) => one.at_s - other.at_s),
    })),
    heat_maps: list(raw.heat_maps).filter(
      (map) => isBox(map.box) && map.columns > 0 && list(map.hundredths).length === map.columns * map.rows,
    ),
    lanes: list(raw.lanes).map((lane) => ({ ...lane, marks: list(lane.marks), curve: Array.isArray(lane.curve) ? lane.curve : null })),
    beside: raw.beside?.src ? raw.beside : null,
    regions: list(raw.regions).filter((region) => isBox(region.bbox)),
    wellness: { blur: true, grey: false, mute: true, ...raw.wellness },
    strings: raw.strings ?? {},
  };
}

/**
 * Where a face is at a time: between two sightings in a row it moves straight, elsewhere nothing is guessed.
 * @param {Track} track
 * @param {number} time seconds
 * @returns {Box | null}
 */
export function boxAt(track, time) {
  const after = track.sightings.findIndex((seen) => seen.at_s >= time);
  const next = track.sightings[after];
  const last = after === -1 ? track.sightings.at(-1) : track.sightings[after - 1];
  if (last && next && next.at_s - last.at_s < JOIN_S) {
    const share = (time - last.at_s) / (next.at_s - last.at_s);
    return /** @type {Box} */ (last.box.map((side, place) => side + (next.box[place] - side) * share));
  }
  if (next && next.at_s - time <= HOLD_S) return next.box;
  if (last && time - last.at_s <= HOLD_S) return last.box;
  return null;
}

/**
 * The heat map nearest to a time, one for each track.
 * @param {HeatMap[]} maps
 * @param {number} time seconds
 * @returns {HeatMap[]}
 */
export function heatMapsAt(maps, time) {
  /** @type {Map<number, HeatMap>} */
  const nearest = new Map();
  for (const map of maps) {
    const away = Math.abs(map.at_s - time);
    const held = nearest.get(map.track);
    if (away <= HEAT_S && (!held || away < Math.abs(held.at_s - time))) nearest.set(map.track, map);
  }
  return [...nearest.values()];
}

/**
 * When a track is in sight, as spans.
 * @param {Track} track
 * @returns {[from: number, to: number][]}
 */
export function presence(track) {
  /** @type {[number, number][]} */
  const spans = [];
  for (const { at_s } of track.sightings) {
    const open = spans.at(-1);
    if (open && at_s - HOLD_S - open[1] < JOIN_S - HOLD_S * 2) open[1] = at_s + HOLD_S;
    else spans.push([Math.max(0, at_s - HOLD_S), at_s + HOLD_S]);
  }
  return spans;
}

/**
 * @param {number} seconds
 * @returns {string} h:mm:ss.mmm; cut, not rounded, so that a frame never shows the time of the next
 */
export function timeCode(seconds) {
  const thousandths = Math.floor(Math.max(0, seconds) * 1000 + 1e-3);
  const part = (unit, size, digits) => String(Math.floor(thousandths / unit) % size).padStart(digits, "0");
  return `${Math.floor(thousandths / 3600000)}:${part(60000, 60, 2)}:${part(1000, 60, 2)}.${part(1, 1000, 3)}`;
}

/**
 * @param {number} seconds
 * @param {number} digits after the point
 * @returns {string} m:ss or h:mm:ss, for the ruler
 */
export function shortTime(seconds, digits = 0) {
  const scaled = Math.round(seconds * 10 ** digits) / 10 ** digits;
  const hours = Math.floor(scaled / 3600);
  const minutes = Math.floor(scaled / 60) % 60;
  const rest = (scaled % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
