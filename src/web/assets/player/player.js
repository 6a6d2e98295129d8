// The player: puts the parts together around the picture that the server rendered. Without this script that picture stays
// as it is, with the browser's own controls.
//
// Keys of `strings` in the model, all optional, with their Russian and English defaults: words.js.

import { besideFilm } from "./beside.js";
import { Clock, SPEEDS } from "./clock.js";
import { element, iconButton, press, setIcon, wordButton } from "./elements.js";
import { keys } from "./keys.js";
import { magnifier } from "./magnifier.js";
import { readModel, timeCode } from "./model.js";
import { overlay } from "./overlay.js";
import { awaitPreview } from "./preview.js";
import { stillView } from "./still.js";
import { timeline } from "./timeline.js";
import { wellness } from "./wellness.js";
import { chooseWords } from "./words.js";

/** @param {HTMLElement} root */
function start(root) {
  const model = readModel(root);
  const stage = root.querySelector(".player-stage");
  /** @type {any} the server's own element */
  const source = stage?.querySelector("video, audio, img");
  if (!model || !stage || !source) return;
  const words = chooseWords(model.strings, document.documentElement.lang);
  const still = model.kind === "image";
  const sees = model.kind !== "audio";
  const clock = new Clock(still ? null : source, model);
  // A still that is dragged moves in its frame; the browser would carry off a copy of it.
  if (still) source.draggable = false;
  else source.controls = false;
  root.dataset.kind = model.kind;
  root.style.setProperty("--ratio", String(sees ? model.width / model.height : 1));

  const status = element("p.player-status", { role: "status" });
  let forget = 0;
  /** @param {string} text @param {boolean} [lasts] stays until something else is said */
  function say(text, lasts = false) {
    status.textContent = text;
    clearTimeout(forget);
    if (!lasts) forget = setTimeout(() => { status.textContent = ""; }, 4000);
  }
  awaitPreview(source, say, words);

  /** @type {Record<string, (event: KeyboardEvent) => unknown>} */
  const acts = {};
  /** @type {[keys: string, text: string][]} */
  const described = [];
  /** @param {string} names @param {string} text @param {...((event: KeyboardEvent) => unknown)} does one for each name */
  function bind(names, text, ...does) {
    described.push([names.replace("ArrowLeft", "←").replace("ArrowRight", "→"), text]);
    names.split(" ").forEach((name, place) => { if (does[place]) acts[name] = does[place]; });
  }
  const group = (label, ...children) => element("div.player-group", { role: "group", "aria-label": label }, element("p.player-title", { "aria-hidden": "true" }, label), ...children.filter(Boolean));
  const buttons = (...made) => element("div.player-words", {}, ...made.filter(Boolean));

  const picture = element("div.player-picture");
  const pictures = element("div.player-pictures", {}, picture);
  source.before(pictures);
  picture.append(source);

  const tools = element("div.player-tools");
  const veil = wellness(root, picture, clock, model, words);
  let drawPicture = () => {};

  if (sees) {
    const over = overlay(picture, model);
    const lens = magnifier(picture, source, veil, words);
    const view = still ? stillView(picture, () => lens.on, lens.draw, words) : null;
    drawPicture = () => {
      over.draw(clock.time);
      lens.draw();
    };
    source.addEventListener("load", drawPicture);
    const legend = element("div.player-legend", { hidden: true }, element("span", {}, words("heat_weak")), element("i"), element("span", {}, words("heat_strong")), element("p.player-quiet", {}, words("heat_hint")));
    const layer = (name, key, there) => {
      if (!there) return null;
      const flip = () => {
        over.shown[name] = !over.shown[name];
        press(button, over.shown[name]);
        legend.hidden = !over.shown.heat;
        drawPicture();
      };
      const label = words(name === "regions" ? "differences" : name);
      const button = wordButton(label, key, flip);
      press(button, over.shown[name]);
      bind(key, label, flip);
      return button;
    };
    const layers = [layer("faces", "F", model.tracks.length), layer("heat", "H", model.heat_maps.length), layer("regions", "D", model.regions.length)];
    const lensButton = wordButton(words("lens"), "Z", () => acts.Z());
    press(lensButton, false);
    const reachable = () => {
      // The picture takes the focus only where arrow keys do something on it.
      if (lens.on || view) Object.entries({ tabindex: "0", role: "group", "aria-label": `${words("picture")}. ${words(lens.on ? "lens_hint" : "picture_hint")}` }).forEach(([name, value]) => picture.setAttribute(name, value));
      else for (const name of ["tabindex", "role", "aria-label"]) picture.removeAttribute(name);
    };
    bind("Z", words("lens"), () => {
      const next = !lens.on;
      if (next) picture.tabIndex = 0;
      lens.toggle();
      press(lensButton, next);
      reachable();
    });
    reachable();
    layers.push(lensButton);
    if (model.beside && !still) {
      const film = besideFilm(pictures, clock, model.beside, words);
      const button = wordButton(words("beside"), "B", () => acts.B());
      let on = false;
      bind("B", words("beside"), () => {
        on = !on;
        film.show(on);
        root.toggleAttribute("data-beside", on);
        press(button, on);
      });
      press(button, false);
      layers.push(button);
    }
    tools.append(group(words("layers"), buttons(...layers), legend, lens.panel));
    if (view) {
      tools.append(group(words("picture"), buttons(...view.buttons), element("p.player-quiet", {}, words("picture_hint"))));
      bind("+ - 0", words("zoom"), () => view.by(1.5), () => view.by(1 / 1.5), view.whole);
      acts["="] = acts["+"];
    }
    picture.addEventListener("keydown", (event) => {
      const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
      if (right === undefined || event.target !== picture || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const far = event.shiftKey ? 5 : 1;
      if (lens.on) lens.nudge((right * far) / 100, (down * far) / 100);
      else view?.move(-right * far * 20, -down * far * 20);
    });
    if (!still) source.addEventListener("click", () => { if (!lens.on) clock.toggle(); });
  }

  const saveFrame = async () => {
    const [width, height] = still ? [source.naturalWidth, source.naturalHeight] : [source.videoWidth, source.videoHeight];
    const canvas = element("canvas", { width, height });
    canvas.getContext("2d").drawImage(source, 0, 0);
    const file = await new Promise((done) => canvas.toBlob(done, "image/png"));
    if (!file) return say(words("save_failed"));
    const name = still ? `${model.name}.png` : `${model.name}_${timeCode(clock.time).replaceAll(":", "-")}_${clock.frame}.png`;
    const link = element("a", { href: URL.createObjectURL(file), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say(words("saved", { name }));
  };
  const save = sees ? iconButton("save", words("save_frame"), "", saveFrame) : null;

  const bar = element("div.player-bar");
  if (still) bar.append(save, status);
  else {
    const film = clock.fps > 0;
    const code = element("span.player-code", {}, "0:00:00.000");
    const count = element("span.player-frame");
    const play = iconButton("play", words("play"), "K", () => clock.toggle());
    play.classList.add("player-play");
    const mute = iconButton("sound", words("mute"), "M", () => clock.setMuted(!clock.muted));
    const speed = element("select", { "aria-label": words("speed"), title: `${words("speed")} ([ ])`, change: () => clock.setSpeed(Number(speed.value)) }, ...SPEEDS.map((each) => element("option", { value: each }, `${each}×`)));
    const copy = iconButton("copy", words("copy_time"), "C", async () => {
      const time = timeCode(clock.time);
      try {
        await navigator.clipboard.writeText(time);
        say(words("copied", { time }));
      } catch {
        say(words("copy_failed"));
      }
    });
    bind(words("space"), `${words("play")}, ${words("pause").toLowerCase()}`);
    acts[" "] = () => clock.toggle();
    bind("J K L", words("key_shuttle"), () => clock.shuttle(-1), () => clock.pause(), () => clock.shuttle(1));
    if (film) bind(", .", `${words("frame_back")}, ${words("frame_forward").toLowerCase()}`, () => clock.step(-1), () => clock.step(1));
    const jump = (direction) => (event) => clock.seek(clock.time + direction * (event.shiftKey ? 5 : 1));
    bind("ArrowLeft ArrowRight", words("key_second"), jump(-1), jump(1));
    bind("Shift_← Shift_→", words("key_five"));
    bind("[ ]", words("key_slower"), () => clock.changeSpeed(-1), () => clock.changeSpeed(1));
    bind("I O", `${words("span_start")}, ${words("span_end").toLowerCase()}`, () => clock.setSpan(clock.time, null), () => clock.setSpan(null, clock.time));
    bind("P", words("loop"), () => clock.setLooping(!clock.looping));
    bind("M", words("mute"), () => clock.setMuted(!clock.muted));
    bind("C", words("copy_time"), () => copy.click());
    bind(`Shift_${words("click")}`, words("key_mark"));

    const loop = wordButton(words("loop"), "P", () => acts.P());
    const clear = wordButton(words("span_clear"), "", () => clock.clearSpan());
    tools.append(group(words("span"), buttons(wordButton(words("span_in"), "I", () => acts.I()), wordButton(words("span_out"), "O", () => acts.O()), loop, clear)));
    const back = film && iconButton("frame_back", words("frame_back"), ",", () => clock.step(-1));
    const forward = film && iconButton("frame_forward", words("frame_forward"), ".", () => clock.step(1));
    bar.append(...[back, play, forward].filter(Boolean), element("div.player-time", {}, code, count), copy, ...[save].filter(Boolean), status, speed, mute);

    clock.addEventListener("time", () => {
      code.textContent = timeCode(clock.time);
      if (film) count.textContent = words("frame", { n: clock.frame, count: clock.frames });
      drawPicture();
    });
    const state = () => {
      setIcon(play, clock.playing ? "pause" : "play", words(clock.playing ? "pause" : "play"), words("space"));
      setIcon(mute, clock.muted ? "silence" : "sound", words(clock.muted ? "unmute" : "mute"), "M");
      speed.value = String(clock.speed);
      root.dataset.rate = clock.playing && clock.rate !== clock.speed ? `${clock.rate}×` : "";
      press(loop, clock.looping);
      clear.disabled = clock.span === null;
    };
    clock.addEventListener("state", state);
    state();
  }
  if (sees && root.requestFullscreen) bar.append(iconButton("full_screen", words("full_screen"), "", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen().catch(() => {});
  }));
  tools.append(group(words("wellness"), buttons(...veil.buttons)));
  bind("V", `${words("show")}, ${words("hide").toLowerCase()}`, veil.toggle);

  const main = element("div.player-main");
  stage.before(element("div.player-body", {}, main, tools));
  main.append(stage, bar);
  root.append(timeline(clock, model, words));
  bar.append(keys(root, acts, described, words));
  root.toggleAttribute("data-ready", true);
  clock.dispatchEvent(new Event("time"));
  drawPicture();
}

for (const root of document.querySelectorAll("[data-player]")) start(/** @type {HTMLElement} */ (root));
