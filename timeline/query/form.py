"""What stands around the picture: the form's choices, what is set, ways to earlier, later, nearer and farther."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from timeline.extraction import gazetteer
from timeline.models import Actor, EventParticipant
from timeline.query import cursors
from timeline.query.filter import EventFilter
from timeline.query.parameters import FIELDS, PARAMETERS
from timeline.query.parser import Parameter, parse
from timeline.query.values import Blocs, Choice, Choices, Countries, Day, EventId, Place, Regions, Value, Window, Words
from timeline.query.windows import FIRST_YEAR, LAST_YEAR, PRESETS, window_label

FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
MIN_DAYS, MAX_DAYS = 14, 80 * 366  # of the picture after zooming
GROUPS = ("auto", "country", "bloc", "type")
LOOK = (
    Parameter(
        key="after",
        value=Place(),
        about="The place in the list behind which its page begins.",
        excludes=("before",),
    ),
    Parameter(
        key="before",
        value=Place(),
        about="The place in the list before which its page ends.",
    ),
    Parameter(key="event", value=EventId(), about="The event that is open beside the timeline."),
    Parameter(key="group", value=Choice(GROUPS, default=GROUPS[0]), about="What the lanes stand for."),
)


@dataclass(frozen=True, slots=True)
class Look:
    """How the timeline is shown: lanes of the picture, place in the list, event open beside it; keys as in LOOK."""

    group: str = GROUPS[0]
    after: str = ""
    before: str = ""
    event: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Look:
        """Make the look of parsed values, by key."""
        return cls(**{parameter.key: values[parameter.key] for parameter in LOOK})

    def key(self, name: str) -> tuple[date, str] | None:
        """Return the (day, id) in the cursor `after` or `before`, None without it."""
        value = getattr(self, name)
        return cursors.decode(value) if value else None


def parse_page(query: QueryDict) -> tuple[EventFilter, Look]:
    """Parse the query of the timeline into its filter and look. Raises FilterError."""
    values = parse(query, (*PARAMETERS, *LOOK))
    return EventFilter.of(values), Look.of(values)


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a control offers."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Control:
    """A parameter in the form. `kind`: search, select, add, checkboxes, date or interval.

    `add` selects one more value; `several`: others are chosen already, which the chips show and remove.
    """

    key: str
    label: str
    kind: str
    value: str = ""
    options: Sequence[Option] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition that is set, and the address without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another window."""

    label: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Form:
    """The filter form. `kept`: (key, value) of what no control shows and the form must not lose.

    `main` is always open, `more` and `checkboxes` are where `is_open`, because something in there is set.
    """

    main: list[Control]
    more: list[Control]
    checkboxes: list[Control]
    groups: list[Option]
    presets: list[Link]
    kept: list[tuple[str, str]]
    is_open: bool


def form_of(chosen: EventFilter, look: Look) -> tuple[Form, list[Chip]]:
    """Return the form and the chips of a filter. One query for the actors offered, one for each kind that is chosen."""
    offered = _occurring()
    controls = {name: _control(chosen, name, offered) for name, parameter in FIELDS.items() if parameter.form}
    places: dict[str, list[Control]] = {"main": [], "more": []}
    for name, control in controls.items():
        places[FIELDS[name].form].append(control)
    places["main"].sort(key=lambda control: control.kind != "search")  # it comes first, all else in the table's order
    more = [name for name in controls if FIELDS[name].form == "more" and getattr(chosen, name)]
    if chosen.window in PRESETS:  # those are links below the form
        more.remove("window")
    form = Form(
        main=places["main"],
        more=[control for control in places["more"] if control.kind != "checkboxes"],
        checkboxes=[control for control in places["more"] if control.kind == "checkboxes"],
        groups=[Option(name, group_label(name), name == look.group) for name in GROUPS],
        presets=list(_presets(chosen, look)),
        kept=list(_kept(chosen, controls)),
        is_open=bool(more) or look.group != GROUPS[0],
    )
    return form, list(_chips(chosen, look))


