"""The events of both readers as one reading: where they agree it is plain, where they differ it says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from timeline.extraction.article import EventMention
from timeline.extraction.reason import Doubt

SURE = 0.9  # probability from which on the embedded reader stands by itself


def combine(embedded: Sequence[EventMention], second: Sequence[EventMention] | None) -> tuple[EventMention, ...]:
    """Return the events of an article; those of `embedded` alone where there is no second reading (None).

    What both tell is told as the second reader does, in the embedded reader's words where the days are the same. What
    only the embedded reader tells has the doubt `not_confirmed`, unless it is sure.
    """
    if second is None:
        return tuple(embedded)
    left = list(embedded)
    found = [_agreed(event, left) for event in second]
    return tuple(sorted([*found, *_unconfirmed(left)], key=lambda e: (e.trigger, e.participants)))


def _agreed(event: EventMention, left: list[EventMention]) -> EventMention:
    same = [other for other in left if is_same(event, other)]
    for other in same:
        left.remove(other)
    exact = next((o for o in same if o.when.days == event.when.days), None)
    if not same:
        return replace(event, reader="second")
    # Two readers tell it: how reliable the second one is alone says nothing of that.
    if exact is None:
        return replace(event, probability=None, doubts=(), reader="both")
    return replace(event, probability=exact.probability, said_by=exact.said_by, doubts=(), reader="both")


def _unconfirmed(left: Sequence[EventMention]) -> Iterator[EventMention]:
    for event in left:
        sure = not event.doubts and event.probability is not None and event.probability >= SURE
        yield event if sure else replace(event, doubts=tuple(dict.fromkeys((*event.doubts, Doubt.NOT_CONFIRMED))))


def is_same(one: EventMention, other: EventMention) -> bool:
    """Tell whether two readings mean the same: the kind, a participant and a day in common."""
    if one.kind != other.kind or not set(one.participants) & set(other.participants):
        return False
    starts = [d for d in (one.when.start, other.when.start) if d is not None]
    ends = [d for d in (one.when.end, other.when.end) if d is not None]
    return not starts or not ends or max(starts) <= min(ends)
