// What the pages of notices gain from scripts: tabs over the outlets, one more source without a reload, hiding what a settlement does not need.

const language = document.documentElement.lang;
const words = (russian, english) => (language === "en" ? english : russian);
let chosen = "";

/** Turns the outlets below `root` into tabs; the one that was looked at stays chosen when the texts come anew. @param {ParentNode} root */
function tabs(root) {
  for (const holder of root.querySelectorAll("[data-tabs]")) {
    if (holder.querySelector(":scope > [role=tablist]")) continue;
    const panels = [...holder.querySelectorAll(":scope > .outlet")];
    const list = document.createElement("div");
    list.className = "outlet-tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", holder.dataset.tabs);
    const buttons = panels.map((panel) => {
      const heading = panel.querySelector("h3");
      const button = document.createElement("button");
      button.type = "button";
      button.id = `tab-${panel.id}`;
      button.textContent = heading.textContent;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      heading.classList.add("sr");
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      list.append(button);
      return button;
    });
    const choose = (index, focus) => {
      panels.forEach((panel, at) => {
        panel.hidden = at !== index;
        buttons[at].setAttribute("aria-selected", String(at === index));
        buttons[at].tabIndex = at === index ? 0 : -1;
      });
      chosen = panels[index].id;
      if (focus) buttons[index].focus();
    };
    buttons.forEach((button, index) => button.addEventListener("click", () => choose(index, false)));
    list.addEventListener("keydown", (event) => {
      const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 };
      if (at < 0 || !(event.key in steps)) return;
      event.preventDefault();
      choose((steps[event.key] + buttons.length) % buttons.length, true);
    });
    holder.prepend(list);
    choose(Math.max(0, panels.findIndex((panel) => panel.id === chosen)), false);
  }
}

/** Shows what works with scripts only. @param {ParentNode} root */
function unhide(root) {
  for (const part of root.querySelectorAll("[data-with-script]")) part.hidden = false;
}

/** One more row for a source, without asking the server. */
function rows() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-add-row]") : null;
    if (!button) return;
    event.preventDefault();
    const list = button.closest("fieldset").querySelector("[data-rows]");
    const number = list.children.length + 1;
    const row = list.lastElementChild.cloneNode(true);
    for (const label of row.querySelectorAll("label")) {
      label.textContent = label.textContent.replace(/\d+$/, String(number));
      label.htmlFor = label.htmlFor.replace(/\d+$/, String(number));
    }
    for (const input of row.querySelectorAll("input")) {
      input.id = input.id.replace(/\d+$/, String(number));
      input.value = "";
      input.removeAttribute("value");
    }
    list.append(row);
    row.querySelector("input").focus();
  });
}

/** New words are shown for settlements that change the words. */
function settlement() {
  const part = document.querySelector("[data-new-words]");
  const kinds = [...document.querySelectorAll('input[name="kind"]')];
  if (!part || kinds.length === 0) return;
  const follow = () => {
    const kind = kinds.find((one) => one.checked);
    part.hidden = !kind || !kind.hasAttribute("data-changes-words");
  };
  for (const kind of kinds) kind.addEventListener("change", follow);
  follow();
}

/** A form that comes back with words that were not stored is guarded from the beginning. */
function unsaved() {
  document.querySelector("form[data-unsaved] input")?.dispatchEvent(new Event("input", { bubbles: true }));
}

/** What acts on the saved version goes while other words are typed. */
function savedOnly() {
  document.getElementById("editor")?.addEventListener("input", () => {
    for (const form of document.querySelectorAll("[data-saved-only]")) form.hidden = true;
  });
}

/** A link of the checklist leads into a folded part too. */
function unfold() {
  const open = () => {
    const target = window.location.hash.length > 1 ? document.getElementById(window.location.hash.slice(1)) : null;
    const folded = target?.closest("details:not([open])");
    if (folded) folded.open = true;
    target?.focus();
  };
  window.addEventListener("hashchange", open);
}

document.addEventListener("htmx:afterSwap", (event) => {
  tabs(event.detail.target);
  unhide(event.detail.target);
});
document.addEventListener("htmx:responseError", () => {
  const body = document.getElementById("preview-body");
  if (body && !body.querySelector(".hint")) {
    const note = document.createElement("p");
    note.className = "hint warn";
    note.textContent = words("Предпросмотр сейчас не обновляется. Текст в форме цел.", "The preview is not renewed now. The words in the form are safe.");
    body.prepend(note);
  }
});
tabs(document);
unhide(document);
rows();
settlement();
unfold();
savedOnly();
window.setTimeout(unsaved);
