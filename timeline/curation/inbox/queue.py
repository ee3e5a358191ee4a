"""The inbox: what needs an editor, ordered by soon × important × uncertain. Nothing is written.

However many items there are, the nearest on either side of today are taken from an index and ordered.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import reduce
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import QueryDict

from timeline.curation.inbox.signals import UNCERTAINTY
from timeline.display.event import SETTLED
from timeline.models import Attention, AttentionMark, Correction, Event, EventParticipant, Reason
from timeline.models.dated import Kind, Type

MAX_PER_SIDE = 1_000  # items on either side of today
MAX_SCANNED = 5_000  # items per side that are looked at where several filters are combined
MAX_COUNTED = 1_000  # items of one reason
LAPSED_DAYS = 90  # in which a past event without a report stays in the inbox
HALF_DAYS_AHEAD, HALF_DAYS_BEHIND = 30, 10  # days after which an item is half as urgent
# The index of the first mark is scanned, so the rarest come first: few events have an actor, most have a kind.
MARK_ORDER = ("person", "country", "reason", "type", "kind")
MARK_NAMES = {"country": "actor", "person": "for"}  # where a mark is called otherwise


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """A filter of the inbox; "" is any."""

    reason: str = ""
    kind: str = ""
    type: str = ""
    country: str = ""
    person: str = ""  # the id of a user: what is assigned to them

    @classmethod
    def parse(cls, query: QueryDict) -> InboxFilter:
        """Parse the query; unknown values are ignored."""
        country, person = query.get("country", ""), query.get("person", "")
        return cls(
            reason=_allowed(query.get("reason", ""), Reason.values),
            kind=_allowed(query.get("kind", ""), Kind.values),
            type=_allowed(query.get("type", ""), Type.values),
            country=country if len(country) <= 32 and country.isprintable() else "",
            person=person if person.isascii() and person.isdigit() and len(person) < 19 else "",
        )

    def to_query(self) -> str:
        """Return the filter as a query string."""
        query = QueryDict(mutable=True)
        for one in fields(self):
            if value := getattr(self, one.name):
                query[one.name] = value
        return query.urlencode()

    @property
    def marks(self) -> list[str]:
        found = {name: getattr(self, name) for name in MARK_ORDER}
        marks = [f"{MARK_NAMES.get(name, name)}:{value}" for name, value in found.items() if value]
        return marks or ["all"]


@dataclass(frozen=True, slots=True)
class Item:
    """An event, or a claim without one. `event` is "" for a claim, `claim` is 0 for an event."""

    event: str
    claim: int
    reasons: tuple[str, ...]
    unsure: int
    weight: int
    day: date

    @property
    def key(self) -> str:
        return f"event/{self.event}" if self.event else f"claim/{self.claim}"

    def urgency(self, today: date) -> float:
        """Return the urgency: soon × important × uncertain."""
        days = (self.day - today).days
        soon = 1 / (1 + (days / HALF_DAYS_AHEAD if days >= 0 else -days / HALF_DAYS_BEHIND))
        return soon * (1 + math.log2(1 + self.weight)) * self.unsure


def items(wanted: InboxFilter, today: date, hidden: Collection[str] = ()) -> list[Item]:
    """Return the items of the inbox, most urgent first, without those `hidden` (by key). At most eight queries."""
    found = {} if wanted.reason == Reason.LAPSED else {item.key: item for item in _stored_items(wanted, today)}
    if wanted.reason in ("", Reason.LAPSED) and not wanted.person:
        lapsed = _lapsed_items(wanted, today)
        known = (
            {item.key: item for item in _items_of_events([item.event for item in lapsed])} if wanted.reason else found
        )
        for item in lapsed:
            found[item.key] = _merged(known[item.key], item) if item.key in known else item
    rows = [item for item in found.values() if item.key not in hidden]
    return sorted(rows, key=lambda item: (-item.urgency(today), item.day, item.key))


def reasons_of(event: str, today: date) -> list[str]:
    """Return the reasons for which an event is in the inbox."""
    noticed = list(_items_of_events([event]))
    lapsed = lapsed_events(today).filter(pk=event).exists()
    return [*(reason for item in noticed for reason in item.reasons), *([Reason.LAPSED.value] if lapsed else [])]


def counts(today: date) -> list[tuple[Reason, int]]:
    """Count the items of each reason, up to MAX_COUNTED + 1. One query each."""
    found = []
    for reason in Reason:
        if reason == Reason.LAPSED:
            n = len(lapsed_events(today).values_list("pk", flat=True)[: MAX_COUNTED + 1])
        else:
            n = AttentionMark.objects.filter(mark=f"reason:{reason}")[: MAX_COUNTED + 1].count()
        found.append((reason, n))
    return found


def open_count(today: date) -> int:
    """Count the items of the whole inbox, up to MAX_COUNTED + 1. Two queries."""
    noticed = AttentionMark.objects.filter(mark="all")[: MAX_COUNTED + 1].count()
    if noticed > MAX_COUNTED:
        return noticed
    known = AttentionMark.objects.filter(mark="all", attention__event=OuterRef("pk"))
    rows = lapsed_events(today).exclude(Exists(known)).order_by().values("pk")
    return min(noticed + rows[: MAX_COUNTED + 1].count(), MAX_COUNTED + 1)


def _allowed(value: str, allowed: Iterable[str]) -> str:
    return value if value in set(allowed) else ""


def _merged(one: Item, other: Item) -> Item:
    reasons = tuple(dict.fromkeys([*one.reasons, *other.reasons]))
    return Item(one.event, one.claim, reasons, one.unsure + other.unsure, one.weight, one.day)


# --- stored items ---------------------------------------------------------------------------


def _stored_items(wanted: InboxFilter, today: date) -> list[Item]:
    first, *others = wanted.marks
    ids: list[int] = []
    rows = AttentionMark.objects.filter(mark=first).values_list("attention_id", flat=True)
    limit = MAX_SCANNED if others else MAX_PER_SIDE
    for side in (
        rows.filter(day__gte=today).order_by("day", "attention"),
        rows.filter(day__lt=today).order_by("-day", "-attention"),
    ):
        nearest = list(side[:limit])
        ids += _having_all(nearest, others)[:MAX_PER_SIDE]
    return list(_items(Attention.objects.filter(pk__in=ids)))


def _having_all(ids: list[int], marks: list[str]) -> list[int]:
    """Return the ids that have the other marks too, in the same order."""

    def carrying(left: list[int], mark: str) -> list[int]:
        rows = AttentionMark.objects.filter(mark=mark, attention__in=left)
        having = set(rows.values_list("attention_id", flat=True))
        return [pk for pk in left if pk in having]

    return reduce(carrying, marks, ids)


def _items_of_events(ids: Iterable[str]) -> Iterable[Item]:
    return (item for item in _items(Attention.objects.filter(event__in=list(ids))) if item.reasons)


def _items(rows: QuerySet[Attention]) -> Iterable[Item]:
    for event, claim, reasons, unsure, weight, day in rows.values_list(
        "event_id", "claim_id", "reasons", "unsure", "weight", "day"
    ):
        yield Item(event or "", claim or 0, tuple(reasons), unsure, weight, day)


# --- lapsed events -------------------------------------------------------------------


def lapsed_events(today: date) -> QuerySet[Event]:
    """Return live events that ended lately without a report of their outcome or a correction since."""
    rows = Event.objects.filter(
        end__gte=today - timedelta(days=LAPSED_DAYS), end__lt=today, merged_into=None, retracted=False
    )
    since = Correction.objects.filter(event=OuterRef("pk"), undone_at=None, made_at__date__gt=OuterRef("end"))
    return rows.exclude(status__in=SETTLED).exclude(Exists(since)).order_by(F("end").desc(), "pk")


def _lapsed_items(wanted: InboxFilter, today: date) -> list[Item]:
    rows = lapsed_events(today)
    of: dict[str, Any] = {name: value for name in ("kind", "type") if (value := getattr(wanted, name))}
    rows = rows.filter(**of)
    if wanted.country:
        rows = rows.filter(Exists(EventParticipant.objects.filter(event=OuterRef("pk"), actor=wanted.country)))
    unsure = UNCERTAINTY[Reason.LAPSED]
    return [
        Item(pk, 0, (Reason.LAPSED.value,), unsure, weight, day or today)
        for pk, weight, day in rows.values_list("pk", "weight", "end")[:MAX_PER_SIDE]
    ]
