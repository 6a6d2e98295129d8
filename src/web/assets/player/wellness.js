// Whoever looks at violence all day long decides when to see it: until a click the picture may be blurred and grey, and the
// sound off. What was chosen stays chosen for the next case.

import { element, press, remember, remembered, wordButton } from "./elements.js";

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} picture
 * @param {import("./clock.js").Clock} clock
 * @param {import("./model.js").Model} model
 * @param {import("./words.js").Words} words
 */
export function wellness(root, picture, clock, model, words) {
  const sees = model.kind !== "audio";
  const hears = clock.media !== null;
  const chosen = { ...model.wellness, ...remembered("wellness") };
  /** Sound that we took away, and therefore give back. */
  let silenced = false;
  let shown = false;
  const veil = element("div.player-veil", {}, element("p"), element("button.player-show", { type: "button", click: () => reveal(true) }, words("show")));
  picture.append(veil);

  const switches = [["blur", "blurred", sees], ["grey", "greyed", sees], ["mute", "silenced", hears]].filter(([, , fits]) => fits).map(([name, word]) => {
    const button = wordButton(words(name === "mute" ? "quiet" : name), "", () => {
      chosen[name] = !chosen[name];
      remember("wellness", chosen);
      shown = false;
      update();
    });
    return { name, word, button };
  });
  const hide = wordButton(words("hide"), "V", () => reveal(false));

  /** @param {boolean} on */
  function reveal(on) {
    const focused = veil.contains(document.activeElement);
    shown = on;
    update();
    if (focused) hide.focus();
  }

  function update() {
    const active = switches.filter(({ name }) => chosen[name]);
    const veiled = !shown && active.length > 0;
    for (const { name, button } of switches) press(button, chosen[name]);
    for (const name of ["blur", "grey"]) root.toggleAttribute(`data-${name}`, sees && veiled && chosen[name]);
    veil.hidden = !veiled;
    hide.hidden = !shown || active.length === 0;
    veil.firstChild.textContent = active.map(({ word }) => words(word)).join(", ");
    if (veiled && chosen.mute && hears) {
      silenced ||= !clock.muted;
      clock.setMuted(true);
    } else if (silenced) {
      silenced = false;
      clock.setMuted(false);
    }
  }
  update();
  return {
    buttons: [...switches.map(({ button }) => button), hide],
    toggle: () => reveal(!shown),
    /** The picture must not be seen through a lens either. */
    get blurred() { return root.hasAttribute("data-blur"); },
    get grey() { return root.hasAttribute("data-grey"); },
  };
}
