"""What stands around the picture: the form's choices, what is set, ways to earlier, later, nearer and farther."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from timeline.display.sentences import state_words
from timeline.models import Actor, EventParticipant, Source
from timeline.models.dated import Kind, Precision, Type
from timeline.query import cursors
from timeline.query.filter import EventFilter
from timeline.query.parameters import PARAMETERS, STATUSES, BadFilter
from timeline.query.windows import FIRST_YEAR, LAST_YEAR, PRESETS

FIRST, LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
SHORTEST, LONGEST = 14, 80 * 366  # days that zooming shows at least and at most
GROUPS = ("auto", "country", "bloc", "type")
LOOKS = frozenset({"group", "after", "before", "event"})


@dataclass(frozen=True, slots=True)
class Look:
    """How the timeline is shown, beside which events: lanes of the picture, place in the list, event opened beside."""

    group: str = "auto"
    after: str = ""
    before: str = ""
    event: str = ""

    @classmethod
    def parse(cls, query: QueryDict) -> Look:
        """The look of a query whose filter is read elsewhere. Raises BadFilter."""
        problems: list[tuple[str, str, str]] = []
        found: dict[str, str] = {}
        for name in sorted(LOOKS):
            values = [value for value in query.getlist(name) if value]
            if len(values) > 1:
                problems.append((name, gettext("It is given more than once."), gettext("Give it once.")))
            elif values:
                found[name] = values[0]
        if found.get("group", GROUPS[0]) not in GROUPS:
            allowed = gettext("Allowed are: %(names)s.") % {"names": ", ".join(GROUPS)}
            problems.append(("group", gettext("Events cannot be grouped so."), allowed))
        if "after" in found and "before" in found:
            problems.append(("after", gettext("It stands beside “before”."), gettext("Leave out one of them.")))
        for name in ("after", "before"):
            try:
                cursors.decode(found[name]) if name in found else None
            except cursors.BadCursor as error:
                problems.append((name, str(error), ""))
        event = found.get("event", "")
        if event and not (event.isascii() and event.isalnum() and len(event) <= 16):
            problems.append(("event", gettext("This is no id of an event."), ""))
        if problems:
            raise BadFilter(problems)
        return cls(**found)

    def key(self, name: str) -> tuple[date, str] | None:
        """The place in the list that `after` or `before` names."""
        value = getattr(self, name)
        return cursors.decode(value) if value else None


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
    groups: list[Choice]
    presets: list[Link]
    words: str
    window: str
    start: str
    end: str
    as_of: str
    kept: list[tuple[str, str]]
    more: bool  # whether a condition is set that stands behind the first ones


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another window."""

    words: str
    url: str
    chosen: bool


SHOWN_SINGLY = ("country", "bloc")
IN_FORM = frozenset({"kind", "country", "bloc", "status", "window", "start", "end", "words", "as_of"})


def form_of(chosen: EventFilter, look: Look) -> tuple[Form, list[Chip]]:
    """The form and the chips of a filter. One query for the actors that occur in events or are chosen."""
    occurring = EventParticipant.objects.filter(actor=OuterRef("pk"))
    # Hundreds of places vote on their own: they are chosen where counts are shown, and named here once chosen.
    offered = Q(Exists(occurring), kind__in=(Actor.Kind.COUNTRY, Actor.Kind.BLOC))
    actors = list(Actor.objects.filter(offered | Q(pk__in=[*chosen.country, *chosen.bloc])))
    missing = {*chosen.country, *chosen.bloc} - {actor.code for actor in actors}
    names = {actor.code: actor.name for actor in actors}
    if chosen.source:
        names |= dict(Source.objects.filter(slug__in=chosen.source).values_list("slug", "name"))
    ordered = sorted(actors, key=lambda actor: actor.name)
    by_hand = chosen.window and chosen.window not in PRESETS  # those stand below the form as links
    form = Form(
        kinds=[Choice(kind.value, str(kind.label), kind.value == chosen.kind) for kind in Kind],
        countries=_actors(ordered, {Actor.Kind.COUNTRY, Actor.Kind.PLACE}, chosen.country[-1:], missing),
        blocs=_actors(ordered, {Actor.Kind.BLOC}, chosen.bloc[-1:], missing),
        statuses=[Choice(s, state_words(s), s in chosen.status) for s in STATUSES],
        groups=[Choice(name, group_words(name), name == look.group) for name in GROUPS],
        presets=list(_presets(chosen, look)),
        words=chosen.words,
        window=chosen.window,
        start=str(chosen.start or ""),
        end=str(chosen.end or ""),
        as_of=str(chosen.as_of or ""),
        kept=list(_kept(chosen)),
        more=bool(chosen.status or chosen.as_of or by_hand or look.group != GROUPS[0]),
    )
    return form, list(_chips(chosen, look, names))


def _kept(chosen: EventFilter) -> Iterator[tuple[str, str]]:
    for field in fields(chosen):
        value = getattr(chosen, field.name)
        values = value if isinstance(value, tuple) else (value,) if value else ()
        if field.name in SHOWN_SINGLY:
            values = values[:-1]
        elif field.name in IN_FORM:
            continue
        yield from ((PARAMETERS[field.name], str(v)) for v in values)


