// The timeline: a ruler, the looped span, and one lane per method and track. All of it is HTML, so that every mark is a button
// with a name. A lane without a finding stays in its place, hatched, with its reason.

import { drawing, element, press } from "./elements.js";
import { presence, shortTime, timeCode } from "./model.js";

/** Steps of the ruler, in seconds. */
const STEPS = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
/** A label of the ruler needs this many pixels; a mark, this many (WCAG 2.5.8). */
const LABEL = 76;
const TARGET = 26;
const SILENT = ["abstained", "not_applicable", "failed", "pending"];

/**
 * @param {import("./clock.js").Clock} clock
 * @param {import("./model.js").Model} model
 * @param {import("./words.js").Words} words
 */
export function timeline(clock, model, words) {
  let window_s = Infinity;
  let from = 0;
  const to = () => Math.min(clock.duration, from + window_s);
  /** @param {number} time @returns {number} per cent of the visible window */
  const place = (time) => ((time - from) / Math.max(1e-6, to() - from)) * 100;
  const visible = (start, stop) => stop >= from && start <= to();

  const ruler = element("div.player-ruler");
  const spanRail = element("div.player-rail.player-span-rail", {}, element("span.player-quiet", {}, words("span_hint")));
  const spanNote = element("span.player-note");
  const row = (label, note, rail) => element("div.player-lane", {}, element("div.player-who", {}, element("span", {}, label), note), rail);
  const rows = element("div.player-rows");
  // A still has no time, but its methods are listed all the same.
  if (clock.media) rows.append(row(words("timeline"), null, ruler), row(words("span"), spanNote, spanRail));

  const lanes = model.lanes.map((lane) => {
    const silent = SILENT.includes(lane.state);
    const rail = element("div.player-rail", silent ? { "data-silent": lane.state } : {});
    const stuck = [];
    const add = (made, start, stop) => {
      rail.append(made);
      stuck.push({ made, start, stop });
      return made;
    };
    const track = model.tracks.find(({ index }) => index === lane.track);
    if (track) for (const [start, stop] of presence(track)) add(element("i.player-presence"), start, stop);
    if (lane.curve && lane.curve.length > 1) {
      const points = lane.curve.map(([time, value]) => `${time} ${1 - value}`);
      const last = lane.curve.at(-1)[0];
      const svg = drawing("0 0 1 1", `M${lane.curve[0][0]} 1 ${points.map((point) => `L${point}`).join("")}L${last} 1z`, "player-curve");
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("viewBox", `${lane.curve[0][0]} 0 ${last - lane.curve[0][0] || 1} 1`);
      add(svg, lane.curve[0][0], last);
    }
    if (silent) rail.append(element("span.player-reason", {}, lane.note));
    const marks = lane.marks.map((mark, order) => {
      const bar = add(element("i.player-extent"), mark.from_s, mark.to_s);
      const name = `${order + 1}. ${lane.label}: ${mark.label}, ${shortTime(mark.from_s, 2)}`;
      const button = element("button.player-mark", { type: "button", "aria-label": name, title: `${mark.label} · ${timeCode(mark.from_s)}`, click: (event) => {
        clock.pause();
        clock.seek(mark.from_s);
        if (!event.shiftKey) return;
        clock.clearSpan();
        clock.setSpan(mark.from_s, mark.to_s);
        clock.setLooping(true);
        clock.play();
      } }, element("span", {}, String(order + 1)));
      rail.append(button);
      return { mark, bar, button };
    });
    rows.append(row(lane.label, element("span.player-note", {}, silent ? words(lane.state) : lane.note), rail));
    return { rail, stuck, marks };
  });

  /**
   * @param {string} className
   * @param {string} label
   * @param {() => number} now
   * @param {(time: number) => void} set
   */
  function grip(className, label, now, set) {
    const made = element(`div.${className}`, { role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": 0, keydown: (event) => {
      const frame = clock.fps ? 1 / clock.fps : 0.1;
      const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 };
      const paged = event.key.startsWith("Page");
      if (event.key === "Home") set(0);
      else if (event.key === "End") set(clock.duration);
      else if (moves[event.key] && !event.altKey && !event.ctrlKey && !event.metaKey) set(now() + moves[event.key] * (event.shiftKey || paged ? 1 : frame));
      else return;
      event.preventDefault();
      event.stopPropagation();
    } });
    const say = () => {
      made.setAttribute("aria-valuemax", clock.duration.toFixed(2));
      made.setAttribute("aria-valuenow", now().toFixed(2));
      made.setAttribute("aria-valuetext", timeCode(now()));
      made.style.left = `${place(now())}%`;
      made.hidden = !visible(now(), now());
    };
    return { made, say };
  }
  const head = grip("player-head", words("position"), () => clock.time, (time) => { clock.pause(); clock.seek(time); });
  const start = grip("player-grip", words("span_start"), () => clock.span?.from ?? 0, (time) => clock.setSpan(time, null));
  const end = grip("player-grip.player-grip-end", words("span_end"), () => clock.span?.to ?? clock.duration, (time) => clock.setSpan(null, time));
  const fill = element("i.player-fill");
  spanRail.append(fill, start.made, end.made);
  const line = element("i.player-line");
  const tint = element("i.player-tint");
  const over = element("div.player-over", {}, tint, line, head.made);
  if (clock.media) rows.append(over);

  /** Follow a pointer from press to release. */
  function drag(target, pressed, moved) {
    target.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.target.closest("button")) return;
      const area = (rail) => rail.getBoundingClientRect();
      const timeAt = ({ clientX }) => from + Math.min(1, Math.max(0, (clientX - area(ruler).left) / area(ruler).width)) * (to() - from);
      const state = pressed(timeAt(event), event);
      if (state === undefined) return;
      event.stopPropagation();
      target.setPointerCapture(event.pointerId);
      const go = (later) => moved(timeAt(later), state);
      target.addEventListener("pointermove", go);
      target.addEventListener("lostpointercapture", () => target.removeEventListener("pointermove", go), { once: true });
    });
  }
  const scrub = (time) => { clock.pause(); clock.seek(time); return true; };
  for (const target of [ruler, head.made, ...lanes.map(({ rail }) => rail)]) drag(target, scrub, scrub);
  const least = clock.fps ? 1 / clock.fps : 0.05;
  drag(start.made, () => true, (time) => clock.setSpan(Math.min(time, clock.span.to - least), null));
  drag(end.made, () => true, (time) => clock.setSpan(null, Math.max(time, clock.span.from + least)));
  drag(spanRail, (time) => time, (time, first) => Math.abs(time - first) > (to() - from) / 200 && clock.setSpan(Math.min(first, time), Math.max(first, time)));

  const zooms = [Infinity, 30, 5].filter((seconds) => clock.media && (seconds === Infinity || seconds < model.duration_s)).map((seconds) => {
    const button = element("button.player-word", { type: "button", click: () => {
      window_s = seconds;
      from = seconds === Infinity ? 0 : Math.max(0, Math.min(clock.duration - seconds, clock.time - seconds / 2));
      layout();
    } }, seconds === Infinity ? words("zoom_fit") : words("zoom_seconds", { n: seconds }));
    return { seconds, button };
  });

  function drawRuler(width) {
    const length = to() - from;
    const step = STEPS.find((each) => (each / length) * width >= LABEL) ?? 7200;
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    const labels = [];
    let path = "";
    for (let tick = Math.ceil((from / step) * 5 - 1e-6); (tick * step) / 5 <= to() + 1e-6; tick += 1) {
      const at = place((tick * step) / 5);
      path += `M${at} ${tick % 5 ? 16 : 10}V20`;
      if (tick % 5 || at > 97) continue;
      const label = element("span", {}, shortTime((tick * step) / 5, digits));
      label.style.left = `${at}%`;
      labels.push(label);
    }
    const svg = drawing("0 0 100 20", path, "player-ticks");
    svg.setAttribute("preserveAspectRatio", "none");
    ruler.replaceChildren(svg, ...labels);
  }

  /** Everything that depends on the window and on the width, not on the play head. */
  function layout() {
    const width = ruler.clientWidth;
    if (!width || clock.duration <= 0) return;
    drawRuler(width);
    for (const { rail, stuck, marks } of lanes) {
      for (const { made, start: first, stop } of stuck) {
        made.style.left = `${place(first)}%`;
        made.style.width = `${place(stop) - place(first)}%`;
      }
      // Marks that would cover each other go one row down.
      const taken = [];
      for (const { mark, button } of marks) {
        const middle = (place((mark.from_s + mark.to_s) / 2) / 100) * width;
        button.hidden = !visible(mark.from_s, mark.to_s);
        if (button.hidden) continue;
        let level = 0;
        while (taken.some((other) => other.level === level && Math.abs(other.middle - middle) < TARGET)) level += 1;
        taken.push({ middle, level });
        button.style.left = `clamp(${TARGET / 2}px, ${middle}px, calc(100% - ${TARGET / 2}px))`;
        button.style.setProperty("--level", String(level));
      }
      rail.style.setProperty("--levels", String(Math.max(0, ...taken.map(({ level }) => level))));
    }
    for (const { seconds, button } of zooms) press(button, seconds === window_s);
    move();
    drawSpan();
  }

  function move() {
    const time = clock.time;
    if (window_s < clock.duration && (time < from || time > to() || (clock.playing && time > from + window_s * 0.92))) {
      const wanted = Math.max(0, Math.min(clock.duration - window_s, time - window_s * (clock.playing ? 0.08 : 0.5)));
      if (Math.abs(wanted - from) > 1e-6) {
        from = wanted;
        return layout();
      }
    }
    head.say();
    line.style.left = head.made.style.left;
    line.hidden = head.made.hidden;
    const half = clock.fps ? 0.5 / clock.fps : 0.02;
    for (const { marks } of lanes) for (const { mark, button } of marks) button.toggleAttribute("data-now", time >= mark.from_s - half && time <= mark.to_s + half);
    keepInSight();
  }

  /** On a narrow page the rows scroll sideways; a head that runs out of sight takes them along. */
  function keepInSight() {
    if (!clock.playing || rows.parentElement.scrollWidth <= rows.parentElement.clientWidth) return;
    const box = rows.parentElement;
    const x = (place(clock.time) / 100) * ruler.clientWidth;
    if (x < box.scrollLeft || x > box.scrollLeft + box.clientWidth - 24) box.scrollLeft = x - 40;
  }

  function drawSpan() {
    const span = clock.span;
    for (const made of [fill, tint, start.made, end.made]) made.hidden = !span;
    spanRail.firstChild.hidden = span !== null;
    spanNote.textContent = span ? `${shortTime(span.from, 2)} – ${shortTime(span.to, 2)}` : "";
    if (!span) return;
    start.say();
    end.say();
    for (const made of [fill, tint]) {
      made.style.left = `${Math.max(0, place(span.from))}%`;
      made.style.width = `${Math.min(100, place(span.to)) - Math.max(0, place(span.from))}%`;
      made.hidden = !visible(span.from, span.to);
      made.toggleAttribute("data-on", clock.looping);
    }
  }

  clock.addEventListener("time", move);
  clock.addEventListener("state", () => { move(); drawSpan(); });
  clock.media?.addEventListener("durationchange", layout);
  new ResizeObserver(layout).observe(ruler);
  return element("div.player-timeline", {},
    zooms.length > 1 ? element("div.player-zoom", { role: "group", "aria-label": words("zoom") }, ...zooms.map(({ button }) => button)) : null,
    element("div.player-scroll", {}, rows));
}
