/* Keys of the inbox and the review screen, the window of a typed date, and names while they are typed.
   Every page works without it: keys press the buttons that are there, the rest is asked for by GET and changes nothing. */

document.documentElement.classList.add("scripted");

const typing = (element) => element instanceof HTMLElement && element.matches("input:not([type=checkbox]), select, textarea");
const decide = document.querySelector("form.decide");
const details = () => [...document.querySelectorAll("[data-report]")];

function showEvidence(report) {
  const text = report?.querySelector(".text");
  const mark = text?.querySelector("mark.trigger, mark.evidence");
  if (mark) text.scrollTop += mark.getBoundingClientRect().top - text.getBoundingClientRect().top - text.clientHeight / 3;
}

function step(by) {
  const all = details();
  if (!all.length) { stepRow(by); return; }
  const at = all.findIndex((one) => one.open);
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  all.forEach((one) => { one.open = one === next; });
  next.scrollIntoView({ block: "nearest" });
  showEvidence(next);
}

/* --- the rows of the inbox --- */

const rows = () => [...document.querySelectorAll(".items > li input[name=item]")];

function stepRow(by) {
  const boxes = rows();
  const at = boxes.indexOf(document.activeElement?.closest?.(".items > li")?.querySelector("input[name=item]"));
  boxes[Math.min(Math.max(at + by, 0), boxes.length - 1)]?.focus();
}

document.querySelector("[data-all]")?.addEventListener("change", (event) => {
  rows().forEach((box) => { box.checked = event.target.checked; });
});

function tick() {
  const row = document.activeElement?.closest?.(".items > li")?.querySelector("input[name=item]");
  if (row) { row.checked = !row.checked; return; }
  const box = details().find((one) => one.open)?.parentElement.querySelector("input[name=claim]");
  if (box) box.checked = !box.checked;
}

let pressed = false;  // a second press must not decide about the next item

function press(key) {
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  if (!target) return false;
  if (typing(target)) {
    target.focus();
    if (target.select) target.select();
  } else if (target.matches("[type=checkbox]")) {
    target.click();
  } else if (!pressed && !("twice" in target.dataset && arm(target))) {
    pressed = true;
    target.click();
  }
  return true;
}

/* --- what cannot be seen at a glance is said before the second press --- */

let armed = null;

function disarm() {
  armed?.button.classList.remove("armed");
  armed?.words.remove();
  armed = null;
}

/** Says what the button will do; false where it has been said already. */
function arm(button) {
  if (armed?.button === button) return false;
  disarm();
  const words = document.createElement("p");
  words.className = "notice armed-words";
  words.setAttribute("role", "alert");
  words.textContent = `${button.title} ${button.form?.dataset.again ?? ""}`;
  button.after(words);
  button.classList.add("armed");
  words.scrollIntoView({ block: "nearest" });
  armed = { button, words };
  return true;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !event.isComposing && !event.repeat) {
    const save = decide?.querySelector('button[value="save"]') ?? decide?.querySelector('button[value="accept"], button[value="write"]');
    if (!save) return;
    event.preventDefault();
    decide.requestSubmit(save);
    return;
  }
  if (armed && event.key !== armed.button.dataset.key) disarm();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    const submits = event.target.dataset.submit;
    if (event.key === "Enter" && event.target.form && (submits || event.target.matches("select"))) {
      event.preventDefault();
      const button = event.target.form.querySelector(`button[value="${submits || "save"}"]`) ?? event.target.form.querySelector('button[value="accept"]');
      if (button) event.target.form.requestSubmit(button);
    }
    return;
  }
  if (event.repeat) { if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1); return; }
  if (event.target instanceof Element && event.target.closest("a, button, summary") && (event.key === "Enter" || event.key === " ")) return;
  if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key === "x") tick();
  else if (!press(event.key)) return;
  event.preventDefault();
});

addEventListener("pageshow", () => { pressed = false; leaving = false; });

/* --- nothing typed is lost --- */

const DRAFTS = "newsdesk-draft:";
const draftKey = decide?.dataset.draft && DRAFTS + decide.dataset.draft;
const typed = () => [...(decide?.elements ?? [])].filter((one) => one.name && decide.elements.namedItem(`was_${one.name}`));
const reason = () => decide?.elements.namedItem("reason");
const before = (one) => decide.elements.namedItem(`was_${one.name}`).value;
const changed = () => typed().some((one) => one.value !== before(one)) || Boolean(reason()?.value);
let leaving = false;  // a decision is on its way: nothing is left behind

const storage = (act) => { try { return act(localStorage); } catch { return null; } };  // it may be switched off

