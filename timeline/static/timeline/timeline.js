// Comfort only; every page works without it.
"use strict";

// A form sends what is not set, too: leave that out of the address.
for (const form of document.querySelectorAll("form.filter")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}
// Back from the next page, the fields must be usable again.
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form.filter :disabled")) field.disabled = false;
});

// The arrow keys walk from mark to mark of the picture.
const marks = [...document.querySelectorAll(".picture a.mark")];
document.querySelector(".picture")?.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const at = marks.indexOf(event.target.closest("a.mark"));
  if (!step || at < 0 || !marks[at + step]) return;
  event.preventDefault();
  marks[at + step].focus();
});
