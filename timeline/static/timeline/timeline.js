// Comfort only: every page works without scripts, by links and forms. This module listens to the keys and small
// buttons; loading.js shows other addresses, moving.js moves through time, reading.js tells of the marks,
// choosing.js opens parts of the filter.

import "./choosing.js";
import { addressWith, go } from "./loading.js";
import { panBy, toToday, zoomBy } from "./moving.js";
import { close, dismiss } from "./reading.js";
import { keepTimeline } from "./trail.js";

document.documentElement.classList.add("scripted");
keepTimeline();
document.addEventListener("timeline:shown", keepTimeline);
if (navigator.clipboard) document.documentElement.classList.add("can-copy");

const all = (selector) => [...document.querySelectorAll(selector)];
const help = document.getElementById("help");

// --- focus from mark to mark --------------------------------------------------------------------

/** Where the shape of a mark begins; its label may stand before it. */
const x = (mark) => (mark.querySelector("path") ?? mark).getBoundingClientRect().left;

/** The marks lane by lane, each lane in order of time. */
function lanes() {
  const found = new Map();
  for (const mark of all("#timeline svg.picture :is(a.mark, a.bin)")) {
    const lane = mark.closest("[role=list]") ?? mark.parentNode;
    found.set(lane, [...(found.get(lane) ?? []), [x(mark), mark]]);
  }
  return [...found.values()].map((lane) => lane.sort((a, b) => a[0] - b[0]).map(([, mark]) => mark));
}

function beyond(mark, key) {
  const order = lanes(), row = order.findIndex((lane) => lane.includes(mark)), lane = order[row];
  if (!lane) return null;
  if (key === "Home") return lane[0];
  if (key === "End") return lane.at(-1);
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const line = order.flat();
    return line[line.indexOf(mark) + (key === "ArrowLeft" ? -1 : 1)];
  }
  const other = order[row + (key === "ArrowUp" ? -1 : 1)];
  const far = (one) => Math.abs(x(one) - x(mark));
  return other?.reduce((best, one) => (far(one) < far(best) ? one : best));
}

/** The next (1) or previous (-1) event of the list. */
function list(step) {
  const links = all("#timeline .events > li").map((row) => row.querySelector("a[href]")).filter(Boolean);
  const now = links.findIndex((link) => link.closest("li").contains(document.activeElement));
  links.at(now < 0 ? Math.min(0, step) : Math.min(Math.max(now + step, 0), links.length - 1))?.focus();
}

// --- keys ---------------------------------------------------------------------------------------

const arrows = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
const keys = {
  ArrowLeft: () => panBy(-1),
  ArrowRight: () => panBy(1),
  "+": (mark) => zoomBy(0.5, mark),
  "=": (mark) => zoomBy(0.5, mark),
  "-": (mark) => zoomBy(2, mark),
  0: () => go(addressWith({ from: "", to: "", window: "", page: "" })),
  t: toToday,
  n: () => list(1),
  p: () => list(-1),
  "/": () => document.querySelector("#timeline input[name=q]")?.select(),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (target.closest("input, select, textarea, [contenteditable], summary")) return;
  if (key === "Escape") return void ((close() || dismiss()) && event.preventDefault());
  const mark = target.closest("#timeline svg.picture :is(a.mark, a.bin)");
  if (arrows.includes(key) && (event.shiftKey || (!mark && target.closest("#beside")))) return;
  const act = mark && arrows.includes(key) ? () => beyond(mark, key)?.focus() : Object.hasOwn(keys, key) && keys[key];
  if (!act) return;
  event.preventDefault();
  act(mark);
});

// --- small buttons ------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button");
  if (button?.dataset.do === "help") help.showModal();
  if (button?.dataset.copy === undefined) return;
  await navigator.clipboard.writeText(new URL(button.dataset.copy, location.href).href);
  document.getElementById("live").textContent = button.dataset.done;
  const words = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = words), 2000);
});
