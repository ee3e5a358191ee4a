// Moving through time: the picture is dragged, wheeled, pinched; the strip above it is brushed. While one moves, the
// drawing is only shifted and stretched; when one rests, the page of the new days is asked for.

import { addressWith, cancel, go, isShown } from "./loading.js";

const DAY = 864e5; // ms
const SHORTEST = 14, LONGEST = 80 * 366; // days, as timeline/query/form.py
const REST = 150; // ms after the last turn of the wheel or press of a key
const APART = 3; // of a handle from the middle of the strip's window
const CLICK = 4; // px that a pointer may move in a click

const number = (iso) => Date.parse(iso) / DAY;
const iso = (day) => new Date(day * DAY).toISOString().slice(0, 10);
const within = (low, value, high) => Math.min(Math.max(value, low), high);
const FIRST = number("1000-01-01"), LAST = number("2999-12-31");

let picture, overview; // {svg, start, days, left, right}: which days lie between which x of the viewBox, or null
let drawn; // {start, days} of the page: those of the picture, or where it has none of the region; or null
let view; // {start, days} that one looks at, in fractions of days while one moves
let resting;

function frame(of) {
  if (!of?.dataset.start || !of.dataset.end) return null;
  const { start, end, left, right } = of.dataset;
  return { svg: of, start: number(start), days: number(end) - number(start) + 1, left: +left, right: +right };
}

const width = (of) => of.right - of.left;
const scale = (of) => of.svg.getScreenCTM()?.a || 1; // px for one unit of the viewBox
const perDay = (of, days) => (scale(of) * width(of)) / days; // px
const share = (of, clientX) => ((clientX - of.svg.getScreenCTM().e) / scale(of) - of.left) / width(of);

function read() {
  clearTimeout(resting);
  picture = frame(document.querySelector("#timeline svg.picture"));
  overview = frame(document.querySelector("#timeline svg.overview"));
  drawn = picture ?? frame(document.getElementById("timeline"));
  view = drawn && { start: drawn.start, days: drawn.days };
  for (const of of [picture, overview]) of?.svg.addEventListener("wheel", wheel, { passive: false });
  for (const handle of overview?.svg.querySelectorAll(".brush-handle") ?? []) slider(handle);
}

/** A page may show fewer or more days than zooming gives. */
const shortest = () => Math.min(SHORTEST, drawn.days);
const allowed = (days) => within(shortest(), days, Math.max(LONGEST, drawn.days));

/** Looks at `days` from `start` on, as far as the calendar and the limits of zooming go. */
function look(start, days) {
  view.days = allowed(days);
  view.start = within(FIRST, start, Math.max(FIRST, LAST + 1 - view.days));
  paint();
}

/** Zooms so that what lies at `at` (0 left edge, 1 right edge) stays there. */
function zoomAt(factor, at) {
  const days = allowed(view.days * factor);
  look(view.start + at * (view.days - days), days);
}

function paint() {
  const plot = picture?.svg.querySelector(".plot");
  if (plot) {
    const a = drawn.days / view.days;
    const b = picture.left * (1 - a) + ((drawn.start - view.start) / view.days) * width(picture);
    if (a === 1 && b === 0) plot.removeAttribute("transform");
    else plot.setAttribute("transform", `matrix(${a} 0 0 1 ${b} 0)`);
  }
  const brush = overview?.svg.querySelector(".brush");
  if (!brush) return;
  const x = (day) => within(overview.left, overview.left + ((day - overview.start) / overview.days) * width(overview), overview.right);
  const ends = { start: x(view.start), end: x(view.start + view.days) };
  brush.setAttribute("x", ends.start);
  brush.setAttribute("width", Math.max(1, ends.end - ends.start));
  const middle = (ends.start + ends.end) / 2;
  for (const handle of overview.svg.querySelectorAll(".brush-handle")) {
    // Handles of a narrow window stand outside of it, as timeline/charts/timeline/ribbons.py places them.
    const wide = +handle.getAttribute("width"), x = ends[handle.dataset.side] - wide / 2;
    handle.setAttribute("x", handle.dataset.side === "start" ? Math.min(x, middle - APART - wide) : Math.max(x, middle + APART));
    slider(handle);
  }
}

