"""Facets: the values of each parameter that occur, with the exact number of events each would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, CharField, Count, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from timeline.display.event import SETTLED, lapsed_before
from timeline.extraction.dates.calendar import add_months
from timeline.models import Actor, EventParticipant, EventSource, Source, Tally
from timeline.models.dated import LONGEST, Precision
from timeline.models.tally import is_actor, of_newsroom
from timeline.query.conditions import LAPSED
from timeline.query.counts import SHORT, Months, in_months, is_tallied, split_window, tally
from timeline.query.events import EventQuery, in_one

MAX_LISTED_IDS = 3_000  # matching events whose ids are listed in a query
MAX_FACET_VALUES = 60  # of one facet, the most frequent
ACTOR = Cast("actor", CharField())  # grouped by the bare column, SQLite scans each part once for every actor


class Category(NamedTuple):
    """Values of the parameters that `Tally` keeps together; the status may be `lapsed`."""

    kind: str
    type: str
    status: str
    precision: str
    curated: str


CATEGORY_FIELDS = Category._fields


@dataclass(frozen=True, slots=True)
class Facet:
    """(value, number of events) of one parameter, all other conditions unchanged."""

    name: str
    values: list[tuple[str, int]]


def facets_of(chosen: EventQuery, today: date) -> list[Facet]:
    """Return the facets of all parameters that have values to choose from, each counted without its own condition."""
    free = replace(chosen, kind="", type=(), status=(), precision=(), curated="")
    categories = _categories(free, today)
    wanted = [(place, name) for place, name in enumerate(CATEGORY_FIELDS) if getattr(chosen, name)]
    found = []
    for place, name in enumerate(CATEGORY_FIELDS):
        others = [(i, other) for i, other in wanted if other != name]
        counted: Counter[str] = Counter()
        for category, n in categories.items():
            if all(_fits(getattr(chosen, other), category[i]) for i, other in others):
                counted[category[place]] += n
        found.append(Facet(name, _ordered(counted, getattr(chosen, name))))
    return [*found, *_actors(chosen, today), _sources(chosen, today)]


def _fits(wanted: str | tuple[str, ...], value: str) -> bool:
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def _ordered(counted: Counter[str], chosen: str | Sequence[str]) -> list[tuple[str, int]]:
    """Sort by frequency and keep MAX_FACET_VALUES, and what is chosen even if it gives nothing."""
    kept = [(value, n) for value, n in counted.most_common(MAX_FACET_VALUES) if n > 0]
    wanted = [chosen] if isinstance(chosen, str) else chosen
    known = {value for value, _ in kept}
    return kept + [(value, counted[value]) for value in wanted if value and value not in known]


def _categories(chosen: EventQuery, today: date) -> Counter[Category]:
    """Count matching events by category. `chosen` has no condition on the fields of a category."""
    found: Counter[Category] = Counter()
    if not is_tallied(chosen) or chosen.country or chosen.bloc:
        parts = (
            [chosen.queryset(today)] if chosen.as_of else [chosen.matching(part, today) for part in chosen.parts(today)]
        )
        return _read(parts, chosen, today)
    months, rest = split_window(chosen, today)
    if months:
        for piece, past in _by_age(months, lapsed_before(today)):
            rows = tally(chosen, piece, by_category=True)
            if past is None:
                begin, behind = piece
                rows = rows.filter(status__in=SETTLED)
                rest.append(SHORT & Q(day__gte=begin, day__lt=behind) & ~Q(status__in=SETTLED))
            tallied = rows.values_list(*CATEGORY_FIELDS).annotate(total=Sum("n"))
            for kind, type, status, precision, curated, n in tallied:
                found[_category(kind, type, status, precision, curated, bool(past))] += n
        if months == (None, None):
            rest += chosen.long_parts(today)
    found.update(_read([chosen.matching(part, today) for part in rest], chosen, today))
    return found


def _category(kind: str, type: str, status: str, precision: str, curated: bool, past: bool) -> Category:
    state = LAPSED if past and status not in SETTLED else status
    return Category(kind, type, state, precision, "yes" if curated else "no")


def _by_age(months: Months, today: date) -> Iterator[tuple[Months, bool | None]]:
    """Split whole months by whether their days are past: True, False, or None where it depends on the event."""
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


def _read(parts: Sequence[QuerySet[Any]], chosen: EventQuery, today: date) -> Counter[Category]:
    """Count the rows of these queries by category, by one statement."""
    if not parts:
        return Counter()
    known_on = min(chosen.as_of, today) if chosen.as_of else today
    past = Case(
        When(end__lt=lapsed_before(known_on), then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    event = "event__" if chosen.as_of else chosen.event
    status = "status" if chosen.as_of else f"{event}status"
    columns = (f"{event}kind", f"{event}type", status, f"{event}precision", f"{event}curated")
    counted = Count("pk_of") if chosen.as_of else Count(chosen.pk, distinct=bool(chosen.event))
    found: Counter[Category] = Counter()
    read = [rows.annotate(over=past).values_list(*columns, "over").annotate(total=counted) for rows in parts]
    for kind, type, state, precision, curated, over, n in in_one(read):
        found[_category(kind, type, state, precision, curated, over)] += n
    return found


def _actors(chosen: EventQuery, today: date) -> list[Facet]:
    """Return the facets of countries and blocs; where members stand for a bloc, blocs are no choice of their own."""
    countries = _participants(replace(chosen, country=()), today)
    same = not (chosen.country or chosen.bloc)
    blocs = countries if same else _participants(replace(chosen, bloc=(), members=""), today)
    are = set(Actor.objects.filter(kind=Actor.Kind.BLOC).order_by().values_list("pk", flat=True))
    no_blocs = Counter({code: n for code, n in countries.items() if code not in are})
    only_blocs = Counter({code: n for code, n in blocs.items() if code in are})
    found = [Facet("country", _ordered(no_blocs, chosen.country))]
    return found if chosen.members else [*found, Facet("bloc", _ordered(only_blocs, chosen.bloc))]


def _participants(chosen: EventQuery, today: date) -> Counter[str]:
    """Count matching events by actor code."""
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
    """Return the counts of these tallies in whole months, by owner, and the parts of the window still to be counted."""
    if not _nothing_but_kind(chosen):
        return Counter(), chosen.parts(today)
    months, rest = split_window(chosen, today)
    if months is None:
        return Counter(), rest
    rows = in_months(rows.filter(kind=chosen.kind) if chosen.kind else rows, months)
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
    """Yield (value, count) of a column in the rows of a table that belong to matching events."""
    if chosen.as_of is not None:
        rows = table._default_manager.filter(event__in=chosen.queryset(today).values("pk_of")).order_by()
        yield from rows.values_list(column).annotate(total=Count("*"))
        return
    found = [chosen.related_q(part, today) for part in parts]
    if chosen.event:  # actors and sources are in two tables: list the ids of few events
        ids = [pk for _, pk in chosen.keys(today, limit=MAX_LISTED_IDS + 1)]
        found = [Q(event__in=ids)] if len(ids) <= MAX_LISTED_IDS else found
    counted: list[QuerySet[Any]] = []
    for q in found:
        rows = table._default_manager.filter(q).order_by()
        counted.append(rows.values_list(column).annotate(total=Count("*")))  # the index alone answers
    if counted:
        yield from in_one(counted)
