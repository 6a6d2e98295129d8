// A page that says `data-renew="seconds"` fetches itself anew and replaces its parts marked `data-renewed`, unless somebody is busy in them. With
// `data-renew-follow` it goes along where the address leads on.

const holder = document.querySelector("[data-renew]");

/** Whether a part has the focus, an open detail, or a selection in it. @param {Element} part */
function isBusy(part) {
  const selection = document.getSelection();
  const selected = selection && !selection.isCollapsed && selection.anchorNode && part.contains(selection.anchorNode);
  return part.contains(document.activeElement) || part.querySelector("details[open]") !== null || Boolean(selected);
}

async function renew() {
  if (document.hidden) return;
  const answer = await fetch(window.location.href).catch(() => null);
  if (!answer?.ok) return;
  // What the page waits for has an address of its own by now.
  if (answer.redirected && "renewFollow" in holder.dataset) {
    window.location.assign(answer.url);
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of holder.querySelectorAll("[data-renewed]")) {
    const next = fresh.querySelector(`[data-renewed="${part.dataset.renewed}"]`);
    if (next && next.innerHTML !== part.innerHTML && !isBusy(part)) part.replaceWith(document.adoptNode(next));
  }
}

if (holder) window.setInterval(() => void renew(), Math.max(2, Number(holder.dataset.renew) || 5) * 1000);
