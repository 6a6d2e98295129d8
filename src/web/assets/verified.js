// "Has this been verified?" by a file: its SHA-256 is computed here, piece by piece, and only the digest leaves the browser (FIPS 180-4).

const english = document.documentElement.lang === "en";
const words = (russian, other) => (english ? other : russian);

// First 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8.
const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number += 1) if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);
const fraction = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
const K = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

/** A digest that grows with what it is given. */
export class Sha256 {
  #state = START.slice();
  #rest = new Uint8Array(64);
  #held = 0;
  #length = 0;
  #schedule = new Int32Array(64);

  /** @param {Uint8Array} bytes */
  update(bytes) {
    this.#length += bytes.length;
    let at = 0;
    if (this.#held) {
      at = Math.min(64 - this.#held, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < 64) return;
      this.#block(this.#rest, 0);
      this.#held = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.#block(bytes, at);
    this.#rest.set(bytes.subarray(at));
    this.#held = bytes.length - at;
  }

  /** @returns {string} 64 hexadecimal digits */
  finish() {
    const bits = this.#length * 8;
    const end = new Uint8Array(this.#held < 56 ? 64 - this.#held : 128 - this.#held);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    return [...this.#state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** @param {Uint8Array} bytes @param {number} at */
  #block(bytes, at) {
    const w = this.#schedule;
    for (let i = 0, from = at; i < 16; i += 1, from += 4) w[i] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = this.#state;
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    const s = this.#state;
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
}

const form = document.getElementById("check-file");
const chooser = /** @type {HTMLInputElement | null} */ (document.getElementById("checked-file"));
const PIECE = 4 * 1024 * 1024;
// The browser's own digest is faster but needs the whole file in memory, and TLS.
const AT_ONCE = 256 * 1024 * 1024;

/** @param {File} file @param {(part: number) => void} tell */
async function digest(file, tell) {
  if (file.size <= AT_ONCE && window.crypto?.subtle) {
    const sum = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  const sum = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    sum.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
    tell(Math.min(1, (at + PIECE) / file.size));
    // The page stays alive between pieces.
    await new Promise((done) => window.setTimeout(done));
  }
  return sum.finish();
}

if (form && chooser) {
  const field = form.querySelector("[data-file]");
  const bar = form.querySelector("progress");
  const said = form.querySelector("[data-said]");
  field.hidden = false;
  let turn = 0;
  chooser.addEventListener("change", async () => {
    const file = chooser.files?.[0];
    if (!file) return;
    turn += 1;
    const mine = turn;
    bar.hidden = false;
    said.textContent = words(`Считаем отпечаток «${file.name}»…`, `Computing the digest of “${file.name}”…`);
    try {
      const hex = await digest(file, (part) => { if (mine === turn) bar.value = part; });
      if (mine !== turn) return;
      said.textContent = words("Спрашиваем…", "Asking…");
      window.location.assign(`/?sha256=${hex}#answer`);
    } catch {
      if (mine !== turn) return;
      bar.hidden = true;
      said.textContent = words("Файл не удалось прочесть. Выберите его ещё раз.", "The file could not be read. Choose it again.");
    }
  });
}
