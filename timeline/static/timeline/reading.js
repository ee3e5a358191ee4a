// What a mark tells: a card when it is pointed at or has the focus, and the event beside the timeline when it is opened.

import { addressWith, besideId, isPlainClick, refocusing } from "./loading.js";

const PAUSE = 150, AWAY = 250; // ms until a card comes, and goes; in between the pointer can reach the card
const MARK = "#timeline svg.picture a.mark[data-id]";
const wide = matchMedia("(min-width: 1000px)");
const card = document.getElementById("card");
const aside = () => document.getElementById("beside");

/** The address of a part of the event's page, as known on the same day as the mark. */
function address(mark, name) {
  const url = new URL(mark.getAttribute("href"), location.href);
  url.pathname += `${name}/`;
  return url.href;
}

async function ask(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}

// --- the card -----------------------------------------------------------------------------------

const told = new Map(); // address: promise of its card
let at = null; // the mark that is told of
let dismissed = null; // the mark whose card was put away with Escape
let timer;

function soon(act, delay) {
  clearTimeout(timer);
  timer = setTimeout(act, delay);
}

async function tell(mark, x) {
  hide();
  at = mark;
  const url = address(mark, "card");
  if (!told.has(url)) told.set(url, ask(url));
  try {
    const html = await told.get(url);
    if (at !== mark || !mark.isConnected) return;
    card.innerHTML = html; // by our own server, escaped there
  } catch {
    return void told.delete(url); // the mark is a link: nothing is lost without its card
  }
  card.hidden = false;
  mark.setAttribute("aria-describedby", "card");
  place(x);
}

/** Puts the card away; says whether there was one. */
export function hide() {
  clearTimeout(timer);
  const was = !card.hidden;
  at?.removeAttribute("aria-describedby");
  at = null;
  card.hidden = true;
  return was;
}

export function dismiss() {
  dismissed = at;
  return hide();
}

/** Inside the window, below its mark or above it, wherever there is more room: the mark stays in sight. */
function place(x) {
  if (!at || card.hidden) return;
  const mark = at.getBoundingClientRect();
  if (mark.bottom < 0 || mark.top > innerHeight) return void hide();
  card.style.maxHeight = "";
  const needed = card.offsetHeight + 14, below = innerHeight - mark.bottom;
  const down = below >= needed || below >= mark.top;
  card.style.maxHeight = `${Math.max(60, (down ? below : mark.top) - 14)}px`;
  const left = Math.min(Math.max(x ?? mark.left, 8), innerWidth - card.offsetWidth - 8);
  card.style.left = `${Math.max(8, left)}px`;
  card.style.top = `${down ? mark.bottom + 6 : Math.max(8, mark.top - 6 - card.offsetHeight)}px`;
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch" || event.buttons) return;
  const mark = event.target.closest?.(MARK);
  if (mark !== dismissed) dismissed = null;
  if (mark && mark === at) clearTimeout(timer);
  else if (mark && mark.dataset.id === besideId()) return; // the panel tells more than its card
  else if (mark && mark !== dismissed) soon(() => tell(mark, event.clientX - 24), PAUSE);
  else if (event.target.closest?.("#card")) clearTimeout(timer);
  else if (at !== document.activeElement || !at) soon(hide, AWAY);
});
document.documentElement.addEventListener("pointerleave", () => soon(hide, AWAY));
document.addEventListener("focusin", (event) => {
  const mark = event.target.closest?.(MARK);
  if (mark && !refocusing && mark.dataset.id !== besideId() && mark.matches(":focus-visible")) soon(() => tell(mark), PAUSE);
});
document.addEventListener("focusout", (event) => event.target === at && hide());
document.addEventListener("timeline:moving", hide);
addEventListener("scroll", () => place(), { capture: true, passive: true });
addEventListener("resize", () => place());

// --- the event beside the timeline --------------------------------------------------------------

let turn = 0; // of the clicks, only the last one opens

const stands = (mark) => (mark.querySelector("path") ?? mark).getBoundingClientRect().left;

async function open(mark) {
  const mine = ++turn;
  let html;
  try {
    html = await ask(address(mark, "beside"));
  } catch {
    return void location.assign(mark.getAttribute("href")); // its page says what became of it
  }
  if (mine !== turn) return;
  aside().innerHTML = html; // by our own server, escaped there
  aside().classList.toggle("at-left", stands(mark) > innerWidth / 2); // over the picture, never over the mark itself
  aside().hidden = false;
  history.pushState({}, "", addressWith({ event: besideId() }));
  point();
  document.getElementById("beside-heading").focus({ preventScroll: wide.matches });
  document.querySelector(`${MARK}[aria-current]`)?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}

/** Empties what stands beside; focus goes back to the mark. Says whether there was anything. */
export function close({ push = true } = {}) {
  const id = besideId();
  if (!id) return false;
  turn += 1;
  const within = aside().contains(document.activeElement) || document.activeElement === document.body;
  aside().replaceChildren();
  aside().hidden = true;
  if (push) history.pushState({}, "", addressWith({ event: "" }));
  point();
  const back = document.querySelector(`${MARK}[data-id="${CSS.escape(id)}"]`) ?? document.getElementById("timeline");
  if (within) back.focus({ preventScroll: true });
  hide();
  return true;
}

/** Marks the mark that stands open, and takes away the browser's own hints: the card tells more. */
function point() {
  for (const mark of document.querySelectorAll(MARK)) {
    if (mark.dataset.id === besideId()) mark.setAttribute("aria-current", "true");
    else mark.removeAttribute("aria-current");
    if (mark.hasAttribute("aria-label")) mark.querySelector(":scope > title")?.remove();
  }
}

document.addEventListener("click", (event) => {
  if (!isPlainClick(event)) return;
  const mark = event.target.closest?.(MARK);
  if (mark && wide.matches) {
    event.preventDefault();
    hide();
    open(mark);
  } else if (event.target.closest?.("#beside .beside-close")) {
    event.preventDefault();
    close();
  }
});
document.addEventListener("timeline:close", () => close({ push: false }));
document.addEventListener("timeline:shown", () => {
  hide();
  point();
});
point();
