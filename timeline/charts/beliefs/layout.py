"""Layout of the belief chart: claims, beliefs and words in, marks with coordinates out. Templates only place them.

The day of the report goes across, the days claimed go up. Behind the claims stands what was believed, as a band in
steps; below the diagonal lies what was past on the day of the report.
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
from timeline.charts.beliefs.frame import BeliefBand, Bundle, ClaimPoint, Days, Frame
from timeline.charts.beliefs.shapes import HALF, THICK, Paint, Tips, dot, open_line, upright
from timeline.charts.shapes import Piece

THINNEST = 6.0  # a band of one day is still seen
SHORTEST = 8.0  # and so is the bar of a few days
MAX_NOTES = 8  # steps that are told in words
Spans = tuple[tuple[float, float], ...]
APART = 7.5  # px between two marks that would cover one another


@dataclass(frozen=True, slots=True)
class Mark:
    """Claims drawn as one. `id`: the number of the claim linked; `box` takes the click and shows the focus."""

    id: int
    status: str
    doubtful: bool
    count: int
    pieces: tuple[Piece, ...]
    box: Box

    @property
    def hit(self) -> dict[str, str]:
        """The attributes of the rectangle that takes the click and shows the focus."""
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
    """`texts`: all words by the class that they carry, in order."""

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
        """The room of the plot and the size of the whole, for the template."""
        size = self.frame.size
        sides = {"left": size.left, "right": size.width - size.right, "top": size.top, "bottom": size.bottom}
        return {name: f"{value:.0f}" for name, value in {**sides, "width": size.width, "height": size.height}.items()}


def draw(frame: Frame, shown: Sequence[Bundle], held: Sequence[BeliefBand], words: Words) -> Chart:
    """The chart of claims (at least one mark) and beliefs, oldest first."""
    marks, steps = _marks(frame, shown), [_step(frame, belief) for belief in held]
    taken = [mark.box for mark in marks]
    now = now_line(frame, words.now, taken)
    if now:
        taken += [now.text.box, Box(now.at - 3, frame.size.top, now.at + 3, frame.size.bottom)]
    notes = _notes(frame, held, steps, words, taken)
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
        risers=_risers(frame, held, steps),
        marks=tuple(marks),
        now=now,
        texts=tuple(texts),
        notes=tuple(notes),
    )


# --- claims -------------------------------------------------------------------------------------


def _marks(frame: Frame, shown: Sequence[Bundle]) -> list[Mark]:
    """Long shapes first, so that dots lie on top; what would cover another is moved aside a little."""
    placed: list[Mark] = []
    for bundle in sorted(shown, key=lambda b: -_height(frame, b.newest)):
        placed.append(_beside(frame, bundle, placed))
    return placed


def _height(frame: Frame, claim: ClaimPoint) -> float:
    spans = _spans(frame, claim)
    return spans[-1][1] - spans[0][0]


def _beside(frame: Frame, bundle: Bundle, placed: Sequence[Mark]) -> Mark:
    x, spans = frame.across.middle(bundle.newest.reported), _spans(frame, bundle.newest)
    top, bottom = spans[0][0] - 4, spans[-1][1] + 4
    level = [(p.box.left + p.box.right) / 2 for p in placed if p.box.top < bottom and top < p.box.bottom]
    places = (x + aside for aside in _asides(max(APART, frame.across.per_day * 0.42)))
    free = next((at for at in places if all(abs(at - other) >= APART - 0.1 for other in level)), x)
    return _mark(frame, bundle, free, spans, Box(free - 6.5, top, free + 6.5, bottom))


def _asides(reach: float) -> list[float]:
    """The way from the day to both sides in turn, at most to `reach`."""
    steps = [0.0]
    for n in range(1, min(int(reach / APART), 20) + 1):
        steps += [n * APART, -n * APART]
    return steps


def _mark(frame: Frame, bundle: Bundle, x: float, spans: Spans, box: Box) -> Mark:
    claim = bundle.newest
    paint, tips = Paint(claim.status, claim.doubtful), _tips(frame, claim)
    more = 0.0 if bundle.count < 3 else 1.2 if bundle.count < 10 else 2.4  # what many say is a little bolder
    if claim.exact and not (tips.cut_top or tips.cut_bottom):
        pieces = dot(x, (spans[0][0] + spans[0][1]) / 2, HALF + more, paint)
    elif tips.open_top or tips.open_bottom:
        pieces = open_line(x, *spans[0], paint, tips)
    else:
        pieces = upright(x, spans, THICK + more, paint, tips)
    return Mark(claim.id, claim.status, claim.doubtful, bundle.count, pieces, box)


def _tips(frame: Frame, claim: ClaimPoint) -> Tips:
    low, high = frame.up.start, frame.up.end
    return Tips(
        open_top=claim.end is None,
        open_bottom=claim.start is None,
        cut_top=claim.end is not None and claim.end > high,
        cut_bottom=claim.start is not None and claim.start < low,
        flag=claim.deadline and claim.end is not None and claim.end <= high and not claim.exact,
        lasting=claim.lasting,
    )


def _spans(frame: Frame, claim: ClaimPoint | BeliefBand) -> Spans:
    """(top, bottom) of each alternative or of the interval, from above, long enough to be seen."""
    pairs = claim.alternatives if len(claim.alternatives) > 1 and claim.start and claim.end else ()
    found = sorted(_span(frame, days) for days in pairs or ((claim.start, claim.end),))
    apart = all(a[1] <= b[0] + 0.01 for a, b in pairwise(found))
    return tuple(found) if apart else (_span(frame, (claim.start, claim.end)),)


def _span(frame: Frame, days: Days) -> tuple[float, float]:
    start, end = days
    top = frame.above(end) if end else frame.size.top
    bottom = frame.below(start) if start else frame.size.bottom
    if bottom - top < SHORTEST:
        middle = min(max((top + bottom) / 2, frame.size.top + SHORTEST / 2), frame.size.bottom - SHORTEST / 2)
        return middle - SHORTEST / 2, middle + SHORTEST / 2
    return top, bottom


# --- beliefs ------------------------------------------------------------------------------------


def _step(frame: Frame, belief: BeliefBand) -> Step:
    left, right = _reach(frame, belief)
    spans = [_thick(span) for span in _spans(frame, belief)]
    area = "".join(f"M{left:.1f} {a:.1f}H{right:.1f}V{b:.1f}H{left:.1f}z" for a, b in spans)
    edges = "".join(f"M{left:.1f} {y:.1f}H{right:.1f}" for y in _edges(belief, spans))
    top, bottom = spans[0][0], spans[-1][1]
    strike = ""
    if belief.status == "cancelled":
        a, b = min(top, bottom - 14), max(bottom, top + 14)
        strike = f"M{left:.1f} {a:.1f}V{b:.1f}M{left + 10:.1f} {(a + b) / 2 + 5:.1f}l10 -10m-10 0l10 10"
    return Step(belief.status, area, edges, strike, Box(left, top, right, bottom))


def _reach(frame: Frame, belief: BeliefBand) -> tuple[float, float]:
    """From the middle of the day it began to that of the day the next began, or to now."""
    left = frame.across.middle(belief.since)
    if belief.until is not None:
        return left, max(left, frame.across.middle(belief.until))
    return left, max(left, frame.across.behind(frame.now)) if frame.across.holds(frame.now) else frame.across.right


def _thick(span: tuple[float, float]) -> tuple[float, float]:
    middle, half = (span[0] + span[1]) / 2, max(THINNEST, span[1] - span[0]) / 2
    return middle - half, middle + half


def _edges(belief: BeliefBand, spans: Sequence[tuple[float, float]]) -> list[float]:
    """The ends that are known: an open one has no line."""
    ys = [y for span in spans for y in span]
    return ys[1 if belief.end is None else 0 : -1 if belief.start is None else None]


def _risers(frame: Frame, held: Sequence[BeliefBand], steps: Sequence[Step]) -> str:
    """A thin line from the old days to the new ones where these lie apart from them or within."""
    lines = []
    for belief, (before, after) in zip(held[1:], pairwise(steps), strict=True):
        x = frame.across.middle(belief.since)
        top, bottom = min(before.box.top, after.box.top), max(before.box.bottom, after.box.bottom)
        lines.append(f"M{x:.1f} {top:.1f}V{bottom:.1f}")
    return "".join(lines)


def _notes(
    frame: Frame, held: Sequence[BeliefBand], steps: Sequence[Step], words: Words, taken: Sequence[Box]
) -> list[Text]:
    """Some steps in words, each where it covers nothing: the last step first, then those that moved most."""
    told: list[Text] = []
    loud = {"cancelled": 0, "moved": 1, "corrected": 1, "first": 2, "narrowed": 3, "revised": 4, "status": 4}
    rank = {
        b.since: (i != len(held) - 1, 0 if b.status == "cancelled" else loud.get(b.change, 5))
        for i, b in enumerate(held)
    }
    for belief, step in sorted(zip(held, steps, strict=True), key=lambda pair: (rank[pair[0].since], pair[0].since)):
        text = words.notes.get(belief.since, "")
        if not text or len(told) >= MAX_NOTES:
            continue
        others = [*taken, *(n.box for n in told), *(s.box for s in steps if s is not step)]
        found = next((t for t in _places(frame, step, text) if _free(frame, t, others)), None)
        if found:
            told.append(found)
    return told


def _places(frame: Frame, step: Step, text: str) -> Iterable[Text]:
    """Where the words of a step may stand: over its band, in it, under it; from its beginning, then before that."""
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
