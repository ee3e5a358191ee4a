"""Which events of one article are the same, and what is kept of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from timeline.extraction.article import EventMention
from timeline.extraction.events.named_elections import NATIONWIDE
from timeline.extraction.when import When

ADJACENT = 3  # days; one article that gives two such days of a vote has erred in one


def once(found: list[EventMention]) -> tuple[EventMention, ...]:
    """One event once per article, with its most precise date and its surest status."""
    kept: list[EventMention] = []
    alike: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)  # those of `kept` that may be the same
    for event in found:
        by = event.participants if event.kind == "election" else event.type
        those = alike[event.kind, event.stage, event.place, by]
        for i in those:
            if _same(event, kept[i]):
                kept[i] = _better(kept[i], event)
                break
        else:
            those.append(len(kept))
            kept.append(event)
    return tuple(sorted(kept, key=lambda e: (e.trigger, e.participants)))


def _same(a: EventMention, b: EventMention) -> bool:
    if a.kind != b.kind or a.stage != b.stage or a.place != b.place:
        return False
    if a.kind == "election":
        if a.participants != b.participants:
            return False
        if a.type != b.type and not {a.type, b.type} <= NATIONWIDE:
            return False
        if {a.type, b.type} == {"presidential", "legislative"}:
            return False
        return _meet(a.when, b.when) or _days_apart(a, b) <= ADJACENT
    if a.type != b.type:
        return False
    if a.when.days == b.when.days:
        return set(a.participants) <= set(b.participants) or set(b.participants) <= set(a.participants)
    return set(a.participants) == set(b.participants) and (_contains(a.when, b.when) or _contains(b.when, a.when))


def _days_apart(a: EventMention, b: EventMention) -> int:
    one, other = a.when, b.when
    if one.start is None or other.start is None or not (one.is_day and other.is_day) or a.stage == "result":
        return ADJACENT + 1
    return abs((one.start - other.start).days)


def _meet(a: When, b: When) -> bool:
    """Return whether both have a day in common."""
    before = a.end is not None and b.start is not None and a.end < b.start
    after = b.end is not None and a.start is not None and b.end < a.start
    return not before and not after


def _contains(a: When, b: When) -> bool:
    """Return whether the days of `a` hold those of `b`."""
    starts = a.start is None or (b.start is not None and a.start <= b.start)
    ends = a.end is None or (b.end is not None and a.end >= b.end)
    return starts and ends


def _better(first: EventMention, second: EventMention) -> EventMention:
    """Return the more precise of two; on equal days the one with more participants; the special type wins."""
    if first.when.days == second.when.days:
        best = second if len(second.participants) > len(first.participants) else first
    else:
        sure = [e for e in (first, second) if e.status != "conditional"] or [first, second]
        best = min(sure, key=_length)  # a condition does not make a firm date more precise
    special = next((e.type for e in (first, second) if e.type != "general"), best.type)
    return replace(best, type=special) if best.kind == "election" else best


def _length(e: EventMention) -> int:
    """Days of the window; an open one is longer than any closed."""
    start, end = e.when.days
    return (end - start).days if start is not None and end is not None else 10**7