/** Whole days, and their page. */
function rest(kind) {
  clearTimeout(resting);
  const days = Math.max(1, Math.round(view.days));
  look(Math.round(view.start), days);
  if (isShown() && view.start === drawn.start && view.days === drawn.days) return;
  const [from, to] = [iso(view.start), iso(Math.min(LAST, view.start + view.days - 1))];
  go(addressWith({ from, to, window: "", page: "" }), { kind });
}

function restSoon(kind) {
  cancel();
  clearTimeout(resting);
  resting = setTimeout(() => rest(kind), REST);
}

/** Time moves with the pointer by `dx` px; where the picture is wider than its frame, that is scrolled first. */
function push(dx) {
  const box = picture?.svg.closest(".scroller"), before = box?.scrollLeft ?? 0;
  if (box) box.scrollLeft = before - dx;
  const rest = dx + (box ? box.scrollLeft - before : 0);
  if (Math.abs(rest) > 0.01) look(view.start - rest / perDay(picture ?? overview, view.days), view.days);
}

// --- by keys (timeline.js) ----------------------------------------------------------------------

/** Follows the link of the same meaning where nothing is drawn. */
const follow = (way) => document.querySelector(`#timeline [data-way="${way}"]`)?.click();

export function panBy(quarters) {
  if (!view) return follow(quarters < 0 ? "earlier" : "later");
  look(view.start + quarters * Math.max(1, Math.round(view.days / 4)), view.days);
  restSoon("keys");
}

export function zoomBy(factor, mark) {
  if (!view) return follow(factor < 1 ? "nearer" : "farther");
  const box = picture && mark?.getBoundingClientRect();
  zoomAt(factor, box ? within(0, share(picture, box.left + box.width / 2), 1) : 0.5);
  restSoon("keys");
}

export function toToday() {
  const today = document.getElementById("timeline").dataset.today;
  if (!view || !today) return;
  look(number(today) - Math.floor(view.days / 2), view.days);
  restSoon("keys");
}

// --- wheel --------------------------------------------------------------------------------------

function wheel(event) {
  if (!view) return;
  const unit = [1, 16, innerWidth][event.deltaMode];
  const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
  if (event.ctrlKey || event.metaKey) {
    const at = event.currentTarget === picture?.svg ? within(0, share(picture, event.clientX), 1) : 0.5;
    zoomAt(Math.exp(within(-50, dy || dx, 50) / 100), at);
  } else {
    // Up and down is the page's: only what goes sideways moves time.
    const sideways = event.shiftKey ? dx || dy : Math.abs(dx) > Math.abs(dy) ? dx : 0;
    if (!sideways) return;
    push(-sideways);
  }
  event.preventDefault();
  restSoon("wheel");
}

// --- pointers: one drags, two pinch -------------------------------------------------------------

const pointers = new Map(); // of the picture, by id: where each is
let moved = false;
let brushing = null; // {id, side, x} of the pointer on the strip
let released = -Infinity;

function begin(svg, id) {
  if (moved) return;
  moved = true;
  cancel();
  clearTimeout(resting);
  svg.setPointerCapture(id); // from now on; a mere click must still reach its mark
  svg.classList.add("moving");
  document.dispatchEvent(new CustomEvent("timeline:moving"));
}

document.addEventListener("pointerdown", (event) => {
  const svg = event.target.closest?.("#timeline svg");
  if (!view || (event.pointerType === "mouse" && event.button !== 0)) return;
  if (svg && svg === picture?.svg) pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, from: event.clientX });
  else if (event.target.matches?.("#timeline svg.overview :is(.brush, .brush-handle)")) {
    brushing = { id: event.pointerId, side: event.target.dataset.side ?? "", x: event.clientX };
  }
});