def _presets(chosen: EventFilter, look: Look) -> Iterator[Link]:
    for name in PRESETS:
        there = replace(chosen, window=name, start=None, end=None)
        yield Link(preset_words(name), page_url(there, Look(group=look.group)), name == chosen.window)


def preset_words(name: str) -> str:
    """A preset window in words."""
    known = {
        "next-7": gettext("Next 7 days"),
        "next-30": gettext("Next 30 days"),
        "next-90": gettext("Next 90 days"),
        "next-14m": gettext("Next 14 months"),
        "this-year": gettext("This year"),
        "last-year": gettext("Last year"),
        "all": gettext("All days"),
        "last-1": gettext("since yesterday"),
        "last-7": gettext("in the last 7 days"),
        "last-30": gettext("in the last 30 days"),
        "last-90": gettext("in the last 90 days"),
        "last-365": gettext("in the last 365 days"),
    }
    return known.get(name, name)


def group_words(name: str) -> str:
    """What the lanes of the picture stand for."""
    known = {
        "auto": gettext("who votes, and blocs"),
        "country": gettext("countries"),
        "bloc": gettext("blocs"),
        "type": gettext("types"),
    }
    return known[name]


def _actors(actors: list[Actor], kinds: set[Actor.Kind], chosen: tuple[str, ...], missing: set[str]) -> list[Choice]:
    choices = [Choice(a.code, a.name, a.code in chosen) for a in actors if Actor.Kind(a.kind) in kinds]
    return choices + [Choice(code, code, True) for code in chosen if code in missing]


def field_words() -> dict[str, str]:
    """What each field of a filter is called."""
    return {
        "kind": gettext("Kind"),
        "type": gettext("Type"),
        "country": gettext("Country"),
        "bloc": gettext("Bloc"),
        "status": gettext("Status"),
        "precision": gettext("Length"),
        "source": gettext("Source"),
        "curated": gettext("Decided by an editor"),
        "contradicted": gettext("Sources differ"),
        "window": gettext("Days"),
        "start": gettext("From"),
        "end": gettext("To"),
        "words": gettext("Words"),
        "reported": gettext("Reported"),
        "new": gettext("First heard of"),
        "moved": gettext("Moved"),
        "as_of": gettext("As known on"),
    }


def _chips(chosen: EventFilter, look: Look, names: dict[str, str]) -> Iterator[Chip]:
    labels = field_words()
    for field in fields(chosen):
        value = getattr(chosen, field.name)
        if isinstance(value, tuple):
            for one in value:
                without = page_url(changed(chosen, field.name, tuple(v for v in value if v != one)), first_page(look))
                yield Chip(labels[field.name], value_words(field.name, one, names), without)
        elif value:
            without = page_url(changed(chosen, field.name, "" if isinstance(value, str) else None), first_page(look))
            yield Chip(labels[field.name], value_words(field.name, str(value), names), without)


def first_page(look: Look) -> Look:
    """The same look at the head of the list."""
    return replace(look, after="", before="")


def changed(chosen: EventFilter, field: str, value: Any) -> EventFilter:
    """The filter with another value of one field."""
    return replace(chosen, **{field: value})


def value_words(field: str, value: str, names: dict[str, str]) -> str:
    """A value of a field in words; `names`: of actors by code and of sources by slug."""
    if field == "kind":
        return str(Kind(value).label)
    if field == "type":
        return str(Type(value).label)
    if field == "status":
        return state_words(value)
    if field == "precision":
        return str(Precision(value).label)
    if field in ("curated", "contradicted"):
        return gettext("yes") if value == "yes" else gettext("no")
    if field in ("window", "reported", "new", "moved"):
        return preset_words(value)
    return names.get(value, value)


def page_url(chosen: EventFilter, look: Look | None = None) -> str:
    """The address of the timeline with this filter and look."""
    more = {f.name: v for f in fields(Look) if look and (v := getattr(look, f.name)) and v != f.default}
    query = chosen.to_query(**more)
    return reverse("timeline") + (f"?{query}" if query else "")


# --- other windows ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ways:
    """Addresses of the windows around; "" where there is none."""

    earlier: str
    later: str
    nearer: str
    farther: str
    all: str


def ways(chosen: EventFilter, look: Look, start: date, end: date) -> Ways:
    """Half a window back and on, half and double its length around the same middle."""
    look = Look(group=look.group)
    days = (end - start).days + 1
    half, quarter = max(1, days // 2), max(1, days // 4)
    everything = replace(chosen, window="all", start=None, end=None)
    return Ways(
        earlier=_moved(chosen, look, start, end, -half, -half),
        later=_moved(chosen, look, start, end, half, half),
        nearer=_moved(chosen, look, start, end, quarter, -quarter) if days >= 2 * SHORTEST else "",
        farther=_moved(chosen, look, start, end, -half, half) if 2 * days <= LONGEST else "",
        all=page_url(everything, look),
    )


def _moved(chosen: EventFilter, look: Look, start: date, end: date, first: int, last: int) -> str:
    try:
        start, end = start + timedelta(days=first), end + timedelta(days=last)
    except OverflowError:
        return ""
    if not FIRST <= start <= end <= LAST:
        return ""
    return page_url(replace(chosen, window="", start=start, end=end), look)
