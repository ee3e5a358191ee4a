"""The lists of the dashboard. Each is one filter, so that its feed has the same events.

A list reads few rows, however many events there are: its candidates come from the stretch of an index that begins with
the newest, and the filter then selects among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from timeline.display.dates import day_words, span_words
from timeline.display.event import SETTLED, EventView, lapsed_before, view_beliefs, view_events
from timeline.display.sentences import change_words, state_words
from timeline.models import Claim, Contradiction, Event, EventBelief
from timeline.models.dated import LONGEST, Precision
from timeline.query.conditions import LAPSED, MOVES, PUT_OFF
from timeline.query.filter import EventFilter
from timeline.query.form import page_url
from timeline.query.windows import days_of, window_label

MAX_ROWS = 12  # of each list
MAX_CANDIDATES = 100  # newest moves or contradictions that a list is made of; an event may have several
LAPSED_DAYS = 90
OLD_AFTER_DAYS = 365  # days without a report after which the dashboard is shown as out of date
WEEK = (Precision.DAY, Precision.WEEK)
# The lengths of events listed for the next days: an event of a whole year would be in each list.
AHEAD = {
    "next-7": WEEK,
    "next-30": (*WEEK, Precision.MONTH),
    "next-90": (*WEEK, Precision.MONTH, Precision.QUARTER),
}
Pair = tuple[Claim, Claim]


@dataclass(frozen=True, slots=True)
class Line:
    """One event of a list.

    `before`, `after` and `change` describe a move; `sides`: (source, days, date of report) of each differing claim.
    """

    event: EventView
    before: str = ""
    after: str = ""
    change: str = ""
    sides: tuple[tuple[str, str, str], ...] = ()

    @property
    def state(self) -> str:
        return state_words(self.event.state)


@dataclass(frozen=True, slots=True)
class Section:
    """A list of the dashboard. `more`: whether events are left out; `total`: their number where counting is cheap."""

    name: str
    heading: str
    chosen: EventFilter
    lines: list[Line]
    more: bool = False
    total: int | None = None

    @property
    def query(self) -> str:
        """The query string that gives the same events in every feed."""
        return self.chosen.to_query()

    @property
    def url(self) -> str:
        """The timeline of the same events.

        All days where the filter has no window, since without one the page would show only the next months.
        """
        return page_url(self.chosen if self.chosen.bounded else replace(self.chosen, window="all"))

    @property
    def vaguer_url(self) -> str:
        """The same days with events of every length; "" where all lengths are listed."""
        return page_url(replace(self.chosen, precision=())) if self.chosen.precision else ""


# --- next events --------------------------------------------------------------------------------


def ahead(today: date, as_of: date | None) -> list[Section]:
    """Return the next 7, 30 and 90 days: the most important events in order of day, each in its first list."""
    filters = [EventFilter(window=name, precision=lengths, as_of=as_of) for name, lengths in AHEAD.items()]
    believed = [] if as_of else _most_important(filters, today)
    sections: list[Section] = []
    listed: set[str] = set()
    for place, chosen in enumerate(filters):
        limit = MAX_ROWS + len(listed)
        events, total = believed[place] if believed else _next_as_of(chosen, limit, today)
        section = _next(chosen, events[:limit], total, listed)
        listed |= {line.event.id for line in section.lines}
        sections.append(section)
    return sections


def _next(chosen: EventFilter, events: Sequence[EventView], total: int | None, listed: set[str]) -> Section:
    """Return a section without the events of earlier sections; each window includes the one before, at every length."""
    shown = [event for event in events if event.id not in listed][:MAX_ROWS]
    return Section(
        name=chosen.window,
        heading=window_label(chosen.window),
        chosen=chosen,
        lines=[Line(event) for event in sorted(shown, key=lambda event: (event.day, event.id))],
        more=total is None or total > len(shown) + len(listed),
        total=total,
    )


def _most_important(filters: Sequence[EventFilter], today: date) -> list[tuple[list[EventView], int]]:
    """Return for each filter the events of most weight, enough for its section, and how many match.

    None of these lengths exceeds a year. The events of all are loaded together.
    """
    ids: list[list[str]] = []
    for place, chosen in enumerate(filters):
        found: list[tuple[int, date, str]] = []
        for part in chosen.short_parts(today):
            rows = chosen.matching(part, today).order_by("-weight", "day", "pk")
            found += rows.values_list("weight", "day", "pk")[: MAX_ROWS * (place + 1)]
        found.sort(key=lambda row: (-row[0], row[1], row[2]))
        ids.append([pk for _, _, pk in found[: MAX_ROWS * (place + 1)]])
    views = {event.id: event for event in EventFilter.load(dict.fromkeys(chain(*ids)), today)}
    totals = [chosen.count(today) for chosen in filters]
    return [([views[pk] for pk in of if pk in views], n) for of, n in zip(ids, totals, strict=True)]


def _next_as_of(chosen: EventFilter, limit: int, today: date) -> tuple[list[EventView], int | None]:
    """Return the same as known on a day, with None where counting the matches would cost too much."""
    first, last = chosen.days(today)
    assert first is not None
    begin = first - timedelta(days=LONGEST[Precision.QUARTER])
    rows = chosen.queryset(today).filter(start__gte=begin, start__lte=last).order_by("-event__weight", "at", "pk_of")
    found = list(rows.select_related("event")[:limit])
    total = len(found) if len(found) < limit else None
    return view_beliefs(found, today, chosen.as_of or today), total


# --- news ---------------------------------------------------------------------------------------


def news(today: date, as_of: date | None) -> dict[str, Section]:
    """Return what moved since yesterday and earlier in the week, what lapsed, where sources differ, what is new."""
    filters = _filters(as_of or today, as_of)
    pairs = _pairs(as_of)
    moved = _moves(filters["week"], today)
    yesterday, _ = days_of(filters["yesterday"].moved, as_of or today)
    candidates = {
        "yesterday": dict.fromkeys(pk for since, pk in moved if yesterday and since >= yesterday),
        "week": dict.fromkeys(pk for _, pk in moved),
        "lapsed": _lapsed_ids(filters["lapsed"], today),
        "contradicted": list(pairs),
        "new": _new_ids(filters["new"], today),
    }
    found = {name: _matching(filters[name], ids, today) for name, ids in candidates.items()}
    found["week"] = [row for row in found["week"] if row.pk_of not in {r.pk_of for r in found["yesterday"]}]
    views = _views([row for rows in found.values() for row in rows[:MAX_ROWS]], today, as_of)
    moves = _belief_histories([row.pk_of for name in ("yesterday", "week") for row in found[name][:MAX_ROWS]], as_of)
    sections = {}
    for name, chosen in filters.items():
        shown = [views[row.pk_of] for row in found[name][:MAX_ROWS]]
        lines = [_line(event, moves.get(event.id), pairs.get(event.id), chosen, today) for event in shown]
        sections[name] = Section(name, _headings()[name], chosen, lines, more=len(found[name]) > MAX_ROWS)
    return sections


def _filters(base: date, as_of: date | None) -> dict[str, EventFilter]:
    first, last = base - timedelta(days=LAPSED_DAYS), lapsed_before(base) - timedelta(days=1)
    return {
        "yesterday": EventFilter(moved="last-1", as_of=as_of),
        "week": EventFilter(moved="last-7", as_of=as_of),
        "lapsed": EventFilter(status=(LAPSED,), start=first, end=last, as_of=as_of),
        "contradicted": EventFilter(contradicted="yes", as_of=as_of),
        "new": EventFilter(new="last-7", as_of=as_of),
    }


def _headings() -> dict[str, str]:
    return {
        "yesterday": gettext("Since yesterday"),
        "week": gettext("Earlier in the past 7 days"),
        "lapsed": gettext("Passed, unconfirmed"),
        "contradicted": gettext("Sources disagree"),
        "new": gettext("New in the last 7 days"),
    }


def _matching(chosen: EventFilter, ids: Iterable[str], today: date) -> list[Any]:
    """Return the rows of these events that match the filter, in the given order.

    Rows of Event, or of EventBelief with `as_of`.
    """
    wanted = list(ids)
    if chosen.as_of is None:
        rows = chosen.queryset(today).filter(pk__in=wanted)
    else:
        rows = chosen.queryset(today).filter(event__in=wanted).select_related("event")
    found = {row.pk_of: row for row in rows}
    return [found[pk] for pk in wanted if pk in found]


def _views(rows: list[Any], today: date, as_of: date | None) -> dict[str, EventView]:
    once = list({row.pk_of: row for row in rows}.values())
    views = view_events(once, today) if as_of is None else view_beliefs(once, today, as_of)
    return {view.id: view for view in views}


def _line(
    event: EventView, beliefs: list[EventBelief] | None, pair: Pair | None, chosen: EventFilter, today: date
) -> Line:
    if chosen.contradicted and pair:
        return Line(event, sides=tuple(_side(claim) for claim in pair))
    if chosen.moved and beliefs:
        return _move(event, beliefs, chosen, today)
    return Line(event)


# --- candidates ---------------------------------------------------------------------------------


def _moves(chosen: EventFilter, today: date) -> list[tuple[date, str]]:
    """Return (day, event) of the newest changes of days or status in the span, the newest first."""
    first, last = days_of(chosen.moved, chosen.as_of or today)
    newest: list[tuple[date, str]] = []
    for change in (*(Q(change=move) for move in MOVES), Q(change="status", status__in=PUT_OFF)):
        rows = EventBelief.objects.filter(change, since__gte=first, since__lte=last).order_by("-since", "event")
        newest += rows.values_list("since", "event")[:MAX_CANDIDATES]
    return sorted(newest, key=lambda found: (-found[0].toordinal(), found[1]))


def _lapsed_ids(chosen: EventFilter, today: date) -> list[str]:
    """Return events by their last day, from yesterday backwards."""
    if chosen.as_of is not None:
        return list(chosen.queryset(today).order_by("-end", "pk_of").values_list("pk_of", flat=True)[: MAX_ROWS + 1])
    rows = Event.objects.filter(end__gte=chosen.start, end__lte=chosen.end, merged_into=None, retracted=False)
    return list(rows.exclude(status__in=SETTLED).order_by("-end", "pk").values_list("pk", flat=True)[: MAX_ROWS + 1])


def _new_ids(chosen: EventFilter, today: date) -> list[str]:
    first, last = days_of(chosen.new, chosen.as_of or today)
    rows = Event.objects.filter(first_reported__gte=first, first_reported__lte=last, merged_into=None, retracted=False)
    return list(rows.order_by("-first_reported", "pk").values_list("pk", flat=True)[: MAX_ROWS + 1])


def _pairs(as_of: date | None) -> dict[str, Pair]:
    """Return for each event the newest two claims that differ, the newest first."""
    rows = Contradiction.objects.filter(event__merged_into=None, event__retracted=False)
    if as_of is not None:
        rows = rows.filter(first__reported__lte=as_of, second__reported__lte=as_of)
    sides = [f"{side}__article__source" for side in ("first", "second")]
    texts = [f"{side}__article__{text}" for side in ("first", "second") for text in ("markup", "text", "expressions")]
    found: dict[str, Pair] = {}
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[:MAX_CANDIDATES])  # else SQLite begins at the sources
    for row in Contradiction.objects.filter(pk__in=ids).select_related(*sides).defer(*texts).order_by("-pk"):
        found.setdefault(row.event_id, (row.first, row.second))
    return found


# --- before and after ---------------------------------------------------------------------------


def _belief_histories(ids: Iterable[str], as_of: date | None) -> dict[str, list[EventBelief]]:
    """Return all beliefs of these events, oldest first."""
    rows = EventBelief.objects.filter(event__in=list(ids)).order_by("event", "since")
    found: dict[str, list[EventBelief]] = defaultdict(list)
    for belief in rows.filter(since__lte=as_of) if as_of else rows:
        found[belief.event_id].append(belief)
    return found


def _move(event: EventView, beliefs: list[EventBelief], chosen: EventFilter, today: date) -> Line:
    """Describe a move from the belief before the span to the one after it.

    The days where they differ, else the status.
    """
    first, _ = days_of(chosen.moved, chosen.as_of or today)
    within = [i for i, belief in enumerate(beliefs) if i and first and belief.since >= first and _changes(belief)]
    if not within:
        return Line(event)
    before, last = beliefs[within[0] - 1], beliefs[within[-1]]
    change = f"{day_words(last.since)} · {change_words(last)}"
    states = (state_words(before.status), state_words(event.state))
    for words in ((span_words(before.when), event.span), states):
        if words[0] != words[1]:
            return Line(event, before=words[0], after=words[1], change=change)
    return Line(event, change=change)  # moved and moved back


def _changes(belief: EventBelief) -> bool:
    return belief.change in MOVES or (belief.change == "status" and belief.status in PUT_OFF)


def _side(claim: Claim) -> tuple[str, str, str]:
    return claim.article.source.name, span_words(claim.when), day_words(claim.reported)


# --- age of the data ----------------------------------------------------------------------------


def newest_report(today: date) -> date | None:
    """Return the newest day on which an event was reported."""
    claims = Claim.objects.exclude(event=None).filter(reported__lte=today).order_by("-reported")
    return claims.values_list("reported", flat=True).first()


def is_old(newest: date | None, today: date) -> bool:
    """Return whether the newest report is so old that the lists of today are empty only for that reason."""
    return newest is not None and (today - newest).days > OLD_AFTER_DAYS