def _control(chosen: EventFilter, name: str, offered: Sequence[Actor]) -> Control:
    parameter, texts = FIELDS[name], chosen.texts(name)
    key, label, value = parameter.key, str(parameter.label), parameter.value
    if isinstance(value, Choice | Choices):
        names = value.names(value.values)
        options = [Option(code, words, code in texts) for code, words in names.items()]
        return Control(key, label, "checkboxes" if value.many else "select", options=options)
    if isinstance(value, Regions):
        names = value.names([slug for slug in gazetteer.regions() if slug not in texts])
        options = [Option(slug, words, False) for slug, words in names.items()]
        return Control(key, label, "add", options=options, several=bool(texts))
    if isinstance(value, Countries | Blocs):
        return Control(key, label, "add", options=_actors(value, texts, offered), several=bool(texts))
    kinds: dict[type[Value], str] = {
        Day: "date",
        Window: "interval",
        Words: "search",
    }  # a kind of value that is missing has no control yet
    return Control(key, label, kinds[type(value)], texts[0] if texts else "")


def _occurring() -> list[Actor]:
    """Return the countries and blocs that occur in events.

    Hundreds of places vote on their own: they are chosen where counts are shown.
    """
    occurring = Exists(EventParticipant.objects.filter(actor=OuterRef("pk")))
    return list(Actor.objects.filter(occurring, kind__in=(Actor.Kind.COUNTRY, Actor.Kind.BLOC)))


def _actors(value: Countries | Blocs, codes: Sequence[str], offered: Sequence[Actor]) -> list[Option]:
    """Offer actors that are not chosen yet: choosing one adds it to the others."""
    kind = value.kinds[0]
    names = {actor.code: actor.name for actor in offered if actor.kind == kind and actor.code not in codes}
    return [Option(code, names[code], False) for code in sorted(names, key=lambda code: names[code])]


def _kept(chosen: EventFilter, controls: Mapping[str, Control]) -> Iterator[tuple[str, str]]:
    """Yield values without a control, those that a control adds to, and all but the last of one that selects."""
    for name, parameter in FIELDS.items():
        texts = chosen.texts(name)
        if name in controls and controls[name].kind != "add":
            texts = texts[:-1] if controls[name].kind == "select" else []
        yield from ((parameter.key, text) for text in texts)


def _presets(chosen: EventFilter, look: Look) -> Iterator[Link]:
    for name in PRESETS:
        there = replace(chosen, window=name, start=None, end=None)
        yield Link(window_label(name), page_url(there, Look(group=look.group)), name == chosen.window)


def group_label(name: str) -> str:
    """Return what the lanes of the picture stand for, in words."""
    labels = {
        "auto": gettext("country and bloc"),
        "country": gettext("countries"),
        "bloc": gettext("blocs"),
        "type": gettext("types"),
    }
    return labels[name]


def _chips(chosen: EventFilter, look: Look) -> Iterator[Chip]:
    for name, parameter in FIELDS.items():
        texts = chosen.texts(name)
        names = parameter.value.names(texts) if texts else {}
        for text in texts:
            without = page_url(chosen.without(name, text), first_page(look))
            yield Chip(str(parameter.label), names.get(text, text), without)


def first_page(look: Look) -> Look:
    """Return the same look at the start of the list."""
    return replace(look, after="", before="")


def page_url(chosen: EventFilter, look: Look | None = None) -> str:
    """Return the path and query of the timeline with this filter and look."""
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
    """Return the links half a window earlier and later, and to half and double its length around the same middle."""
    look = Look(group=look.group)
    days = (end - start).days + 1
    half, quarter = max(1, days // 2), max(1, days // 4)
    everything = replace(chosen, window="all", start=None, end=None)
    return Ways(
        earlier=_moved(chosen, look, start, end, -half, -half),
        later=_moved(chosen, look, start, end, half, half),
        nearer=_moved(chosen, look, start, end, quarter, -quarter) if days >= 2 * MIN_DAYS else "",
        farther=_moved(chosen, look, start, end, -half, half) if 2 * days <= MAX_DAYS else "",
        all=page_url(everything, look),
    )


def _moved(chosen: EventFilter, look: Look, start: date, end: date, first: int, last: int) -> str:
    try:
        start, end = start + timedelta(days=first), end + timedelta(days=last)
    except OverflowError:
        return ""
    if not FIRST_DAY <= start <= end <= LAST_DAY:
        return ""
    return page_url(replace(chosen, window="", start=start, end=end), look)
