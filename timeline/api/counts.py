"""The operations for counts of events and for the log of changes."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from timeline.api import paging, parameters, schemas
from timeline.api.description import reads
from timeline.api.query import Query
from timeline.api.routes import router
from timeline.api.serialize import respond
from timeline.models.dated import Kind
from timeline.query import counts
from timeline.query.change_matching import FILTER, filter_of_stream, in_stream
from timeline.query.changes import change_json, changes_after
from timeline.query.filter import EventFilter
from timeline.query.parser import FilterError

MAX_DAYS = 3 * 366  # of a window that is counted by days


@router.get(
    "/density",
    summary="How many events begin in each month or on each day",
    **reads("getDensity", schemas.DensityOut, *parameters.FILTER, parameters.GRAIN),
)
def density(request: HttpRequest) -> HttpResponse:
    """Count matching events by where they begin; events that began before the window are not counted."""
    query = Query(request, *parameters.FILTER, parameters.GRAIN)
    grain, chosen = query["grain"], query.filter
    first, last = chosen.days(timezone.localdate())
    counted = _by_day(chosen, first, last) if grain == "day" else _by_month(chosen, first, last)
    buckets: list[dict[str, Any]] = []
    for start in sorted({day for day, _ in counted}):
        kinds = {kind: counted.get((start, kind), 0) for kind in Kind.values}
        if count := sum(kinds.values()):
            end = start if grain == "day" else _last_of(start)
            buckets.append({"start": start, "end": end, "count": count, **kinds})
    if grain == "month":
        first, last = first and first.replace(day=1), last and _last_of(last)
    total = sum(bucket["count"] for bucket in buckets)
    return respond({"grain": grain, "start": first, "end": last, "total": total, "buckets": buckets})


def _by_month(chosen: EventFilter, first: date | None, last: date | None) -> Mapping[tuple[date, str], int]:
    begin = first.replace(day=1) if first else date.min
    counted = counts.by_month(chosen, timezone.localdate())
    return {key: n for key, n in counted.items() if begin <= key[0] <= (last or date.max)}


def _by_day(chosen: EventFilter, first: date | None, last: date | None) -> Mapping[tuple[date, str], int]:
    if first is None or last is None or (last - first).days > MAX_DAYS:
        reason = gettext("Days are counted in a window of at most three years.")
        raise FilterError([("grain", reason, gettext("Give from and to, or window; or count months."))])
    return counts.by_day(chosen, timezone.localdate(), first, last)


def _last_of(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


FOLLOWING = (parameters.AFTER, parameters.WHAT, parameters.LIMIT, *FILTER)


@router.get(
    "/changes",
    summary="Changes to events, as a gap-free stream",
    **reads("listChanges", schemas.ChangesOut, *FOLLOWING),
)
def changes(request: HttpRequest) -> HttpResponse:
    """List changes numbered above `after`, oldest first; numbers rise in the order in which changes become visible.

    With a filter: those of events that match it before or after the change; a page may then be short, or empty.
    """
    query = Query(request, *FOLLOWING)
    after, limit, what = query["after"], query["limit"], query["what"]
    found = changes_after(after, limit + 1, what)
    read = found[:limit]
    shown = in_stream(filter_of_stream(query.values), read, timezone.localdate())
    last = read[-1].pk if read else after
    following = paging.address(request, request.path, request.GET, after=str(last)) if len(found) > limit else None
    return respond({"changes": [change_json(change) for change in shown], "after": last, "next": following})
