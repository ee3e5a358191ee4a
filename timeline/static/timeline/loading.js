// The address, and the region #timeline that shows it: links and forms of the region fetch the next page and put
// its region in the place of this one. Everything here also works without scripts, by the same links and forms.

const FORM_DELAY = 400; // ms after the last letter
const SLOW = 250; // ms until the progress bar shows
const MERGED = 3000; // ms within which steps of one kind (wheel, keys, letters) share an entry of the history

const region = () => document.getElementById("timeline");
const part = (id) => document.getElementById(id);
const tell = (name) => document.dispatchEvent(new CustomEvent(`timeline:${name}`));

/** The id of the event that stands beside the timeline, or "". */
export const besideId = () => document.querySelector("#beside:not([hidden]) [data-id]")?.dataset.id ?? "";

/** This address with some parameters set, or taken out where the value is empty. */
export function addressWith(changes) {
  const url = new URL(location.href);
  url.hash = "";
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url;
}

/** Without what stands beside and where one has scrolled to: two such addresses show the same region. */
function bare(address) {
  const url = new URL(address, location.href);
  url.searchParams.delete("event");
  return url.pathname + url.search;
}

export const isPlainClick = (event) =>
  event.button === 0 && !event.defaultPrevented && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

let request = null; // what is under way
let shown = bare(location.href);
let last = { kind: "", at: -MERGED };

export const isShown = () => request === null && bare(location.href) === shown;

/** Gives up what is under way; who calls it asks for something else soon. */
export function cancel() {
  request?.abort();
  request = null;
  busy(false);
}

/** Shows an address of the timeline. `kind`: steps of one kind, close after one another, are one step back. */
export function go(address, { kind = "", focus = "" } = {}) {
  const url = new URL(address, location.href);
  if (besideId() && !url.searchParams.has("event")) url.searchParams.set("event", besideId());
  const merged = kind && kind === last.kind && performance.now() - last.at < MERGED;
  last = { kind, at: performance.now() };
  if (url.href !== location.href) history[merged ? "replaceState" : "pushState"]({}, "", url);
  return load(focus);
}

async function load(focus = "") {
  cancel();
  const mine = (request = new AbortController());
  busy(true);
  part("trouble").hidden = true;
  let response, page;
  try {
    response = await fetch(location.href, { signal: mine.signal, headers: { Accept: "text/html" } });
    page = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    if (!mine.signal.aborted) fail("network");
  }
  if (mine.signal.aborted) return;
  request = null;
  busy(false);
  if (!page) return;
  if (response.ok && page.getElementById("timeline")) show(page, focus);
  else fail(response.status < 500 ? "problems" : "server", page);
}

let slow;
function busy(is) {
  clearTimeout(slow);
  region().setAttribute("aria-busy", is);
  part("progress").hidden = true;
  if (is) slow = setTimeout(() => (part("progress").hidden = false), SLOW);
}

function fail(kind, page) {
  const trouble = part("trouble");
  const slot = trouble.querySelector("[data-trouble=problems]");
  slot.replaceChildren();
  if (kind === "problems") {
    const head = document.createElement("strong");
    head.textContent = page.querySelector("main h1")?.textContent ?? page.title;
    const named = page.querySelector("main .problems") ?? page.querySelector("main p");
    slot.append(head, ...(named ? [document.adoptNode(named)] : []));
    // What was refused must not stay in the address: every further step would carry it along.
    history.replaceState({}, "", shown);
    if (besideId()) history.replaceState({}, "", addressWith({ event: besideId() }));
  }
  trouble.querySelector("[data-do=retry]").hidden = kind === "problems";
  for (const text of trouble.querySelectorAll("[data-trouble]")) text.hidden = text.dataset.trouble !== kind;
  trouble.hidden = false;
  tell("reset");
}

function show(page, focus) {
  const old = region(), fresh = document.adoptNode(page.getElementById("timeline"));
  const held = holding(old);
  const [left, top] = [old.querySelector(".scroller")?.scrollLeft ?? 0, scrollY];
  old.replaceWith(fresh);
  const key = (aside) => aside?.querySelector("[data-key]")?.dataset.key;
  const beside = page.getElementById("beside");
  if (beside && key(beside) !== key(part("beside"))) part("beside").replaceWith(document.adoptNode(beside));
  const feeds = [...page.querySelectorAll("link[rel=alternate]")];
  for (const link of document.querySelectorAll("link[rel=alternate]")) link.remove();
  document.head.append(...feeds.map((link) => document.adoptNode(link)));
  document.title = page.title;
  shown = bare(location.href);
  const scroller = fresh.querySelector(".scroller");
  if (scroller) scroller.scrollLeft = left;
  scrollTo({ top, behavior: "instant" });
  part("live").textContent = fresh.dataset.summary ?? "";
  tell("shown");
  const wanted = focus && fresh.querySelector(focus);
  if (wanted) wanted.focus();
  else hold(fresh, held);
}

