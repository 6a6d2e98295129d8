// One clock for everything that moves. It knows which frame is really on the screen (where the browser tells), lets one seek
// run at a time, and says so through two events: `time` when another moment is shown, `state` when playing, speed, sound or
// the looped span change.

/** After a seek the browser tells the frame again, even an unchanged one; one that came before the seek ended is believed after this. */
const SETTLE_MS = 250;
/** How many nominal frames a step may look away for the next frame of a clip with uneven frame times. */
const STRIDE = 40;
export const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

export class Clock extends EventTarget {
  /** @type {HTMLMediaElement | null} */ #media;
  /** Time of the frame on the screen. */ #shown = 0;
  /** Whether `#shown` is the frame's own time, told by the browser. */ #exact = false;
  /** The last frame time that the browser told, and whether it came since the last seek. */ #frame = -1;
  #fresh = false;
  /** @type {number | null} where we want to be */ #target = null;
  /** Where the running seek goes. */ #sent = 0;
  #seeking = false;
  #settle = 0;
  #turn = 0;
  /** @type {{ from: number, way: number, tries: number } | null} a step that has not yet met another frame */ #stride = null;
  #tells = false;
  /** Shuttle: 0 for none, negative for backward. */ #shuttle = 0;
  #speed = 1;
  /** @type {{ from: number, to: number } | null} */ #span = null;
  #looping = false;

