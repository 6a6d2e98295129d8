// The preview is made on the first request: until then the service answers 202 and says when to ask again. A browser takes that for a recording that it cannot play.

/** Seconds between two questions where the answer names none. */
const USUAL_S = 2;

/**
 * Sets the picture's address anew once the service has it; says how far it is meanwhile, and that it cannot be played where it really cannot.
 * @param {HTMLVideoElement | HTMLAudioElement | HTMLImageElement} source
 * @param {(text: string, lasts?: boolean) => void} say
 * @param {import("./words.js").Words} words
 */
export function awaitPreview(source, say, words) {
  const address = source.getAttribute("src");
  let asking = false;
  /** Whether the service has said that the whole is there: an error after that is the browser's own. */
  let there = false;

  async function ask() {
    for (;;) {
      const answer = await fetch(address, { headers: { Range: "bytes=0-0" } }).catch(() => null);
      if (answer?.status !== 202) {
        void answer?.body?.cancel();
        return answer?.ok ?? false;
      }
      const { permille } = await answer.json().catch(() => ({ permille: 0 }));
      say(words("making", { n: Math.floor((Number(permille) || 0) / 10) }), true);
      const wait = Number(answer.headers.get("Retry-After")) || USUAL_S;
      await new Promise((done) => setTimeout(done, wait * 1000));
    }
  }

  async function failed() {
    if (asking) return;
    if (there) return say(words("cannot_play"), true);
    asking = true;
    there = await ask();
    asking = false;
    if (!there) return say(words("cannot_play"), true);
    say("");
    source.src = address;
  }

  source.addEventListener("error", () => void failed());
  // It may have failed before this script came.
  const broken = source instanceof HTMLImageElement ? source.complete && source.naturalWidth === 0 : source.error !== null;
  if (broken) void failed();
}
