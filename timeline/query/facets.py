"""What a filter could be set to, and how many events each choice would give beside all other conditions; exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, CharField, Count, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from timeline.display.event import SETTLED
from timeline.extraction.dates.calendar import add_months
from timeline.models import Actor, EventParticipant, EventSource, Source, Tally
from timeline.models.dated import LONGEST, Precision
from timeline.models.tally import is_actor, of_newsroom
from timeline.query.conditions import LAPSED
from timeline.query.counts import NEAR, Months, is_tallied, of_months, pieces, tally
from timeline.query.events import EventQuery

FEW = 3_000  # events that are named one by one
TOP = 60  # values of one facet, the most frequent
ACTOR = Cast("actor", CharField())  # grouped by the column itself, SQLite walks each part once for every actor


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


def facets_of(chosen: EventQuery, today: date) -> list[Facet]:
    """For each parameter the values that occur, with how many events each would give beside all other conditions."""
    free = replace(chosen, kind="", type=(), status=(), precision=(), curated="")
    sorts = _sorts(free, today)
    wanted = [(place, name) for place, name in enumerate(OF_SORT) if getattr(chosen, name)]
    found = []
    for place, name in enumerate(OF_SORT):
        others = [(i, other) for i, other in wanted if other != name]
        counted: Counter[str] = Counter()
        for sort, n in sorts.items():
            if all(_fits(getattr(chosen, other), sort[i]) for i, other in others):
                counted[sort[place]] += n
        found.append(Facet(name, _ordered(counted, getattr(chosen, name))))
    return [*found, *_actors(chosen, today), _sources(chosen, today)]


def _fits(wanted: str | tuple[str, ...], value: str) -> bool:
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def _ordered(counted: Counter[str], chosen: str | Sequence[str]) -> list[tuple[str, int]]:
    """The most frequent, and what is chosen even where it would give nothing."""
    kept = [(value, n) for value, n in counted.most_common(TOP) if n > 0]
    wanted = [chosen] if isinstance(chosen, str) else chosen
    known = {value for value, _ in kept}
    return kept + [(value, counted[value]) for value in wanted if value and value not in known]


def _sorts(chosen: EventQuery, today: date) -> Counter[Sort]:
    """All that match, by sort. `chosen` has no condition on what a sort tells."""
    found: Counter[Sort] = Counter()
    if not is_tallied(chosen) or chosen.country or chosen.bloc:
        parts = (
            [chosen.queryset(today)] if chosen.as_of else [chosen.matching(part, today) for part in chosen.parts(today)]
        )
        for rows in parts:
            found.update(_read(rows, chosen, today))
        return found
    months, rest = pieces(chosen, today)
    if months:
        for piece, past in _by_age(months, today):
            rows = tally(chosen, piece, by_sort=True)
            if past is None:
                begin, behind = piece
                rows = rows.filter(status__in=SETTLED)
                rest.append(NEAR & Q(day__gte=begin, day__lt=behind) & ~Q(status__in=SETTLED))
            tallied = rows.values_list(*OF_SORT).annotate(total=Sum("n"))
            for kind, type, status, precision, curated, n in tallied:
                found[_sort(kind, type, status, precision, curated, bool(past))] += n
        if months == (None, None):
            rest += chosen.far(today)
    for part in rest:
        found.update(_read(chosen.matching(part, today), chosen, today))
    return found


def _sort(kind: str, type: str, status: str, precision: str, curated: bool, past: bool) -> Sort:
    state = LAPSED if past and status not in SETTLED else status
    return Sort(kind, type, state, precision, "yes" if curated else "no")


def _by_age(months: Months, today: date) -> Iterator[tuple[Months, bool | None]]:
    """Whole months cut by whether their days are over: True, False, and None where only rows can tell."""
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


def _read(rows: QuerySet[Any], chosen: EventQuery, today: date) -> Counter[Sort]:
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


def _actors(chosen: EventQuery, today: date) -> list[Facet]:
    """Countries and blocs; each counted without its own condition."""
    countries = _participants(replace(chosen, country=()), today)
    same = not (chosen.country or chosen.bloc)
    blocs = countries if same else _participants(replace(chosen, bloc=()), today)
    are = set(Actor.objects.filter(kind=Actor.Kind.BLOC).order_by().values_list("pk", flat=True))
    no_blocs = Counter({code: n for code, n in countries.items() if code not in are})
    only_blocs = Counter({code: n for code, n in blocs.items() if code in are})
    return [Facet("country", _ordered(no_blocs, chosen.country)), Facet("bloc", _ordered(only_blocs, chosen.bloc))]


def _participants(chosen: EventQuery, today: date) -> Counter[str]:
    """How many events each actor takes part in."""
    tallied, rest = _tallied(chosen, Tally.objects.all(), today)
    found = Counter({code: n for code, n in tallied.items() if is_actor(code)})
    for code, n in _of_rows(chosen, EventParticipant, ACTOR, rest, today):
        found[code] += n
    return found


def _sources(chosen: EventQuery, today: date) -> Facet:
    free = replace(chosen, source=())
    slugs = dict(Source.objects.order_by().values_list("pk", "slug"))
    newsrooms = {of_newsroom(pk): slug for pk, slug in slugs.items()}
    tallied, rest = _tallied(free, Tally.objects.filter(of__in=newsrooms), today)
    found = Counter({newsrooms[code]: n for code, n in tallied.items()})
    for pk, n in _of_rows(free, EventSource, "source", rest, today):
        found[slugs[pk]] += n
    return Facet("source", _ordered(found, chosen.source))


def _tallied(chosen: EventQuery, rows: QuerySet[Tally], today: date) -> tuple[Counter[str], list[Q]]:
    """What these rows count in whole months, by whom they are of, and the parts of the window that are left."""
    if not _nothing_but_kind(chosen):
        return Counter(), chosen.parts(today)
    months, rest = pieces(chosen, today)
    if months is None:
        return Counter(), rest
    rows = of_months(rows.filter(kind=chosen.kind) if chosen.kind else rows, months)
    return Counter(dict(rows.values_list("of").annotate(total=Sum("n")))), rest


def _nothing_but_kind(chosen: EventQuery) -> bool:
    rest = replace(chosen, kind="", window="", start=None, end=None)
    return not any(getattr(rest, field.name) for field in fields(rest))


def _of_rows(
    chosen: EventQuery,
    table: type[EventParticipant] | type[EventSource],
    column: str | Combinable,
    parts: Iterable[Q],
    today: date,
) -> Iterator[tuple[Any, int]]:
    """How often each value of a column occurs in the rows of a table that belong to matching events."""
    if chosen.as_of is not None:
        rows = table._default_manager.filter(event__in=chosen.queryset(today).values("pk_of")).order_by()
        yield from rows.values_list(column).annotate(total=Count("*"))
        return
    found = [chosen.related_q(part, today) for part in parts]
    if chosen.event:  # who takes part and who tells of it stands in two tables: few events are named
        ids = [pk for _, pk in chosen.keys(today, limit=FEW + 1)]
        found = [Q(event__in=ids)] if len(ids) <= FEW else found
    for q in found:
        rows = table._default_manager.filter(q).order_by()
        yield from rows.values_list(column).annotate(total=Count("*"))  # the index alone answers
