"""What the words around an expression make of its days: by, from, since, until and the like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from timeline.extraction.dates.context import Context, Resolved


def _by(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return (c.anchor if r.end is not None and r.end >= c.anchor else None), r.end


def _goal(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    """`到2050年实现` is a deadline; of the past (`到2010年，贸易量占到了40%`) it is the time itself."""
    return (c.anchor, r.end) if r.end is not None and r.end >= c.anchor else (r.start, r.end)


def _from(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return r.start, (None if r.start is not None and r.start > c.anchor else c.anchor)


def _after(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return r.start, None


def _since(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return (r.start, None) if r.start is not None and r.start > c.anchor else (r.start, c.anchor)


def _until(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return _by(r, c)


def _as_of(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return None, r.end


def _as_of_or_from(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    """`as of May 3` is up to it where it lies behind, from it on where it lies ahead."""
    return _from(r, c) if r.start is not None and r.start > c.anchor else _as_of(r, c)


def _within(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    """`年内`: what is left of a unit that has begun; told of the past, what is over of it."""
    if r.start is None or r.end is None or not r.start <= c.anchor <= r.end:
        return r.start, r.end
    return (r.start, c.anchor) if c.tense.direction == "behind" else (c.anchor, r.end)


def _plain(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return r.start, r.end


MODIFIERS: dict[str, Callable[[Resolved, Context], tuple[date | None, date | None]]] = {
    "by": _by,
    "goal": _goal,
    "from": _from,
    "after": _after,
    "since": _since,
    "until": _until,
    "as_of": _as_of,
    "as_of_or_from": _as_of_or_from,
    "within": _within,
    "about": _plain,
    "plain": _plain,
}
