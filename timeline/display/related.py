"""Events beside an event: those of the same actors just before and after, and what else its month holds.

Every query walks an index from the event's day on and stops after a few rows, so the cost does not grow with the data.
Events of more than a month, or open, are beside everything and left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain

from timeline.display.event import EventView, view_events
from timeline.extraction.dates import calendar as cal
from timeline.models import Actor, Event, EventParticipant

EVENTS_EACH_SIDE = 3  # events shown on each side, and of the month
LOOKED_AT = 16  # rows of one actor on one side
LOOKED_AT_OF_MONTH = 200  # rows of all actors on one side
ACTORS = 2  # whose events are looked for


@dataclass(frozen=True, slots=True)
class RelatedEvents:
    """Each list in order of the days."""

    before: list[EventView]
    after: list[EventView]
    month: list[EventView]

    def __bool__(self) -> bool:
        return bool(self.before or self.after or self.month)


def related_events(view: EventView, today: date) -> RelatedEvents:
    """Find the events beside `view`, as believed now. At most 12 queries."""
    actors = _telling(view)
    before = list(chain.from_iterable(_of_actor(actor, view, after=False) for actor in actors))
    after = list(chain.from_iterable(_of_actor(actor, view, after=True) for actor in actors))
    kin = _kin({pk for pk, _, _ in (*before, *after)}, view)
    earlier, later = _nearest(before, view, kin), _nearest(after, view, kin)
    month = [pk for pk in _of_month(view) if pk not in {*earlier, *later}][:EVENTS_EACH_SIDE]
    rows = Event.objects.filter(pk__in=[*earlier, *later, *month], merged_into=None, retracted=False)
    shown = sorted(view_events(rows, today), key=lambda event: (event.day, event.id))
    return RelatedEvents(
        *([event for event in shown if event.id in wanted] for wanted in (set(earlier), set(later), set(month)))
    )


Row = tuple[str, date, str]


def _telling(view: EventView) -> list[Actor]:
    """Choose the actors that say most about the event: its place or a bloc, then those named first."""
    actors = [*([view.place] if view.place else []), *view.participants]
    return sorted(actors, key=lambda actor: actor.kind == Actor.Kind.COUNTRY)[:ACTORS]


def _of_actor(actor: Actor, view: EventView, *, after: bool) -> Iterable[Row]:
    rows = EventParticipant.objects.filter(actor=actor, reach=0).exclude(event=view.id).order_by("day", "event")
    rows = rows.filter(day__gt=view.day) if after else rows.filter(day__lte=view.day).reverse()
    return rows.values_list("event_id", "day", "kind")[:LOOKED_AT]


def _kin(ids: set[str], view: EventView) -> Counter[str]:
    """How many of those who take part in `view` take part in each of the events."""
    actors = [actor.code for actor in (view.place, *view.participants) if actor]
    return Counter(EventParticipant.objects.filter(event__in=ids, actor__in=actors).values_list("event_id", flat=True))


def _nearest(rows: Iterable[Row], view: EventView, kin: Counter[str]) -> list[str]:
    """Of the same kind first, then with most of the same actors, then nearest in days."""
    known = {pk: (kind != view.kind, -kin[pk], abs((day - view.day).days), pk) for pk, day, kind in rows}
    return sorted(known, key=lambda pk: known[pk])[:EVENTS_EACH_SIDE]


def _of_month(view: EventView) -> list[str]:
    """Events of the same bloc, then of the same type, in the month of the event, the nearest first."""
    first, last = cal.month(view.day.year, view.day.month)
    found: list[tuple[int, str]] = []
    for bloc in [actor for actor in view.participants if actor.kind == Actor.Kind.BLOC][:1]:
        rows = EventParticipant.objects.filter(actor=bloc, reach=0, day__range=(first, last)).order_by("day", "event")
        found += [(abs((day - view.day).days), pk) for pk, day in rows.values_list("event_id", "day")[:LOOKED_AT]]
    month = Event.objects.filter(reach=0).order_by("day", "id")
    sides = month.filter(day__range=(view.day, last)), month.filter(day__gte=first, day__lt=view.day).reverse()
    for rows_of_side in sides:
        near = rows_of_side.values_list("pk", "day", "type", "merged_into", "retracted")[:LOOKED_AT_OF_MONTH]
        live = [(pk, day) for pk, day, type, merged, gone in near if type == view.type and merged is None and not gone]
        found += [(31 + abs((day - view.day).days), pk) for pk, day in live]
    return [pk for pk in dict.fromkeys(pk for _, pk in sorted(found)) if pk != view.id]
