"""How many events match, by what: from the tallies where they know it, else from the rows. Always exact.

A window counts what begins in it, what began before and still lasts, and what reaches farther than a year. Only
the first is many, and of it whole months are tallied; the rest is read from an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth

from timeline.asking import LAPSED
from timeline.extraction.dates.interval import add_months
from timeline.finding import Conditions
from timeline.models import Actor, EventParticipant, EventSource, Source, Tally
from timeline.models.dated import LONGEST, SPAN, Precision
from timeline.schemas import SETTLED

LIVE_DAYS = 62  # a window so short is counted from the rows
TOP = 60  # values of one facet, the most frequent
FAR = Q(reach=2)
NEAR = Q(reach__lt=2)


class Sort(NamedTuple):
    """Events of one sort, by values of parameters; the status may be `lapsed`."""

    kind: str
    type: str
    status: str
    precision: str
    curated: str


OF_SORT = Sort._fields


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one parameter with how many events they would give, all else as it is."""

    name: str
    values: list[tuple[str, int]]


# --- how many -----------------------------------------------------------------------------------


def total(chosen: Conditions, today: date) -> int:
    """How many events match."""
    if chosen.as_of is not None:
        return int(chosen.whole(today).count())
    if not _tallied(chosen):
        return sum(_count(chosen, part, today) for part in chosen.parts(today))
    months, rest = _pieces(chosen, today)
    tallied = _tally(chosen, months).aggregate(n=Sum("n"))["n"] or 0 if months else 0
    return tallied + sum(_count(chosen, part, today) for part in rest)


def _count(chosen: Conditions, part: Q, today: date) -> int:
    return int(chosen.once(chosen.asked(part, today).values(chosen.pk)).count())


def _tallied(chosen: Conditions) -> bool:
    """Whether the tallies know these conditions: of an actor they know no more than the kind."""
    if chosen.source or chosen.words or chosen.reported or chosen.new or chosen.moved or chosen.contradicted:
        return False
    if chosen.as_of is not None or LAPSED in chosen.status:
        return False
    actors = len(chosen.country) + len(chosen.bloc)
    return not actors or (actors == 1 and not (chosen.type or chosen.status or chosen.precision or chosen.curated))


Months = tuple[date | None, date | None]  # first days of the first month and of the month behind the last; None open


def _pieces(chosen: Conditions, today: date, event: str | None = None) -> tuple[Months | None, list[Q]]:
    """The window as whole months of what reaches no farther than a year, and parts for all the rest.

    (None, None) are all months, and of all events: then there is no rest. `event`: as of `Conditions.parts`.
    """
    first, last = chosen.days(today)
    if first is None and last is None:
        return (None, None), []
    if first and last and (last - first).days < LIVE_DAYS:
        return None, chosen.parts(today, event)
    begin = add_months(first.replace(day=1), 1) if first else None
    behind = last.replace(day=1) if last else None
    *near, far = chosen.parts(today, event)
    rest = [far]
    if first is not None and begin is not None:
        carried = [part & Q(day__lt=first) for part in near]
        rest += [*carried, NEAR & Q(day__gte=first, day__lt=begin)]
    if last is not None:
        rest.append(NEAR & Q(day__gte=behind, day__lte=last))
    return (begin, behind), rest


def _tally(chosen: Conditions, months: Months) -> QuerySet[Tally]:
    """What is tallied of these months, of the one actor if any is asked for."""
    rows = _months(Tally.objects.filter(actor=(*chosen.country, *chosen.bloc, "")[0]), months)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.type:
        rows = rows.filter(type__in=chosen.type)
    if chosen.status:
        rows = rows.filter(status__in=chosen.status)
    if chosen.precision:
        rows = rows.filter(precision__in=chosen.precision)
    return rows.filter(curated=chosen.curated == "yes") if chosen.curated else rows


def _months(rows: QuerySet[Tally], months: Months) -> QuerySet[Tally]:
    begin, behind = months
    if begin is not None:
        rows = rows.filter(month__gte=begin)
    if behind is not None:
        rows = rows.filter(month__lt=behind)
    return rows.order_by() if months == (None, None) else rows.filter(NEAR).order_by()


# --- when ---------------------------------------------------------------------------------------