// --- focus: it stays on the same mark or control ------------------------------------------------

/** True while focus is only put back to where it was, which is no reason to tell anything. */
export let refocusing = false;

function holding(old) {
  const at = document.activeElement;
  if (!old.contains(at) || at === old) return null;
  const is = (name, of = at) => `[${name}="${CSS.escape(of.getAttribute(name))}"]`;
  const kind = at.classList[0] ? `.${CSS.escape(at.classList[0])}` : at.localName;
  let key = at.id ? `#${CSS.escape(at.id)}` : kind;
  if (at.name && !at.id) key = is("name") + (["checkbox", "radio"].includes(at.type) ? is("value") : "");
  else {
    const name = ["data-id", "data-side", "data-way", "data-do", "href"].find((one) => at.hasAttribute(one));
    if (name && !at.id) key = kind + is(name);
  }
  const words = at.matches("[type=search], [type=text]");
  return { key, words: words && { typed: at.value, range: [at.selectionStart, at.selectionEnd] } };
}

function hold(fresh, held) {
  if (!held) return;
  const same = fresh.querySelector(held.key) ?? fresh.querySelector(".scroller") ?? fresh;
  refocusing = true;
  same.focus({ preventScroll: true });
  refocusing = false;
  if (!held.words || !same.setSelectionRange) return;
  same.value = held.words.typed; // a blank at its end is not lost
  same.setSelectionRange(...held.words.range);
}

// --- links, forms, back and forward -------------------------------------------------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#timeline a[href]");
  if (!link || !isPlainClick(event) || link.hasAttribute("target") || link.hasAttribute("download")) return;
  const url = new URL(link.getAttribute("href"), location.href);
  if (url.origin !== location.origin || url.pathname !== location.pathname || url.hash) return;
  event.preventDefault();
  go(url, { focus: link.closest(".pages") ? "#events" : "" });
});

let typing;
function submit(form, submitter, kind = "") {
  clearTimeout(typing);
  const url = new URL(form.getAttribute("action") || location.pathname, location.href);
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) {
    if (typeof value === "string" && value.trim()) query.append(name, value);
  }
  url.search = query;
  go(url, { kind });
}

function submitItself(form, kind) {
  if (form?.checkValidity()) submit(form, null, kind);
}

function submitSoon() {
  clearTimeout(typing);
  cancel();
  typing = setTimeout(() => submitItself(document.querySelector("#timeline form.filter"), "words"), FORM_DELAY);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("#timeline form.filter")) return;
  event.preventDefault();
  submit(event.target, event.submitter);
});

const inFilter = (target) => target.form?.matches("#timeline form.filter");
const isWords = (target) => inFilter(target) && target.matches("[type=search], [name=q]");
document.addEventListener("input", (event) => {
  // Letters that an input method still composes are no words yet.
  if (isWords(event.target)) event.isComposing ? (clearTimeout(typing), cancel()) : submitSoon();
});
document.addEventListener("compositionend", (event) => isWords(event.target) && submitSoon());

let keyed = null; // a day that is typed digit by digit is done when it is left
document.addEventListener("keydown", (event) => {
  if (event.target.type === "date" && event.key !== "Tab" && event.key !== "Enter") keyed = event.target;
});
document.addEventListener("change", (event) => {
  const field = event.target;
  if (inFilter(field) && !isWords(field) && field !== keyed) submitItself(field.form, "");
});
document.addEventListener("focusout", (event) => {
  const field = event.target;
  if (field !== keyed) return;
  keyed = null;
  if (inFilter(field) && field.value !== field.defaultValue) submitItself(field.form, "");
});

addEventListener("popstate", () => {
  const beside = new URL(location.href).searchParams.get("event") ?? "";
  last = { kind: "", at: -MERGED };
  if (bare(location.href) !== shown || (beside && beside !== besideId())) return void load();
  cancel();
  tell("reset");
  if (!beside && besideId()) tell("close");
});

document.addEventListener("submit", (event) => {
  // The choice of a language comes back to where one is now, not to where the page was loaded.
  const next = event.target.matches(".languages") && event.target.querySelector("[name=next]");
  if (next) next.value = location.pathname + location.search;
}, { capture: true });

document.addEventListener("click", (event) => {
  const does = event.target.closest?.("#trouble [data-do]")?.dataset.do;
  if (does === "retry") load();
  if (does) part("trouble").hidden = true;
});
