"""What stands around the picture: the form's choices, what is set, ways to earlier, later, nearer and farther."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext

from timeline.filters import FIRST_YEAR, LAST_YEAR, STATUSES, EventFilter
from timeline.models import Actor, EventParticipant
from timeline.models.dated import Kind, Type
from timeline.wording import state_words

FIRST, LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
SHORTEST, LONGEST = 14, 80 * 366  # days that zooming shows at least and at most


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition that is set, and the address without it."""

    name: str
    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Form:
    """The filter form; `kept` are values that its single choices do not show and that it must not lose."""

    kinds: list[Choice]
    countries: list[Choice]
    blocs: list[Choice]
    statuses: list[Choice]
    words: str
    start: str
    end: str
    as_of: str
    kept: list[tuple[str, str]]


def form_of(chosen: EventFilter) -> tuple[Form, list[Chip]]:
    """The form and the chips of a filter. One query: the actors that occur in events, or are chosen."""
    occurring = EventParticipant.objects.filter(actor=OuterRef("pk"))
    actors = list(Actor.objects.filter(Exists(occurring)))
    missing = {*chosen.country, *chosen.bloc} - {actor.code for actor in actors}
    names = {actor.code: actor.name for actor in actors}
    ordered = sorted(actors, key=lambda actor: actor.name)
    country, bloc = chosen.country[-1:], chosen.bloc[-1:]
    kept = [("country", code) for code in chosen.country[:-1]] + [("bloc", code) for code in chosen.bloc[:-1]]
    kept += [("type", type) for type in chosen.type]
    form = Form(
        kinds=[Choice(kind.value, str(kind.label), kind.value == chosen.kind) for kind in Kind],
        countries=_actors(ordered, {Actor.Kind.COUNTRY, Actor.Kind.PLACE}, country, missing),
        blocs=_actors(ordered, {Actor.Kind.BLOC}, bloc, missing),
        statuses=[Choice(s, state_words(s), s in chosen.status) for s in STATUSES],
        words=chosen.words,
        start=str(chosen.start or ""),
        end=str(chosen.end or ""),
        as_of=str(chosen.as_of or ""),
        kept=kept,
    )
    return form, list(_chips(chosen, names))


def _actors(actors: list[Actor], kinds: set[Actor.Kind], chosen: tuple[str, ...], missing: set[str]) -> list[Choice]:
    choices = [Choice(a.code, a.name, a.code in chosen) for a in actors if Actor.Kind(a.kind) in kinds]
    return choices + [Choice(code, code, True) for code in chosen if code in missing]


def _chips(chosen: EventFilter, names: dict[str, str]) -> Iterator[Chip]:
    labels = {
        "kind": gettext("Kind"),
        "type": gettext("Type"),
        "country": gettext("Country"),
        "bloc": gettext("Bloc"),
        "status": gettext("Status"),
        "start": gettext("From"),
        "end": gettext("To"),
        "words": gettext("Words"),
        "as_of": gettext("As known on"),
    }
    for field in fields(chosen):
        value = getattr(chosen, field.name)
        if isinstance(value, tuple):
            for one in value:
                others = tuple(v for v in value if v != one)
                without = page_url(_changed(chosen, field.name, others))
                yield Chip(labels[field.name], _value_words(field.name, one, names), without)
        elif value:
            without = page_url(_changed(chosen, field.name, "" if isinstance(value, str) else None))
            yield Chip(labels[field.name], _value_words(field.name, str(value), names), without)


def _changed(chosen: EventFilter, field: str, value: Any) -> EventFilter:
    return replace(chosen, **{field: value})


def _value_words(field: str, value: str, names: dict[str, str]) -> str:
    if field == "kind":
        return str(Kind(value).label)
    if field == "type":
        return str(Type(value).label)
    if field == "status":
        return state_words(value)
    return names.get(value, value)


def page_url(chosen: EventFilter, page: int = 1) -> str:
    """The address of the timeline with this filter."""
    query = chosen.to_query(page=page if page > 1 else None)
    return reverse("timeline") + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Ways:
    """Addresses of the windows around; "" where there is none."""

    earlier: str
    later: str
    nearer: str
    farther: str
    all: str


def ways(chosen: EventFilter, start: date, end: date) -> Ways:
    """Half a window back and on, half and double its length around the same middle."""
    days = (end - start).days + 1
    half, quarter = max(1, days // 2), max(1, days // 4)
    everything = replace(chosen, start=FIRST, end=None)
    return Ways(
        earlier=_moved(chosen, start, end, -half, -half),
        later=_moved(chosen, start, end, half, half),
        nearer=_moved(chosen, start, end, quarter, -quarter) if days >= 2 * SHORTEST else "",
        farther=_moved(chosen, start, end, -half, half) if 2 * days <= LONGEST else "",
        all=page_url(everything),
    )


def _moved(chosen: EventFilter, start: date, end: date, first: int, last: int) -> str:
    try:
        start, end = start + timedelta(days=first), end + timedelta(days=last)
    except OverflowError:
        return ""
    if not FIRST <= start <= end <= LAST:
        return ""
    return page_url(replace(chosen, start=start, end=end))
