"""Exact counts of matching events: from the tallies where they have the columns, else from the rows.

A window counts what begins in it, what began before and still lasts, and what reaches farther than a year. Only
the first is many, and of it whole months are tallied; the rest is read from an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from timeline.extraction.dates.calendar import add_months
from timeline.models import Tally
from timeline.models.dated import SPAN, Reach
from timeline.models.tally import ANY
from timeline.query import search
from timeline.query.conditions import LAPSED
from timeline.query.events import EventQuery, in_one
from timeline.query.parameters import FIELDS

MIN_TALLIED_DAYS = 62  # of a window; a shorter one is counted from the rows
SHORT = Q(reach__in=tuple(SPAN))


# --- how many -----------------------------------------------------------------------------------


def total(chosen: EventQuery, today: date) -> int:
    """Return how many events match."""
    return by_kind(chosen, today).total()


def by_kind(chosen: EventQuery, today: date) -> Counter[str]:
    """Count matching events by kind, by one statement."""
    if chosen.as_of is not None:
        return Counter(dict(chosen.queryset(today).values_list("event__kind").annotate(total=Count("pk_of"))))
    months, rest = split_window(chosen, today) if is_tallied(chosen) else (None, chosen.parts(today))
    parts = [tally(chosen, months).values_list("kind").annotate(total=Sum("n"))] if months else []
    counted = _counted(chosen)
    parts += [chosen.matching(part, today).values_list("kind").annotate(total=counted) for part in rest]
    found: Counter[str] = Counter()
    for kind, n in in_one(parts) if parts else ():
        found[kind] += int(n)  # PostgreSQL adds integers up to decimals
    return found


def _counted(chosen: EventQuery) -> Count:
    """Return the number of events among rows of `matching`: of several actors or sources an event has several."""
    return Count(chosen.pk, distinct=len(chosen.country or chosen.blocs or chosen.source) > 1)


def is_tallied(chosen: EventQuery) -> bool:
    """Tell whether `Tally` has the columns of all conditions: of an actor it has the kind alone."""
    others = [name for name, parameter in FIELDS.items() if not parameter.tallied]
    if LAPSED in chosen.status or any(getattr(chosen, name) for name in others):
        return False
    actors = len(chosen.country) + len(chosen.bloc)
    return not actors or (actors == 1 and not (chosen.type or chosen.status or chosen.precision or chosen.curated))


Months = tuple[date | None, date | None]  # first day of the first month, and of the month after the last; None open


def split_window(chosen: EventQuery, today: date) -> tuple[Months | None, list[Q]]:
    """Split the window into whole months of events of at most a year, and parts (conditions) for the rest.

    (None, None) stands for all months and all events; there is no rest then. None: no whole months.
    """
    first, last = chosen.days(today)
    if first is None and last is None:
        return (None, None), []
    if first and last and (last - first).days < MIN_TALLIED_DAYS:
        return None, chosen.parts(today)
    begin = add_months(first.replace(day=1), 1) if first else None
    behind = last.replace(day=1) if last else None
    rest = chosen.long_parts(today)
    if first is not None and begin is not None:
        rest += [*chosen.carried_parts(first), SHORT & Q(day__gte=first, day__lt=begin)]
    if last is not None:
        rest.append(SHORT & Q(day__gte=behind, day__lte=last))
    return (begin, behind), rest


def tally(chosen: EventQuery, months: Months, *, by_category: bool = False) -> QuerySet[Tally]:
    """Return the tallies of these months, of the actor if one is set; `by_category`: by type, status and so on."""
    by_category = by_category or bool(chosen.type or chosen.status or chosen.precision or chosen.curated)
    of = (*chosen.country, *chosen.bloc, "" if by_category else ANY)[0]
    rows = in_months(Tally.objects.filter(of=of), months)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.type:
        rows = rows.filter(type__in=chosen.type)
    if chosen.status:
        rows = rows.filter(status__in=chosen.status)
    if chosen.precision:
        rows = rows.filter(precision__in=chosen.precision)
    return rows.filter(curated=chosen.curated == "yes") if chosen.curated else rows


def in_months(rows: QuerySet[Tally], months: Months) -> QuerySet[Tally]:
    """Keep tallies of these months (end exclusive) and of events of at most a year; (None, None) keeps all."""
    begin, behind = months
    if begin is not None:
        rows = rows.filter(month__gte=begin)
    if behind is not None:
        rows = rows.filter(month__lt=behind)
    return rows.order_by() if months == (None, None) else rows.filter(SHORT).order_by()


# --- when ---------------------------------------------------------------------------------------


def by_month(chosen: EventQuery, today: date) -> Counter[tuple[date, str]]:
    """Count events by (first day of the month in which they begin, kind), ignoring the window."""
    everywhere = replace(chosen, window="", start=None, end=None)
    found: Counter[tuple[date, str]] = Counter()
    if is_tallied(everywhere):
        rows = tally(everywhere, (None, None)).values_list("month", "kind").annotate(total=Sum("n"))
        found.update({(month, kind): n for month, kind, n in rows})
        return found
    if everywhere.as_of is not None:
        rows = everywhere.queryset(today).annotate(month=TruncMonth("at")).values_list("month", "event__kind")
        found.update({(month, kind): n for month, kind, n in rows.annotate(total=Count("pk_of"))})
        return found
    if everywhere == type(everywhere)(words=chosen.words, kind=chosen.kind):
        counted = search.count_by_month(chosen.words, chosen.kind)
        if counted is not None:
            return counted
    for month, kind, n in _grouped(everywhere, Q(), today, TruncMonth("day")):
        found[month, kind] += n
    return found


def by_day(chosen: EventQuery, today: date, first: date, last: date) -> Counter[tuple[date, str]]:
    """Count events by (day on which they begin, kind), from `first` to `last`, both inclusive."""
    found: Counter[tuple[date, str]] = Counter()
    if chosen.as_of is not None:
        rows = replace(chosen, window="", start=first, end=last).queryset(today).filter(at__gte=first, at__lte=last)
        days = rows.values_list("at", "event__kind").annotate(total=Count("pk_of"))
        found.update({(day, kind): n for day, kind, n in days})
        return found
    parts = [Q(reach=reach, day__gte=first, day__lte=last) for reach in Reach]
    for day, kind, n in in_one([_grouped(chosen, part, today, F("day")) for part in parts]):
        found[day, kind] += n
    return found


def by_span(
    chosen: EventQuery, today: date, spans: Sequence[tuple[date, date]], months: Counter[tuple[date, str]]
) -> Counter[tuple[int, str]]:
    """Count events by (index of the span in which they begin, kind); spans are sorted, disjoint, both ends inclusive.

    `months`: the result of `by_month`; spans that are not whole months are counted by day.
    """
    found: Counter[tuple[int, str]] = Counter()
    ragged = []
    for place, (first, last) in enumerate(spans):
        if first.day > 1 or (last + timedelta(days=1)).day > 1:
            ragged.append(place)
            continue
        for month, kind in [key for key in months if first <= key[0] <= last]:
            found[place, kind] += months[month, kind]
    for run in _runs(ragged):
        for (day, kind), n in by_day(chosen, today, spans[run[0]][0], spans[run[-1]][1]).items():
            place = next(i for i in run if spans[i][0] <= day <= spans[i][1])
            found[place, kind] += n
    return found


def _runs(places: Sequence[int]) -> Iterator[list[int]]:
    """Group consecutive numbers."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _grouped(chosen: EventQuery, part: Q, today: date, when: Any) -> QuerySet[Any]:
    """Return the rows (when, kind, how many)."""
    rows = chosen.matching(part, today).annotate(when=when).values_list("when", "kind")
    counted: QuerySet[Any] = rows.annotate(total=_counted(chosen))
    return counted
