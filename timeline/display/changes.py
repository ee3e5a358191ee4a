"""What newsdesk did with an event, in words, from the log of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import pgettext

from timeline.display.dates import span_words
from timeline.display.sentences import state_words
from timeline.display.titles import TitleParts, names, title
from timeline.extraction.when import when_of
from timeline.models import Actor, Change, Event
from timeline.models.dated import Type

MAX_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: when, which, and from what to what (each in words; empty where nothing stood there)."""

    at: datetime
    what: str
    before: list[str]
    after: list[str]


def history(event: Event, as_of: date | None) -> list[Entry]:
    """Return the newest `MAX_ENTRIES` changes of an event, newest first; `as_of`: up to that day, inclusive."""
    rows = event.changes.order_by("-pk")
    known = rows.filter(at__date__lte=as_of) if as_of else rows
    found = list(known[:MAX_ENTRIES])
    codes = {code for row in found for state in (row.before, row.after) for code in state.get("participants", ())}
    actors = Actor.objects.in_bulk(codes)
    return [entry_of(row, actors) for row in found]


def entry_of(row: Change, actors: dict[str, Actor]) -> Entry:
    """Put a change into words: only what differs, or all of it where one side is empty."""
    sides = parts_of(row.before, actors), parts_of(row.after, actors)
    differ = [name for name in sides[0] | sides[1] if sides[0].get(name) != sides[1].get(name)]
    before, after = ([side[name] for name in differ if side.get(name)] for side in sides)
    what = Change.What(row.what).label if row.what in Change.What.values else row.what
    return Entry(row.at, str(what), before, after)


def parts_of(state: dict[str, Any], actors: dict[str, Actor]) -> dict[str, str]:
    """Put a state of the log into words, by name: days, status, type, participants; {} for an empty one."""
    if not state:
        return {}
    return {
        "days": span_words(when_of(state)),
        "status": state_words(str(state.get("status", ""))),
        "type": type_words(str(state.get("type", ""))),
        "participants": names_of(state.get("participants", ()), actors),
    }


def actors_of(changes: Sequence[Change]) -> dict[str, Actor]:
    """Return who took part before or after these changes, by code. One query."""
    states = [state for change in changes for state in (change.before, change.after)]
    return Actor.objects.in_bulk({code for state in states for code in state.get("participants", ())})


def title_of(change: Change, actors: dict[str, Actor]) -> str:
    """Write the title of the event after the change, or as it was last where it is gone."""
    event, state = change.event, change.after or change.before
    codes = [code for code in state.get("participants", ()) if code in actors and code != event.place_id]
    parts = [actors[code] for code in codes]
    return title(TitleParts(event.kind, state.get("type", event.type), event.stage, event.place, parts))


def type_words(value: str) -> str:
    """Return the label of a type of events; an unknown type stays as it is."""
    return str(Type(value).label) if value in Type.values else value


def names_of(codes: Sequence[str], actors: dict[str, Actor]) -> str:
    """Name who takes part; codes of unknown actors are left out."""
    known = [actors[code] for code in codes if code in actors]
    return names(known) or pgettext("participants", "no participants known")
