"""The list of what needs a person, ordered by soon × important × unsure. Nothing here writes.

However many there are, it takes the nearest on either side of today from an index and orders those.
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

from timeline.curation.inbox.signals import UNSURE
from timeline.display.event import SETTLED
from timeline.models import Attention, AttentionMark, Correction, Event, EventParticipant, Reason
from timeline.models.dated import Kind, Type

NEAREST = 1_000  # on either side of today
SCANNED = 5_000  # of which those are taken where several things are asked at once
COUNTED = 1_000  # more of a reason are not counted
LAPSED_DAYS = 90
HALF_AHEAD, HALF_BEHIND = 30, 10  # days after which something is half as pressing
# Of several marks the stretch of the first is walked: few events have an actor, most a kind.
NARROWEST = ("country", "reason", "type", "kind")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of the inbox an editor wants; "" is any."""

    reason: str = ""
    kind: str = ""
    type: str = ""
    country: str = ""

    @classmethod
    def parse(cls, query: QueryDict) -> Asked:
        """What is not known counts as not asked."""
        country = query.get("country", "")
        return cls(
            reason=_of(query.get("reason", ""), Reason.values),
            kind=_of(query.get("kind", ""), Kind.values),
            type=_of(query.get("type", ""), Type.values),
            country=country if len(country) <= 32 and country.isprintable() else "",
        )

    def to_query(self) -> str:
        query = QueryDict(mutable=True)
        for one in fields(self):
            if value := getattr(self, one.name):
                query[one.name] = value
        return query.urlencode()

    @property
    def marks(self) -> list[str]:
        found = {name: getattr(self, name) for name in NARROWEST}
        marks = [f"{'actor' if name == 'country' else name}:{value}" for name, value in found.items() if value]
        return marks or ["all"]


@dataclass(frozen=True, slots=True)
class Item:
    """One line: an event, or a claim without one (`claim` is 0 for an event)."""

    event: str
    claim: int
    reasons: tuple[str, ...]
    unsure: int
    weight: int
    day: date

    @property
    def key(self) -> str:
        return f"event/{self.event}" if self.event else f"claim/{self.claim}"

    def pressing(self, today: date) -> float:
        """Soon × important × unsure."""
        days = (self.day - today).days
        soon = 1 / (1 + (days / HALF_AHEAD if days >= 0 else -days / HALF_BEHIND))
        return soon * (1 + math.log2(1 + self.weight)) * self.unsure


def items(asked: Asked, today: date, hidden: Collection[str] = ()) -> list[Item]:
    """What needs a person now, most pressing first, but those `hidden`. At most eight queries."""
    found = {} if asked.reason == Reason.LAPSED else {item.key: item for item in _noticed(asked, today)}
    if asked.reason in ("", Reason.LAPSED):
        lapsed = _lapsed(asked, today)
        known = {item.key: item for item in _of_events([item.event for item in lapsed])} if asked.reason else found
        for item in lapsed:
            found[item.key] = _both(known[item.key], item) if item.key in known else item
    rows = [item for item in found.values() if item.key not in hidden]
    return sorted(rows, key=lambda item: (-item.pressing(today), item.day, item.key))


def reasons_of(event: str, today: date) -> list[str]:
    """Why an event needs a person now."""
    noticed = list(_of_events([event]))
    lapsed = lapsed_events(today).filter(pk=event).exists()
    return [*(reason for item in noticed for reason in item.reasons), *([Reason.LAPSED.value] if lapsed else [])]


def counts(today: date) -> list[tuple[Reason, int]]:
    """How many there are for each reason, up to one above COUNTED. One query each."""
    found = []
    for reason in Reason:
        if reason == Reason.LAPSED:
            n = len(lapsed_events(today).values_list("pk", flat=True)[: COUNTED + 1])
        else:
            n = AttentionMark.objects.filter(mark=f"reason:{reason}")[: COUNTED + 1].count()
        found.append((reason, n))
    return found


def _of(value: str, allowed: Iterable[str]) -> str:
    return value if value in set(allowed) else ""


def _both(one: Item, other: Item) -> Item:
    reasons = tuple(dict.fromkeys([*one.reasons, *other.reasons]))
    return Item(one.event, one.claim, reasons, one.unsure + other.unsure, one.weight, one.day)


# --- what was noticed ---------------------------------------------------------------------------


def _noticed(asked: Asked, today: date) -> list[Item]:
    first, *others = asked.marks
    ids: list[int] = []
    rows = AttentionMark.objects.filter(mark=first).values_list("attention_id", flat=True)
    limit = SCANNED if others else NEAREST
    for side in (
        rows.filter(day__gte=today).order_by("day", "attention"),
        rows.filter(day__lt=today).order_by("-day", "-attention"),
    ):
        nearest = list(side[:limit])
        ids += _with_all(nearest, others)[:NEAREST]
    return list(_rows(Attention.objects.filter(pk__in=ids)))


def _with_all(ids: list[int], marks: list[str]) -> list[int]:
    """Those that carry the other marks too, in their order."""

    def carrying(left: list[int], mark: str) -> list[int]:
        rows = AttentionMark.objects.filter(mark=mark, attention__in=left)
        having = set(rows.values_list("attention_id", flat=True))
        return [pk for pk in left if pk in having]

    return reduce(carrying, marks, ids)


def _of_events(ids: Iterable[str]) -> Iterable[Item]:
    return (item for item in _rows(Attention.objects.filter(event__in=list(ids))) if item.reasons)


def _rows(rows: QuerySet[Attention]) -> Iterable[Item]:
    for event, claim, reasons, unsure, weight, day in rows.values_list(
        "event_id", "claim_id", "reasons", "unsure", "weight", "day"
    ):
        yield Item(event or "", claim or 0, tuple(reasons), unsure, weight, day)


# --- what passed without news -------------------------------------------------------------------


def lapsed_events(today: date) -> QuerySet[Event]:
    """Live events whose last day passed lately, whose fate nobody told, and about which nobody decided since."""
    rows = Event.objects.filter(
        end__gte=today - timedelta(days=LAPSED_DAYS), end__lt=today, merged_into=None, retracted=False
    )
    since = Correction.objects.filter(event=OuterRef("pk"), undone_at=None, made_at__date__gt=OuterRef("end"))
    return rows.exclude(status__in=SETTLED).exclude(Exists(since)).order_by(F("end").desc(), "pk")


def _lapsed(asked: Asked, today: date) -> list[Item]:
    rows = lapsed_events(today)
    of: dict[str, Any] = {name: value for name in ("kind", "type") if (value := getattr(asked, name))}
    rows = rows.filter(**of)
    if asked.country:
        rows = rows.filter(Exists(EventParticipant.objects.filter(event=OuterRef("pk"), actor=asked.country)))
    unsure = UNSURE[Reason.LAPSED]
    return [
        Item(pk, 0, (Reason.LAPSED.value,), unsure, weight, day or today)
        for pk, weight, day in rows.values_list("pk", "weight", "end")[:NEAREST]
    ]