document.addEventListener("pointermove", (event) => {
  if (brushing?.id === event.pointerId) return brush(event);
  const own = pointers.get(event.pointerId);
  if (!own) return;
  const [first, second] = pointers.values();
  if (!second) {
    if (!moved && Math.abs(event.clientX - own.from) < CLICK) return;
    begin(picture.svg, event.pointerId);
    push(event.clientX - own.x);
    Object.assign(own, { x: event.clientX, y: event.clientY });
    return;
  }
  begin(picture.svg, event.pointerId);
  const spread = () => Math.max(10, Math.hypot(first.x - second.x, first.y - second.y));
  const middle = () => (first.x + second.x) / 2;
  const before = { spread: spread(), middle: middle() };
  Object.assign(own, { x: event.clientX, y: event.clientY });
  push(middle() - before.middle);
  zoomAt(before.spread / spread(), share(picture, middle()));
});

function brush(event) {
  if (!moved && Math.abs(event.clientX - brushing.x) < CLICK) return;
  begin(overview.svg, event.pointerId);
  stretch(brushing.side, (event.clientX - brushing.x) / perDay(overview, overview.days));
  brushing.x = event.clientX;
}

/** Moves one end of the window by some days, or with no side the whole. */
function stretch(side, days) {
  const end = view.start + view.days;
  if (side === "start") {
    const start = within(Math.max(FIRST, end - LONGEST), view.start + days, end - shortest());
    look(start, end - start);
  } else if (side === "end") look(view.start, within(shortest(), view.days + days, LAST + 1 - view.start));
  else look(view.start + days, view.days);
}

function release(event) {
  const ours = pointers.delete(event.pointerId) || brushing?.id === event.pointerId;
  if (!ours || pointers.size) return;
  const kind = brushing ? "brush" : "drag";
  brushing = null;
  if (!moved) return;
  moved = false;
  for (const of of [picture, overview]) of?.svg.classList.remove("moving");
  released = event.timeStamp;
  rest(kind === "drag" ? "" : kind);
}
document.addEventListener("pointerup", release);
document.addEventListener("pointercancel", release);

document.addEventListener("click", (event) => {
  if (event.timeStamp - released > 50) return;
  event.preventDefault(); // the end of a drag opens nothing
  event.stopPropagation();
}, { capture: true });
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("#timeline svg")) event.preventDefault(); // a link would be dragged, not time
});
document.addEventListener("click", (event) => {
  // Beside the brush: the window jumps there, unless a link leads elsewhere.
  if (!view || !overview?.svg.contains(event.target) || event.target.closest("a, .brush, .brush-handle")) return;
  look(overview.start + share(overview, event.clientX) * overview.days - view.days / 2, view.days);
  rest("brush");
});
document.addEventListener("dblclick", (event) => {
  if (!picture || event.target.closest("a") || event.target.closest("svg") !== picture.svg) return;
  zoomAt(0.5, within(0, share(picture, event.clientX), 1));
  rest("zoom");
});

// --- the ends of the strip's window, by keys ----------------------------------------------------

function slider(handle) {
  if (!view) return;
  const { first, last } = document.getElementById("timeline").dataset;
  const is = handle.dataset.side === "start";
  const day = Math.round(is ? view.start : view.start + view.days - 1);
  const said = { role: "slider", tabindex: "0", "aria-label": is ? first : last, "aria-valuetext": iso(day) };
  const range = { "aria-valuemin": overview.start, "aria-valuemax": overview.start + overview.days - 1 };
  const now = within(range["aria-valuemin"], day, range["aria-valuemax"]);
  for (const [name, value] of Object.entries({ ...said, ...range, "aria-valuenow": now })) handle.setAttribute(name, value);
}

document.addEventListener("keydown", (event) => {
  const side = event.target.closest?.("#timeline .brush-handle")?.dataset.side;
  const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
  if (!side || !way || !view || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  stretch(side, way * Math.max(1, Math.round(view.days / 20)));
  restSoon("brush");
});

document.addEventListener("timeline:shown", read);
document.addEventListener("timeline:reset", () => {
  clearTimeout(resting);
  if (view) look(drawn.start, drawn.days);
});
read();