function keepDraft() {
  if (!draftKey || leaving) return;
  const values = Object.fromEntries([...typed(), reason()].filter((one) => one && one.value !== (one === reason() ? "" : before(one))).map((one) => [one.name, one.value]));
  storage((s) => Object.keys(values).length ? s.setItem(draftKey, JSON.stringify(values)) : s.removeItem(draftKey));
}

function restoreDraft() {
  const kept = draftKey && storage((s) => s.getItem(draftKey));
  if (!kept || changed()) return;  // what the server shows again as typed is newer
  let values;
  try { values = JSON.parse(kept); } catch { return; }
  let back = false;
  for (const [name, value] of Object.entries(values)) {
    const field = decide.elements.namedItem(name);
    if (field && typeof value === "string" && field.value !== value) { field.value = value; back = true; }
  }
  if (!back) return;
  const words = document.createElement("p");
  words.className = "notice";
  words.setAttribute("role", "status");
  words.append(`${decide.dataset.restored} `);
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "plain";
  discard.textContent = decide.dataset.discard;
  discard.addEventListener("click", () => {
    typed().forEach((one) => { one.value = before(one); });
    if (reason()) reason().value = "";
    storage((s) => s.removeItem(draftKey));
    words.remove();
  });
  words.append(discard);
  decide.prepend(words);
}

if (draftKey) {
  restoreDraft();
  decide.addEventListener("input", keepDraft);
  decide.addEventListener("change", keepDraft);
  decide.addEventListener("submit", (event) => {
    const what = event.submitter?.value.split(":")[0];
    if (["later", "undo", "redo", "unlock", "approve", "leave"].includes(what)) {
      if (changed() && !confirm(decide.dataset.leave)) { event.preventDefault(); pressed = false; return; }
      keepDraft();
    } else {
      storage((s) => s.removeItem(draftKey));  // decided with what was typed; a refused form comes back as typed
    }
    leaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (leaving || !changed()) return;
    keepDraft();
    event.preventDefault();
  });
}

/* --- the window of a typed date --- */

document.querySelectorAll("[data-days]").forEach((input) => {
  const output = document.getElementById(input.getAttribute("aria-describedby"));
  let asked = 0;
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      if (!input.value.trim()) { output.textContent = ""; return; }
      try {
        const answer = await fetch(`${input.dataset.days}?text=${encodeURIComponent(input.value)}`);
        const days = await answer.json();
        if (mine !== asked) return;
        output.textContent = days.words || days.problem || "";
        output.classList.toggle("wrong", !days.words);
      } catch { if (mine === asked) output.textContent = ""; }
    }, 120);
  });
});

/* --- names while they are typed --- */

const BETWEEN = /[,，、;；]/;

document.querySelectorAll("[data-actors]").forEach((input, number) => {
  const list = document.createElement("ul");
  list.className = "names";
  list.id = `names-${number}`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let asked = 0;
  let timer;
  let at = -1;

  const word = () => ("one" in input.dataset ? input.value : input.value.slice(0, input.selectionStart).split(BETWEEN).pop()).trim();
  const close = () => { list.hidden = true; at = -1; asked += 1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const choose = (item) => {
    const end = input.selectionStart;
    const head = input.value.slice(0, end);
    const begin = "one" in input.dataset ? 0 : head.length - head.split(BETWEEN).pop().length;
    const before = input.value.slice(0, begin);
    const rest = "one" in input.dataset ? "" : input.value.slice(end);
    input.value = `${before}${before && !before.endsWith(" ") ? " " : ""}${item.dataset.code}${rest}`;
    close();
  };
  const mark = (to) => {
    const items = [...list.children];
    at = (to + items.length) % items.length;
    items.forEach((one, n) => one.setAttribute("aria-selected", String(n === at)));
    input.setAttribute("aria-activedescendant", items[at].id);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      if (!word()) { close(); return; }
      try {
        const answer = await fetch(`${input.dataset.actors}?q=${encodeURIComponent(word())}`);
        const { actors } = await answer.json();
        if (mine !== asked) return;
        list.replaceChildren(...actors.map((actor, n) => {
          const item = document.createElement("li");
          item.id = `${list.id}-${n}`;
          item.dataset.code = actor.code;
          item.setAttribute("role", "option");
          item.textContent = `${actor.name} · ${actor.code}`;
          item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
          return item;
        }));
        list.hidden = !actors.length;
        at = -1;
        input.setAttribute("aria-expanded", String(!list.hidden));
      } catch { close(); }
    }, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(at + (event.key === "ArrowDown" ? 1 : -1));
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) choose(list.children[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
});

showEvidence(details().find((one) => one.open));
document.querySelector("[data-focus]")?.focus();
