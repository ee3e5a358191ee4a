/* For editors: the key `e` opens the review screen of the event that the page, the focused row or the event beside the
   timeline is about. Every place has its link too. */

const BUSY = "input, select, textarea, [contenteditable], summary, dialog";
const idIn = (address) => address?.match(/\/events\/([\w-]+)\/?(?:[?#]|$)/)?.[1] ?? address?.match(/[?&]event=([\w-]+)/)?.[1];

/** The event at hand: of the row or mark that has the focus, else the one beside the timeline. */
function atHand() {
  const focused = document.activeElement;
  const row = focused?.closest?.("li, tr");
  const link = row?.querySelector("[data-review]");
  if (link) return link.href;
  const mark = focused?.closest?.("a.mark[data-id]")?.dataset.id ?? document.querySelector("#beside [data-id]")?.dataset.id;
  const pattern = document.querySelector("[data-review-of]")?.dataset.reviewOf;
  const id = mark ?? idIn(focused?.getAttribute?.("href"));
  if (id && pattern) return pattern.replace("-0-", id);
  return document.querySelector("[data-review]")?.href;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "e" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.repeat || event.target.closest?.(BUSY)) return;
  const there = atHand();
  if (!there) return;
  event.preventDefault();
  location.assign(there);
});
