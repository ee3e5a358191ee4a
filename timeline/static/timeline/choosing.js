// The parts of the filter that open: they stay open from page to page, and counts are fetched when they are looked at.

const opened = new Set();
const part = (target) => (target.matches?.("#timeline details[data-part]") ? target.dataset.part : "");

async function fill(details) {
  const slot = details.querySelector("[data-counts]");
  if (!slot || slot.dataset.filled) return;
  slot.dataset.filled = "yes";
  try {
    const response = await fetch(slot.dataset.counts, { headers: { "HX-Request": "true" } });
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    slot.replaceChildren(...page.body.childNodes);
  } catch {
    delete slot.dataset.filled; // the link in it still leads to the counts; opening it again tries again
  }
}

document.addEventListener("toggle", (event) => {
  const name = part(event.target);
  if (!name) return;
  if (!event.target.open) return void opened.delete(name);
  opened.add(name);
  fill(event.target);
}, { capture: true });

document.addEventListener("timeline:shown", () => {
  for (const details of document.querySelectorAll("#timeline details[data-part]")) {
    if (opened.has(details.dataset.part)) details.open = true;
  }
});

// Days are chosen in one way: whoever writes an interval empties the two days, and the other way round.
document.addEventListener("change", (event) => {
  const { form, name } = event.target;
  if (!form?.matches?.("#timeline form.filter")) return;
  const others = { window: ["from", "to"], from: ["window"], to: ["window"] }[name] ?? [];
  if (event.target.value) for (const other of others) form.elements[other].value = "";
}, { capture: true });
