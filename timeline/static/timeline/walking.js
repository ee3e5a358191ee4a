// The arrow keys walk from mark to mark of the chart of an event. Everything else of that page needs no script.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

document.addEventListener("keydown", (event) => {
  const mark = event.target.closest?.(".belief-chart a.mark");
  const step = STEPS[event.key];
  if (!mark || !step || event.ctrlKey || event.metaKey || event.altKey) return;
  const marks = [...mark.closest("svg").querySelectorAll("a.mark")];
  const next = marks[marks.indexOf(mark) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
