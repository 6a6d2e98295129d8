// The film that the server made of the suspect and its original, side by side, kept in step with the main clip.

import { element } from "./elements.js";

/** Seconds out of step while playing: below the first nothing is done, above the second the film is set anew. */
const NEAR_S = 0.03;
const FAR_S = 0.25;

/**
 * @param {HTMLElement} pictures
 * @param {import("./clock.js").Clock} clock
 * @param {import("./model.js").Beside} beside
 * @param {import("./words.js").Words} words
 */
export function besideFilm(pictures, clock, beside, words) {
  const film = element("video", { src: beside.src, muted: true, playsinline: true, preload: "auto", "aria-label": beside.label, tabindex: "-1" });
  film.muted = true;
  const missing = element("p.player-outside", { hidden: true }, words("beside_outside"));
  const figure = element("figure.player-beside", { hidden: true }, element("div", {}, film, missing), element("figcaption", {}, beside.label));
  pictures.append(figure);
  film.addEventListener("loadedmetadata", () => {
    figure.style.setProperty("--ratio", String(film.videoWidth / film.videoHeight));
    follow();
  });
  film.addEventListener("seeked", () => follow());

  function follow() {
    if (figure.hidden || film.readyState < 1) return;
    const due = clock.time - beside.suspect_from_s;
    const outside = due < -1e-3 || due > film.duration + 0.5 / beside.fps;
    missing.hidden = !outside;
    figure.toggleAttribute("data-outside", outside);
    const running = clock.playing && clock.rate > 0 && !outside;
    if (running && film.paused) film.play().catch(() => {});
    if (!running && !film.paused) film.pause();
    if (film.seeking) return;
    // Still: the middle of the film's frame that holds this moment, since a seek to its edge may show either neighbour.
    const goal = running ? due : (Math.floor(due * beside.fps + 1e-3) + 0.5) / beside.fps;
    const held = Math.min(Math.max(0, goal), Math.max(0, film.duration - 0.4 / beside.fps));
    const late = held - film.currentTime;
    if (!running || Math.abs(late) > FAR_S) {
      film.playbackRate = clock.rate > 0 ? clock.rate : 1;
      if (Math.abs(late) > 1e-3) film.currentTime = held;
    } else film.playbackRate = clock.rate * (Math.abs(late) < NEAR_S ? 1 : late > 0 ? 1.1 : 0.9);
  }
  clock.addEventListener("time", follow);
  clock.addEventListener("state", follow);
  return {
    /** @param {boolean} on */
    show(on) {
      figure.hidden = !on;
      if (on) follow();
      else film.pause();
    },
  };
}