def by_month(chosen: Conditions, today: date) -> Counter[tuple[date, str]]:
    """How many events begin in each month, whatever the window: by (first day of the month, kind)."""
    everywhere = replace(chosen, window="", start=None, end=None)
    found: Counter[tuple[date, str]] = Counter()
    if _tallied(everywhere):
        rows = _tally(everywhere, (None, None)).values_list("month", "kind").annotate(total=Sum("n"))
        found.update({(month, kind): n for month, kind, n in rows})
        return found
    if everywhere.as_of is not None:
        rows = everywhere.whole(today).annotate(month=TruncMonth("at")).values_list("month", "event__kind")
        found.update({(month, kind): n for month, kind, n in rows.annotate(total=Count("pk_of"))})
        return found
    for month, kind, n in _grouped(everywhere, Q(), today, TruncMonth("day")):
        found[month, kind] += n
    return found


def by_day(chosen: Conditions, today: date, first: date, last: date) -> Counter[tuple[date, str]]:
    """How many events begin on each day from `first` to `last`, both inclusive: by (day, kind)."""
    found: Counter[tuple[date, str]] = Counter()
    if chosen.as_of is not None:
        rows = replace(chosen, window="", start=first, end=last).whole(today).filter(at__gte=first, at__lte=last)
        days = rows.values_list("at", "event__kind").annotate(total=Count("pk_of"))
        found.update({(day, kind): n for day, kind, n in days})
        return found
    for reach in (*SPAN, 2):
        part = Q(reach=reach, day__gte=first, day__lte=last)
        for day, kind, n in _grouped(chosen, part, today, F("day")):
            found[day, kind] += n
    return found


def begun(
    chosen: Conditions, today: date, spans: Sequence[tuple[date, date]], months: Counter[tuple[date, str]]
) -> Counter[tuple[int, str]]:
    """How many events begin in each of these spans (in order, apart, both ends inclusive): by (place of the span, kind).

    `months`: what `by_month` gives; spans that are not whole months are read by day.
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
    """Places that follow one another, together."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _grouped(chosen: Conditions, part: Q, today: date, when: Any) -> Iterator[tuple[date, str, int]]:
    rows = chosen.asked(part, today).annotate(when=when).values_list("when", "kind")
    yield from rows.annotate(total=Count(chosen.pk, distinct=len(chosen.country or chosen.bloc or chosen.source) > 1))


# --- by what ------------------------------------------------------------------------------------


def facets(chosen: Conditions, today: date) -> list[Facet]:
    """For each parameter the values that occur, with how many events each would give beside all other conditions."""
    free = replace(chosen, kind="", type=(), status=(), precision=(), curated="")
    sorts = _sorts(free, today)
    found = []
    for place, name in enumerate(OF_SORT):
        counted: Counter[str] = Counter()
        for sort, n in sorts.items():
            if all(_fits(chosen, other, sort[i]) for i, other in enumerate(OF_SORT) if other != name):
                counted[sort[place]] += n
        found.append(Facet(name, _ordered(counted, getattr(chosen, name))))
    return [*found, *_actors(chosen, today), _sources(chosen, today)]


def _fits(chosen: Conditions, name: str, value: str) -> bool:
    wanted = getattr(chosen, name)
    return not wanted or (value in wanted if isinstance(wanted, tuple) else value == wanted)


def _ordered(counted: Counter[str], chosen: str | Sequence[str]) -> list[tuple[str, int]]:
    """The most frequent, and what is chosen even where it would give nothing."""
    kept = [(value, n) for value, n in counted.most_common(TOP) if n > 0]
    wanted = [chosen] if isinstance(chosen, str) else chosen
    known = {value for value, _ in kept}
    return kept + [(value, counted[value]) for value in wanted if value and value not in known]


def _sorts(chosen: Conditions, today: date) -> Counter[Sort]:
    """All that match, by sort. `chosen` has no condition on what a sort tells."""
    found: Counter[Sort] = Counter()
    if not _tallied(chosen) or chosen.country or chosen.bloc:
        parts = [chosen.whole(today)] if chosen.as_of else [chosen.asked(part, today) for part in chosen.parts(today)]
        for rows in parts:
            found.update(_read(rows, chosen, today))
        return found
    months, rest = _pieces(chosen, today)
    if months:
        for piece, past in _by_age(months, today):
            if past is None:
                begin, behind = piece
                rest.append(NEAR & Q(day__gte=begin, day__lt=behind))
                continue
            tallied = _tally(chosen, piece).values_list(*OF_SORT).annotate(total=Sum("n"))
            for kind, type, status, precision, curated, n in tallied:
                found[_sort(kind, type, status, precision, curated, bool(past))] += n
        if months == (None, None):
            rest.append(FAR)
    for part in rest:
        found.update(_read(chosen.asked(part, today), chosen, today))
    return found


