"""The belief chart of one event: its claims and beliefs from the database, with texts, in two sizes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext, ngettext, pgettext

from timeline.charts.beliefs.axes import SMALL, Words
from timeline.charts.beliefs.frame import BeliefBand, Bundle, ClaimPoint, Frame, Size, bundles, frame
from timeline.charts.beliefs.layout import Chart, Mark, draw
from timeline.charts.beliefs.shapes import Paint, Tips, dot, open_line, upright
from timeline.charts.shapes import Piece
from timeline.charts.text import text_width
from timeline.display.dates import day_words, month_words, span_words
from timeline.display.event import OWN_WORDS, EventView, known_claims
from timeline.display.sentences import change_words, state_words
from timeline.extraction.when import When
from timeline.models import Claim, EventBelief
from timeline.models.dated import WHEN_COLUMNS, Status, when_of_columns

MAX_DRAWN_CLAIMS = 3_000  # the newest claims; the band of beliefs covers the older ones
MAX_BELIEFS = 120  # steps of the band, the newest
MAX_QUOTE_CHARS = 120  # of a sentence in the tooltip of a mark
WIDE, NARROW = Size(880, 300, 84), Size(372, 300, 74, most=60)
TICK_GAP = 12.0  # px beside the text of a claimed day
LOW_PLOTS = ((1, 110.0), (2, 170.0), (3, 220.0))  # heights of plots with at most so many different claimed days
DAY_COLUMNS = WHEN_COLUMNS[:-1]  # all but the alternatives
COLUMNS = ("pk", "reported", *DAY_COLUMNS, "status")
EMPTY = "[]"  # lists are fetched as text, so that thousands of empty ones are not decoded


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """An entry of the legend."""

    status: str
    pieces: tuple[Piece, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A mark with its accessible name and its link."""

    mark: Mark
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One chart; `prefix` begins its ids in the page."""

    prefix: str
    chart: Chart
    marks: list[Linked]


@dataclass(frozen=True, slots=True)
class BeliefHistory:
    """The claims that are no reprints, newest first as in the list, and the beliefs, oldest first."""

    view: EventView
    now: date
    claims: list[ClaimPoint]
    bands: list[BeliefBand]
    notes: dict[date, str]

    @property
    def is_worth_drawing(self) -> bool:
        """Return whether two reports differ in their day or in what they claim, so that a chart is worth drawing."""
        return any((c.reported, c.says) != (self.claims[0].reported, self.claims[0].says) for c in self.claims)


def belief_history(view: EventView, beliefs: Sequence[EventBelief], today: date) -> BeliefHistory:
    """Fetch the claims in one query. `beliefs`: the known ones, newest first."""
    rows = known_claims(view.as_of).filter(OWN_WORDS, event=view.id).order_by("-reported", "-pk")
    lists = {"spans": Cast("alternatives", TextField()), "doubtful": Cast("doubts", TextField())}
    claims = [_claim_marks(row) for row in rows.values(*COLUMNS, **lists)[:MAX_DRAWN_CLAIMS]]
    known = [b for b in beliefs if b.start or b.end][:MAX_BELIEFS][::-1]
    bands = [_belief_marks(b, view.as_of) for b in known]
    return BeliefHistory(view, min(view.as_of or today, today), claims, bands, {b.since: _note(b) for b in known})


def _claim_marks(row: dict[str, Any]) -> ClaimPoint:
    spans = () if row["spans"] == EMPTY else json.loads(row["spans"])
    return ClaimPoint(
        id=row["pk"],
        reported=row["reported"],
        when=when_of_columns(*(row[name] for name in DAY_COLUMNS), spans),
        status=row["status"],
        doubtful=row["doubtful"] != EMPTY,
    )


def _belief_marks(belief: EventBelief, as_of: date | None) -> BeliefBand:
    """Return a belief; an end after the day `as_of` was not known then and is left out."""
    until = None if as_of and belief.until and belief.until > as_of else belief.until
    return BeliefBand(belief.since, until, belief.when, belief.status, belief.change, belief.claim_id)


# --- the charts ---------------------------------------------------------------------------------


def charts(
    history: BeliefHistory, total: int, address: Callable[[int], str]
) -> tuple[list[Drawn], list[LegendEntry], str]:
    """Return a wide and a narrow chart, the legend, and a note on what they leave out. Needs one more query.

    `total`: how many claims the list has. `address`: returns the URL, without fragment, of the page with the claim at a
    position of the list (from 0).
    """
    deciding = frozenset(b.claim for b in history.bands if b.claim)
    frames = [_frame(history, size) for size in (WIDE, NARROW)]
    chosen = [bundles(f, history.claims, deciding) for f in frames]
    names = _names({b.newest.id: b for shown, _ in chosen for b in shown})
    places = {claim.id: place for place, claim in enumerate(history.claims)}
    drawn = []
    for prefix, f, (shown, _) in zip(("wide", "narrow"), frames, chosen, strict=True):
        chart = draw(f, shown, history.bands, _words(history, f))
        order = sorted(chart.marks, key=lambda mark: -places[mark.id])  # the keyboard order begins at the first report
        urls = {mark.id: f"{address(places[mark.id])}#claim-{mark.id}" for mark in order}
        linked = [Linked(mark, names.get(mark.id, ""), urls[mark.id]) for mark in order]
        drawn.append(Drawn(prefix, chart, linked))
    shown, left = chosen[0]
    return drawn, _legend(shown), _left_out(shown, left + total - len(history.claims))


def _frame(history: BeliefHistory, size: Size) -> Frame:
    """Return the frame; a chart with few different days is low, and its left edge has room for the claimed days."""
    days = {c.when.days for c in history.claims} | {b.when.days for b in history.bands}
    plot = next((low for most, low in LOW_PLOTS if len(days) <= most), size.plot)
    made = frame(history.claims, history.bands, history.now, replace(size, plot=plot))
    widest = max((text_width(words, SMALL) for words in _claimed_day_ticks(made).values()), default=0.0)
    if widest + TICK_GAP <= size.left:
        return made
    return frame(history.claims, history.bands, history.now, replace(made.size, left=widest + TICK_GAP))


def _words(history: BeliefHistory, of: Frame) -> Words:
    known = gettext("As of %(day)s") % {"day": history.now.isoformat()}
    return Words(
        across={day: _tick(day, of.across.unit) for day in of.across.ticks()},
        headings={day: _heading(day, of.across.unit) for day in of.across.headings()},
        up=_claimed_day_ticks(of),
        notes=history.notes,
        now=known if history.view.as_of else gettext("Today"),
        past=gettext("already past when reported"),
    )


def _tick(day: date, unit: str) -> str:
    if unit == "day":
        return str(day.day)
    if unit == "week":
        return span_words(When(day, day), short=True)
    return month_words(day) if unit in ("month", "quarter") else str(day.year)


def _heading(day: date, unit: str) -> str:
    if unit not in ("day", "week"):
        return str(day.year)
    return pgettext("heading of a month", "%(month)s %(year)s") % _month(day)


def _month(day: date) -> dict[str, Any]:
    return {"month": month_words(day), "number": day.month, "year": day.year}


def _claimed_day_ticks(of: Frame) -> dict[date, str]:
    """Return the ticks of the claimed days; the first of each year includes the year, so that each is unambiguous."""
    words, year = {}, 0
    grain = {"day": "day", "week": "day", "month": "month", "quarter": "month"}.get(of.up.unit, "year")
    for day in of.up.ticks():
        if grain == "year":
            words[day] = str(day.year)
        elif grain == "month":
            words[day] = pgettext("heading of a month", "%(month)s %(year)s") % _month(day)
        else:
            words[day] = span_words(When(day, day), short=day.year == year)
        year = day.year
    return words


def _note(belief: EventBelief) -> str:
    """Describe a step in a few words, with the days where they changed."""
    if belief.status == Status.CANCELLED:
        return state_words(belief.status)
    span = {"span": span_words(belief.when)}
    if belief.change == "moved":
        return pgettext("a step of belief", "moved to %(span)s") % span
    if belief.change == "status":
        return state_words(belief.status)
    return span["span"] if belief.change in ("first", "narrowed") else f"{change_words(belief)}: {span['span']}"


def _names(drawn: dict[int, Bundle]) -> dict[int, str]:
    """Return the tooltip and accessible name of each mark: day, source, days, status, sentence."""
    fields = ("reported", *WHEN_COLUMNS, "status", "evidence")
    claims = Claim.objects.filter(pk__in=drawn).select_related("article__source")
    return {c.pk: _name(drawn[c.pk], c) for c in claims.only(*fields, "article__source__name")}


def _name(bundle: Bundle, claim: Claim) -> str:
    words = {"day": day_words(claim.reported), "source": claim.article.source.name, "span": span_words(claim.when)}
    quote = claim.evidence if len(claim.evidence) <= MAX_QUOTE_CHARS else claim.evidence[: MAX_QUOTE_CHARS - 1] + "…"
    words |= {"status": state_words(claim.status), "quote": quote}
    name = pgettext("name of a claim's mark", "%(day)s, %(source)s: %(span)s, %(status)s. “%(quote)s”") % words
    if bundle.count == 1:
        return name
    more = ngettext(
        "%(count)s more says the same, since %(first)s.",
        "%(count)s more say the same, since %(first)s.",
        bundle.count - 1,
    )
    return name + " " + more % {"count": bundle.count - 1, "first": day_words(bundle.first)}


def _left_out(shown: Sequence[Bundle], left: int) -> str:
    """Return the note on the marks: how many claims they stand for, and how many claims have none."""
    words, claims = [], sum(bundle.count for bundle in shown)
    if claims > len(shown):
        counts = {"claims": claims, "marks": len(shown)}
        words.append(
            gettext("%(claims)s reports are drawn as %(marks)s marks: identical reports close in time share one.")
            % counts
        )
    if left:
        words.append(
            ngettext(
                "%(count)s more report is in the list.",
                "%(count)s more reports are in the list.",
                left,
            )
            % {"count": left}
        )
    return " ".join(words)


def _legend(shown: Sequence[Bundle]) -> list[LegendEntry]:
    """Return the legend of the marks that occur: statuses first, then shapes."""
    claims = [bundle.newest for bundle in shown]
    sure = Paint("scheduled")
    plain = [s for s in Status.values if any(c.status == s and not c.doubtful for c in claims)]
    samples = [LegendEntry(s, dot(11, 9 if s == "postponed" else 13, 6, Paint(s)), state_words(s)) for s in plain]
    if any(c.doubtful for c in claims):
        samples.append(LegendEntry("scheduled", dot(11, 13, 6, Paint("scheduled", True)), gettext("uncertain reading")))
    windows = [c.when for c in claims if None not in c.when.days and not c.when.is_day]
    if any(not when.lasts and when.modifier != "by" for when in windows):
        samples.append(
            LegendEntry("scheduled", upright(11, [(2, 24)], 6, sure, Tips()), gettext("exact day not known"))
        )
    if any(when.lasts for when in windows):
        samples.append(
            LegendEntry("scheduled", upright(11, [(2, 24)], 6, sure, Tips(lasting=True)), gettext("whole period"))
        )
    if any(c.when.modifier == "by" for c in claims if not c.when.is_day):
        samples.append(LegendEntry("scheduled", upright(11, [(8, 25)], 6, sure, Tips(flag=True)), gettext("deadline")))
    if any(None in c.when.days for c in claims):
        samples.append(LegendEntry("scheduled", open_line(11, 2, 24, sure, Tips(open_top=True)), gettext("open end")))
    if any(len(c.when.alternatives) > 1 for c in claims):
        samples.append(
            LegendEntry("scheduled", upright(11, [(2, 10), (15, 24)], 6, sure, Tips()), gettext("one of two dates"))
        )
    return samples


def summary(history: BeliefHistory) -> str:
    """Return the history in one or two sentences: the text alternative of the chart."""
    if not history.claims or not history.bands:
        return ""
    if not history.is_worth_drawing:
        day = {"day": day_words(history.claims[0].reported)}
        return gettext("All reports are from %(day)s and agree; there is nothing to chart yet.") % day
    moves = sum(belief.change in ("moved", "revised", "narrowed", "corrected") for belief in history.bands)
    words = {
        "first": day_words(history.claims[-1].reported),
        "last": day_words(history.claims[0].reported),
        "count": moves,
    }
    if words["first"] == words["last"]:
        return gettext("All reported on %(first)s.") % words
    if not moves:
        return gettext("First reported on %(first)s, last on %(last)s; the date never changed.") % words
    return (
        ngettext(
            "First reported on %(first)s, last on %(last)s; the date changed once.",
            "First reported on %(first)s, last on %(last)s; the date changed %(count)s times.",
            moves,
        )
        % words
    )