  /**
   * @param {HTMLMediaElement | null} media nothing for a still
   * @param {import("./model.js").Model} model
   */
  constructor(media, model) {
    super();
    this.#media = media;
    this.fps = model.fps;
    this.declared = model.duration_s;
    if (!media) return;
    this.#tells = "requestVideoFrameCallback" in media;
    for (const name of ["play", "pause", "ratechange", "volumechange", "loadedmetadata", "ended"]) media.addEventListener(name, () => this.#say("state"));
    media.addEventListener("seeked", () => this.#seeked());
    media.addEventListener("play", () => this.#run());
    media.addEventListener("ended", () => this.#looping && this.#restart());
    media.addEventListener("loadeddata", () => this.#say("time"));
    if (this.#tells) this.#listen();
    else media.addEventListener("timeupdate", () => this.#tick());
  }

  get media() { return this.#media; }
  get duration() {
    const real = this.#media?.duration ?? 0;
    return Number.isFinite(real) && real > 0 ? real : this.declared;
  }
  get time() { return this.#target ?? this.#shown; }
  get playing() { return this.#media !== null && (!this.#media.paused || this.#shuttle < 0); }
  /** What plays now: the chosen speed, or the shuttle's. */
  get rate() { return this.#shuttle || this.#speed; }
  get speed() { return this.#speed; }
  get muted() { return this.#media?.muted ?? true; }
  get span() { return this.#span; }
  get looping() { return this.#looping; }
  /** Number of the frame on the screen, from 0; nominal where frame times are uneven. */
  get frame() {
    const place = this.time * this.fps;
    return this.#target === null && this.#exact ? Math.round(place) : Math.floor(place + 1e-3);
  }
  get frames() { return Math.round(this.duration * this.fps); }

  #say(name) { this.dispatchEvent(new Event(name)); }

  #listen() {
    const video = /** @type {HTMLVideoElement} */ (this.#media);
    const told = (_now, { mediaTime }) => {
      this.#frame = mediaTime;
      this.#fresh = true;
      if (!this.#seeking) this.#arrive(mediaTime, true);
      video.requestVideoFrameCallback(told);
    };
    video.requestVideoFrameCallback(told);
  }

  /** The frame of a seek, or of playing, is on the screen. */
  #arrive(time, exact) {
    clearTimeout(this.#settle);
    this.#shown = time;
    this.#exact = exact;
    const stride = this.#stride;
    if (exact && stride && (time - stride.from) * stride.way < 1e-4 && stride.tries < STRIDE) {
      stride.tries += 1;
      const goal = this.#sent + stride.way / this.fps;
      if (goal > 0 && goal < this.duration) return this.#go(goal);
    }
    if (exact) this.#stride = null;
    this.#holdSpan();
    this.#say("time");
  }

  #go(time) {
    this.#target = time;
    if (!this.#seeking && this.#media) {
      this.#seeking = true;
      this.#fresh = false;
      this.#sent = time;
      this.#media.currentTime = time;
    }
    this.#say("time");
  }

  #seeked() {
    this.#seeking = false;
    if (this.#target !== null && this.#target !== this.#sent) return this.#go(this.#target);
    this.#target = null;
    const away = this.#sent - this.#frame;
    if (this.#tells && this.#fresh && away > -1e-3 && away < 1.2 / this.fps) return this.#arrive(this.#frame, true);
    this.#arrive(this.#tells ? this.#sent : this.#media.currentTime, false);
    if (this.#tells && this.#media.paused) {
      clearTimeout(this.#settle);
      this.#settle = setTimeout(() => this.#fresh && this.#arrive(this.#frame, true), SETTLE_MS);
    }
  }

  #tick() {
    if (this.#seeking || !this.#media) return;
    this.#shown = this.#media.currentTime;
    this.#exact = false;
    this.#holdSpan();
    this.#say("time");
  }

  /** Sound, and browsers that do not tell frame times, are looked at as often as the screen is drawn. */
  #run() {
    if (this.#tells || !this.#media || this.#media.paused) return;
    this.#tick();
    requestAnimationFrame(() => this.#run());
  }

  #holdSpan() {
    const span = this.#span;
    if (!this.#looping || !span || !this.#media || this.#media.paused) return;
    const period = this.fps ? 1 / this.fps : 0.02;
    const left = span.to - this.#shown;
    if (this.#shown < span.from - period) this.#go(this.#inside(span.from));
    else if (left < period * 1.1) {
      // Turn back while the last frame stands, not when the first one after the span is already seen.
      clearTimeout(this.#turn);
      this.#turn = setTimeout(() => this.#looping && span === this.#span && !this.#media?.paused && this.#go(this.#inside(span.from)), (left / this.rate) * 1000 - 8);
    }
  }

  #restart() {
    this.#go(this.#inside(this.#span?.from ?? 0));
    this.#media?.play().catch(() => {});
  }

  /** Middle of the frame that holds a time: a seek to a frame's edge may show either neighbour. */
  #inside(time) {
    const end = this.duration;
    if (!this.fps) return Math.min(Math.max(0, time), end);
    const last = Math.max(0, Math.ceil(end * this.fps - 1e-3) - 1);
    const frame = Math.min(last, Math.max(0, Math.floor(time * this.fps + 1e-3)));
    return (frame + 0.5) / this.fps;
  }

  /** @param {number} time seconds; cut to the recording */
  seek(time) {
    this.#stride = null;
    this.#stopShuttle();
    if (this.#media) this.#go(this.#inside(time));
  }

  /** @param {number} count frames, negative for backward */
  step(count) {
    if (!this.fps) return;
    this.pause();
    const period = 1 / this.fps;
    const end = this.duration;
    let goal;
    if (this.#target !== null) goal = this.#target + count * period;
    else if (this.#exact) goal = this.#shown + (count + 0.5) * period;
    else goal = this.#inside(this.#shown) + count * period;
    this.#stride = this.#target === null && this.#exact ? { from: this.#shown, way: Math.sign(count), tries: 0 } : null;
    if (goal >= end) {
      this.#stride = null;
      goal = this.#inside(end);
    }
    this.#go(Math.max(period / 2, goal));
  }

  play() {
    if (!this.#media) return;
    this.#stopShuttle();
    this.#media.playbackRate = this.#speed;
    const atEnd = this.time >= this.duration - 0.6 / (this.fps || 25);
    const span = this.#looping ? this.#span : null;
    if (span && (this.time < span.from || this.time >= span.to - 1e-3)) this.#go(this.#inside(span.from));
    else if (atEnd) this.#go(this.#inside(0));
    this.#media.play().catch(() => this.#say("state"));
  }

  pause() {
    this.#stopShuttle();
    if (this.#media && !this.#media.paused) this.#media.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.#speed = speed;
    this.#stopShuttle();
    if (this.#media) this.#media.playbackRate = speed;
    this.#say("state");
  }

  /** @param {1 | -1} direction to the next slower or faster speed */
  changeSpeed(direction) {
    const place = SPEEDS.indexOf(this.#speed) + direction;
    if (SPEEDS[place]) this.setSpeed(SPEEDS[place]);
  }

  /**
   * J and L: each press in the same direction doubles, up to eight times.
   * @param {1 | -1} direction
   */
  shuttle(direction) {
    if (!this.#media) return;
    const going = this.#shuttle || (this.#media.paused ? 0 : 1);
    const next = going * direction > 0 ? Math.sign(going) * Math.min(8, Math.abs(going) * 2) : direction;
    if (direction > 0) {
      this.#shuttle = 0;
      if (this.#media.paused) this.play();
      this.#shuttle = next;
      this.#media.playbackRate = next;
    } else {
      const wasRunning = this.#shuttle < 0;
      this.#media.pause();
      this.#shuttle = next;
      if (!wasRunning) this.#rewind(performance.now());
    }
    this.#say("state");
  }

  /** Browsers do not play backward: seek as fast as frames come. */
  #rewind(before) {
    requestAnimationFrame((now) => {
      if (this.#shuttle >= 0) return;
      const due = this.time + ((now - before) / 1000) * this.#shuttle;
      if (due <= 0) {
        this.#stopShuttle();
        this.#go(this.#inside(0));
      } else if (this.#seeking) return this.#rewind(before);
      else {
        this.#go(due);
        this.#rewind(now);
      }
    });
  }

  #stopShuttle() {
    if (this.#shuttle === 0) return;
    this.#shuttle = 0;
    if (this.#media) this.#media.playbackRate = this.#speed;
    this.#say("state");
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    if (this.#media) this.#media.muted = muted;
  }

  /**
   * @param {number | null} from seconds; null keeps what is set
   * @param {number | null} to
   */
  setSpan(from, to) {
    const end = this.duration;
    const least = this.fps ? 1 / this.fps : 0.05;
    let start = from ?? this.#span?.from ?? 0;
    let stop = to ?? this.#span?.to ?? end;
    if (stop - start < least - 1e-6) {
      // The end that was just set is meant; the other one gives way.
      if (from === null) start = 0;
      else if (to === null) stop = end;
    }
    start = Math.min(Math.max(0, start), end - least);
    this.#span = { from: start, to: Math.min(end, Math.max(start + least, stop)) };
    this.#say("state");
  }

  clearSpan() {
    this.#span = null;
    this.#looping = false;
    this.#say("state");
  }

  /** @param {boolean} on without a span, the whole recording is looped */
  setLooping(on) {
    this.#looping = on;
    if (on && !this.#span) this.#span = { from: 0, to: this.duration };
    this.#say("state");
  }
}