def _sort(kind: str, type: str, status: str, precision: str, curated: bool, past: bool) -> Sort:
    state = LAPSED if past and status not in SETTLED else status
    return Sort(kind, type, state, precision, "yes" if curated else "no")


def _by_age(months: Months, today: date) -> Iterator[tuple[Months, bool | None]]:
    """Whole months cut by whether their days are over: True, False, and None where rows must tell."""
    begin, behind = months
    old = (today - timedelta(days=LONGEST[Precision.YEAR])).replace(day=1)
    ahead = add_months(today.replace(day=1), 1)
    early, late = begin or date.min, behind or date.max
    if early < old:
        yield (early, min(old, late)), True
    if max(early, old) < min(late, ahead):
        yield (max(early, old), min(late, ahead)), None
    if late > ahead:
        yield (max(early, ahead), late), False


def _read(rows: QuerySet[Any], chosen: Conditions, today: date) -> Counter[Sort]:
    known_on = min(chosen.as_of, today) if chosen.as_of else today
    past = Case(When(end__lt=known_on, then=Value(True)), default=Value(False), output_field=BooleanField())
    event = "event__" if chosen.as_of else chosen.event
    status = "status" if chosen.as_of else f"{event}status"
    columns = (f"{event}kind", f"{event}type", status, f"{event}precision", f"{event}curated")
    counted = Count("pk_of") if chosen.as_of else Count(chosen.pk, distinct=bool(chosen.event))
    found: Counter[Sort] = Counter()
    for kind, type, told, precision, curated, over, n in (
        rows.annotate(over=past).values_list(*columns, "over").annotate(total=counted)
    ):
        found[_sort(kind, type, told, precision, curated, over)] += n
    return found


def _actors(chosen: Conditions, today: date) -> list[Facet]:
    """Countries and blocs; each counted without its own condition."""
    countries = _participants(replace(chosen, country=()), today)
    same = not (chosen.country or chosen.bloc)
    blocs = countries if same else _participants(replace(chosen, bloc=()), today)
    are = set(Actor.objects.filter(pk__in=countries | blocs, kind=Actor.Kind.BLOC).values_list("pk", flat=True))
    no_blocs = Counter({code: n for code, n in countries.items() if code not in are})
    only_blocs = Counter({code: n for code, n in blocs.items() if code in are})
    return [Facet("country", _ordered(no_blocs, chosen.country)), Facet("bloc", _ordered(only_blocs, chosen.bloc))]


def _participants(chosen: Conditions, today: date) -> Counter[str]:
    """How many events each actor takes part in."""
    found: Counter[str] = Counter()
    months, rest = None, chosen.parts(today, "event__")
    if _nothing_but_kind(chosen):
        months, rest = _pieces(chosen, today, "event__")
    if months:
        rows = _months(Tally.objects.exclude(actor=""), months)
        rows = rows.filter(kind=chosen.kind) if chosen.kind else rows
        found.update(dict(rows.values_list("actor").annotate(total=Sum("n"))))
    for code, n in _of_rows(chosen, EventParticipant, "actor", rest, today):
        found[code] += n
    return found


def _nothing_but_kind(chosen: Conditions) -> bool:
    rest = replace(chosen, kind="", window="", start=None, end=None)
    return not any(getattr(rest, field.name) for field in fields(rest))


def _sources(chosen: Conditions, today: date) -> Facet:
    free = replace(chosen, source=())
    counted: Counter[int] = Counter()
    for pk, n in _of_rows(free, EventSource, "source", free.parts(today, "event__"), today):
        counted[pk] += n
    slugs = dict(Source.objects.filter(pk__in=counted).values_list("pk", "slug"))
    return Facet("source", _ordered(Counter({slugs[pk]: n for pk, n in counted.items()}), chosen.source))


def _of_rows(
    chosen: Conditions,
    table: type[EventParticipant] | type[EventSource],
    column: str,
    parts: Iterable[Q],
    today: date,
) -> Iterator[tuple[Any, int]]:
    """How often each value of a column occurs in the rows of a table that belong to matching events."""
    if chosen.as_of is not None:
        rows = table._default_manager.filter(event__in=chosen.whole(today).values("pk_of")).order_by()
        yield from rows.values_list(column).annotate(total=Count("event"))
        return
    for part in parts:
        rows = table._default_manager.filter(chosen.beside(part, today)).order_by()
        yield from rows.values_list(column).annotate(total=Count("pk"))
