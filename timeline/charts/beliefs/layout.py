"""Layout of the belief chart: claims, beliefs and texts in, marks with coordinates out. Templates only place them.

The day of the report is horizontal, the claimed days are vertical. The believed days are a stepped band under the
claims; below the diagonal are the days that were past on the day of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from timeline.charts.beliefs.axes import (
    SMALL,
    Box,
    Rule,
    Text,
    Words,
    columns,
    headings,
    now_line,
    past,
    past_words,
    rows,
)
from timeline.charts.beliefs.frame import BeliefBand, Bundle, ClaimPoint, Frame
from timeline.charts.beliefs.shapes import HALF, THICK, Paint, Tips, dot, open_line, upright
from timeline.charts.shapes import Piece
from timeline.extraction.when import Days, When

MIN_BAND_HEIGHT = 6.0  # so that a band of one day is visible
MIN_BAR_HEIGHT = 8.0  # so that the bar of a few days is visible
MAX_NOTES = 8  # steps with a note
Spans = tuple[tuple[float, float], ...]
MIN_DISTANCE = 7.5  # px between two marks that would overlap


@dataclass(frozen=True, slots=True)
class Mark:
    """Claims drawn as one. `id`: the key of the linked claim; `box` takes the click and shows the focus."""

    id: int
    status: str
    doubtful: bool
    count: int
    pieces: tuple[Piece, ...]
    box: Box

    @property
    def hit(self) -> dict[str, str]:
        """Return the SVG attributes of the rectangle that takes the click and shows the focus."""
        box = self.box
        sides = {"x": box.left, "y": box.top, "width": box.right - box.left, "height": box.bottom - box.top}
        return {name: f"{value:.1f}" for name, value in sides.items()}


@dataclass(frozen=True, slots=True)
class Step:
    """One belief: the area of its days, its edges, and the strike that ends it where it was cancelled."""

    status: str
    area: str
    edges: str
    strike: str
    box: Box


@dataclass(frozen=True, slots=True)
class Chart:
    """`texts`: all texts with their CSS class, in order."""

    frame: Frame
    columns: tuple[Rule, ...]
    rows: tuple[Rule, ...]
    past: str
    diagonal: str
    steps: tuple[Step, ...]
    risers: str
    marks: tuple[Mark, ...]
    now: Rule | None
    texts: tuple[tuple[str, Text], ...]
    notes: tuple[Text, ...]

    @property
    def edges(self) -> dict[str, str]:
        """Return the bounds of the plot and the size of the whole, for the template."""
        size = self.frame.size
        sides = {"left": size.left, "right": size.width - size.right, "top": size.top, "bottom": size.bottom}
        return {name: f"{value:.0f}" for name, value in {**sides, "width": size.width, "height": size.height}.items()}


def draw(frame: Frame, shown: Sequence[Bundle], bands: Sequence[BeliefBand], words: Words) -> Chart:
    """Lay out the claims (at least one mark) and the beliefs, oldest first."""
    marks, steps = _marks(frame, shown), [_step(frame, belief) for belief in bands]
    taken = [mark.box for mark in marks]
    now = now_line(frame, words.now, taken)
    if now:
        taken += [now.text.box, Box(now.at - 3, frame.size.top, now.at + 3, frame.size.bottom)]
    notes = _notes(frame, bands, steps, words, taken)
    ticks, levels = tuple(columns(frame, words)), tuple(rows(frame, words))
    area, diagonal = past(frame)
    corner = past_words(frame, words.past, [*taken, *(n.box for n in notes), *(s.box for s in steps)]) if area else None
    texts = [("tick-label", rule.text) for rule in (*ticks, *levels) if rule.text.words]
    texts += [("year", heading) for heading in headings(frame, words)]
    texts += [("past-label", corner)] if corner else []
    texts += [("line-label", now.text)] if now else []
    return Chart(
        frame=frame,
        columns=ticks,
        rows=levels,
        past=area,
        diagonal=diagonal,
        steps=tuple(steps),
        risers=_risers(frame, bands, steps),
        marks=tuple(marks),
        now=now,
        texts=tuple(texts),
        notes=tuple(notes),
    )


# --- claims -------------------------------------------------------------------------------------


def _marks(frame: Frame, shown: Sequence[Bundle]) -> list[Mark]:
    """Draw long shapes first, so that dots lie on top; move a mark that would cover another a little aside."""
    placed: list[Mark] = []
    for bundle in sorted(shown, key=lambda b: -_height(frame, b.newest)):
        placed.append(_place_mark(frame, bundle, placed))
    return placed


def _height(frame: Frame, claim: ClaimPoint) -> float:
    spans = _spans(frame, claim.when)
    return spans[-1][1] - spans[0][0]


def _place_mark(frame: Frame, bundle: Bundle, placed: Sequence[Mark]) -> Mark:
    x, spans = frame.across.middle(bundle.newest.reported), _spans(frame, bundle.newest.when)
    top, bottom = spans[0][0] - 4, spans[-1][1] + 4
    level = [(p.box.left + p.box.right) / 2 for p in placed if p.box.top < bottom and top < p.box.bottom]
    places = (x + aside for aside in _offsets(max(MIN_DISTANCE, frame.across.per_day * 0.42)))
    free = next((at for at in places if all(abs(at - other) >= MIN_DISTANCE - 0.1 for other in level)), x)
    return _mark(frame, bundle, free, spans, Box(free - 6.5, top, free + 6.5, bottom))


def _offsets(reach: float) -> list[float]:
    """Return offsets to both sides in turn, the smallest first, up to `reach`."""
    steps = [0.0]
    for n in range(1, min(int(reach / MIN_DISTANCE), 20) + 1):
        steps += [n * MIN_DISTANCE, -n * MIN_DISTANCE]
    return steps


def _mark(frame: Frame, bundle: Bundle, x: float, spans: Spans, box: Box) -> Mark:
    claim = bundle.newest
    paint, tips = Paint(claim.status, claim.doubtful), _tips(frame, claim)
    more = 0.0 if bundle.count < 3 else 1.2 if bundle.count < 10 else 2.4  # marks of many claims are a little bolder
    if claim.when.is_day and not (tips.cut_top or tips.cut_bottom):
        pieces = dot(x, (spans[0][0] + spans[0][1]) / 2, HALF + more, paint)
    elif tips.open_top or tips.open_bottom:
        pieces = open_line(x, *spans[0], paint, tips)
    else:
        pieces = upright(x, spans, THICK + more, paint, tips)
    return Mark(claim.id, claim.status, claim.doubtful, bundle.count, pieces, box)


def _tips(frame: Frame, claim: ClaimPoint) -> Tips:
    low, high, when = frame.up.start, frame.up.end, claim.when
    return Tips(
        open_top=when.end is None,
        open_bottom=when.start is None,
        cut_top=when.end is not None and when.end > high,
        cut_bottom=when.start is not None and when.start < low,
        flag=when.is_deadline and when.end is not None and when.end <= high and not when.is_day,
        lasting=when.lasts,
    )


def _spans(frame: Frame, when: When) -> Spans:
    """Return (top, bottom) of each alternative or of the interval, from the top down, each long enough to be seen."""
    pairs = when.alternatives if len(when.alternatives) > 1 and when.start and when.end else ()
    found = sorted(_span(frame, days) for days in pairs or (when.days,))
    apart = all(a[1] <= b[0] + 0.01 for a, b in pairwise(found))
    return tuple(found) if apart else (_span(frame, when.days),)


def _span(frame: Frame, days: Days) -> tuple[float, float]:
    start, end = days
    top = frame.above(end) if end else frame.size.top
    bottom = frame.below(start) if start else frame.size.bottom
    if bottom - top < MIN_BAR_HEIGHT:
        middle = min(
            max((top + bottom) / 2, frame.size.top + MIN_BAR_HEIGHT / 2), frame.size.bottom - MIN_BAR_HEIGHT / 2
        )
        return middle - MIN_BAR_HEIGHT / 2, middle + MIN_BAR_HEIGHT / 2
    return top, bottom


# --- beliefs ------------------------------------------------------------------------------------


def _step(frame: Frame, belief: BeliefBand) -> Step:
    left, right = _reach(frame, belief)
    spans = [_widened(span) for span in _spans(frame, belief.when)]
    area = "".join(f"M{left:.1f} {a:.1f}H{right:.1f}V{b:.1f}H{left:.1f}z" for a, b in spans)
    edges = "".join(f"M{left:.1f} {y:.1f}H{right:.1f}" for y in _edges(belief, spans))
    top, bottom = spans[0][0], spans[-1][1]
    strike = ""
    if belief.status == "cancelled":
        a, b = min(top, bottom - 14), max(bottom, top + 14)
        strike = f"M{left:.1f} {a:.1f}V{b:.1f}M{left + 10:.1f} {(a + b) / 2 + 5:.1f}l10 -10m-10 0l10 10"
    return Step(belief.status, area, edges, strike, Box(left, top, right, bottom))


def _reach(frame: Frame, belief: BeliefBand) -> tuple[float, float]:
    """Return the x from the middle of the day a belief began to that of its end, or to now."""
    left = frame.across.middle(belief.since)
    if belief.until is not None:
        return left, max(left, frame.across.middle(belief.until))
    return left, max(left, frame.across.behind(frame.now)) if frame.across.holds(frame.now) else frame.across.right


def _widened(span: tuple[float, float]) -> tuple[float, float]:
    middle, half = (span[0] + span[1]) / 2, max(MIN_BAND_HEIGHT, span[1] - span[0]) / 2
    return middle - half, middle + half


def _edges(belief: BeliefBand, spans: Sequence[tuple[float, float]]) -> list[float]:
    """Return the y of the known ends: an open end has no line."""
    ys = [y for span in spans for y in span]
    return ys[1 if belief.when.end is None else 0 : -1 if belief.when.start is None else None]


def _risers(frame: Frame, bands: Sequence[BeliefBand], steps: Sequence[Step]) -> str:
    """Draw a thin vertical line at each step, over the old days and the new ones."""
    lines = []
    for belief, (before, after) in zip(bands[1:], pairwise(steps), strict=True):
        x = frame.across.middle(belief.since)
        top, bottom = min(before.box.top, after.box.top), max(before.box.bottom, after.box.bottom)
        lines.append(f"M{x:.1f} {top:.1f}V{bottom:.1f}")
    return "".join(lines)


def _notes(
    frame: Frame, bands: Sequence[BeliefBand], steps: Sequence[Step], words: Words, taken: Sequence[Box]
) -> list[Text]:
    """Place notes where they cover nothing: the last step first, then those that moved most."""
    notes: list[Text] = []
    priority = {"cancelled": 0, "moved": 1, "corrected": 1, "first": 2, "narrowed": 3, "revised": 4, "status": 4}
    rank = {
        b.since: (i != len(bands) - 1, 0 if b.status == "cancelled" else priority.get(b.change, 5))
        for i, b in enumerate(bands)
    }
    for belief, step in sorted(zip(bands, steps, strict=True), key=lambda pair: (rank[pair[0].since], pair[0].since)):
        text = words.notes.get(belief.since, "")
        if not text or len(notes) >= MAX_NOTES:
            continue
        others = [*taken, *(n.box for n in notes), *(s.box for s in steps if s is not step)]
        found = next((t for t in _places(frame, step, text) if _free(frame, t, others)), None)
        if found:
            notes.append(found)
    return notes


def _places(frame: Frame, step: Step, text: str) -> Iterable[Text]:
    """Yield positions for a step's note: above its band, in it, below it; at its start, then before that."""
    left, right = step.box.left + 10, step.box.right - 4
    ys = [step.box.top - 6, step.box.bottom + SMALL + 4]
    if step.box.bottom - step.box.top > 24:
        ys = [step.box.top + SMALL + 4, *ys, step.box.bottom - 6]
    for y in ys:
        yield Text(text, left, y)
    for y in ys:
        yield Text(text, min(right, frame.size.width - frame.size.right - 2), y, "end")
        yield Text(text, step.box.left - 10, y, "end")


def _free(frame: Frame, text: Text, others: Iterable[Box]) -> bool:
    box, size = text.box, frame.size
    inside = box.left >= size.left + 2 and box.right <= size.width - size.right and box.top >= size.top
    return inside and box.bottom <= size.bottom and not any(box.meets(other) for other in others)
