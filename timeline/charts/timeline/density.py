"""Counts of the events that have no mark: by bin, with links that zoom there."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.utils.translation import ngettext

from timeline.charts.scale import Scale
from timeline.charts.timeline.events import Ribbons
from timeline.charts.timeline.layout import GUTTER, MARGIN, WIDTH
from timeline.charts.timeline.ribbons import Bin, Overview, overview
from timeline.display.dates import span_words
from timeline.display.event import EventView
from timeline.extraction.dates.calendar import add_months
from timeline.extraction.when import When
from timeline.models.dated import Kind
from timeline.query import counts as event_counts
from timeline.query.filter import EventFilter
from timeline.query.form import FIRST_DAY, LAST_DAY, Look, page_url

Counts = Counter[tuple[date, str]]  # by (first day of a month, kind)
Address = Callable[[date, date], str]
MAX_URL_CHARS = 300  # a longer URL is not repeated in every bin: the page has at most 200 kB
MIN_ZOOM_DAYS = 7  # the least days shown after zooming into a bin
MAX_MONTHLY_DAYS = 15 * 366  # a longer span, in days, is counted by years
MAX_JUMPS = 40  # links of the overview
SECOND, LAST_BUT_ONE = date(FIRST_DAY.year + 1, 1, 1), date(LAST_DAY.year - 1, 1, 1)
SHARE_BEFORE = 100  # of the events at most one in so many lies before the beginning of the strip
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # years


def address(chosen: EventFilter, look: Look) -> Address:
    """Return a function that gives the URL of the same filter for other days; "" where it is too long to repeat."""

    def to(start: date, end: date) -> str:
        pad = timedelta(days=max(0, MIN_ZOOM_DAYS - (end - start).days) // 2)
        start, end = max(FIRST_DAY, start - pad), min(LAST_DAY, end + pad)
        there = replace(chosen, window="", start=start, end=end)
        url = page_url(there, Look(group=look.group))
        return url if len(url) <= MAX_URL_CHARS else ""

    return to


# --- the ribbons --------------------------------------------------------------------------------


def ribbons_of(chosen: EventFilter, look: Look, today: date, months: Counts) -> Ribbons:
    """Return the callback that `picture_of` takes. `months`: `counts.by_month` of the same filter."""

    def ribbons(axis: Scale, drawn: Sequence[EventView]) -> dict[str, list[Bin]]:
        spans = axis.bins()
        starts = [start for start, _ in spans]
        rest = event_counts.by_span(chosen, today, spans, months)
        for event in drawn:
            if axis.holds(event.day):
                rest[bisect(starts, event.day) - 1, event.kind] -= 1
        to = address(chosen, look)
        return {kind: _bins(spans, [rest[i, kind] for i in range(len(spans))], to) for kind in Kind.values}

    return ribbons


def _bins(spans: Sequence[tuple[date, date]], counts: Sequence[int], to: Address) -> list[Bin]:
    found = []
    for (start, end), n in zip(spans, counts, strict=True):
        if n > 0:
            words = ngettext("%(when)s: %(count)s more event", "%(when)s: %(count)s more events", n)
            found.append(Bin(start, end, n, to(start, end), words % {"when": _when(start, end), "count": n}))
    return found


def _when(start: date, end: date) -> str:
    """Return the days of a bin as text: a month, quarter or year where it is exactly that, else first and last day."""
    behind = end + timedelta(days=1)
    whole = start.day == 1 and behind.day == 1
    if whole and start.month == behind.month == 1:
        return span_words(When(start, end, "year"))
    units = {add_months(start, 1): "month", add_months(start, 3): "quarter"} if whole else {}
    return span_words(When(start, end, units.get(behind, "day")))


# --- the strip of all days ----------------------------------------------------------------------


def beginning_of(months: Counts) -> date | None:
    """Return the first month of the 99 % of the events that lie latest; None where there are none.

    A single vote of two centuries ago would press all others into the last tenth of the picture.
    """
    by_month: Counter[date] = Counter()
    for (month, _), n in months.items():
        by_month[month] += n
    left = sum(by_month.values()) // SHARE_BEFORE
    for month in sorted(month for month, n in by_month.items() if n > 0):
        left -= by_month[month]
        if left < 0:
            return month
    return None


def overview_of(
    chosen: EventFilter, look: Look, months: Counts, window: tuple[date, date], today: date
) -> Overview | None:
    """Return the span of nearly all data in months or years, with a link to each year; None where no event has a date.

    It begins where 99 % of the events lie, and a link leads to those before. A year is added on both sides, so that the
    window can be moved a little beyond the data on the same scale.
    """
    known = [day for (day, _), n in months.items() if n > 0]
    begin = beginning_of(months)
    if begin is None:
        return None
    first = min(add_months(max(begin, SECOND), -12), window[0]).replace(month=1, day=1)
    last = max(add_months(min(max(known), LAST_BUT_ONE), 12), window[1]).replace(month=12, day=31)
    axis = Scale(first, last, GUTTER, WIDTH - MARGIN)
    bars = {kind: _bars(axis, months, kind) for kind in Kind.values}
    to = address(chosen, look)
    return overview(axis, bars, _jumps(axis, months, to), window, today, _before(first, months, to))


def _before(first: date, months: Counts, to: Address) -> Bin | None:
    """Return the events before the beginning of the strip, with the address that leads to them."""
    early = {month: n for (month, _), n in months.items() if n > 0 and month < first}
    if not early:
        return None
    n = sum(count for (month, _), count in months.items() if month < first)
    start, end = min(early), first - timedelta(days=1)
    words = ngettext("%(count)s earlier", "%(count)s earlier", n) % {"count": n}
    return Bin(start, end, n, to(start, end), words)


def _bars(axis: Scale, months: Counts, kind: str) -> list[Bin]:
    yearly = axis.days > MAX_MONTHLY_DAYS
    summed: Counter[date] = Counter()
    for (month, of), n in months.items():
        if of == kind and axis.holds(month):
            summed[month.replace(month=1) if yearly else month] += n
    step = 12 if yearly else 1
    return [Bin(m, _last(m, step), n, "", "") for m, n in sorted(summed.items()) if n > 0]


def _last(first: date, months: int) -> date:
    """Return the last day of so many months; the calendar ends with the year 9999."""
    return date.max if first.year + months // 12 > 9999 else add_months(first, months) - timedelta(days=1)


def _jumps(axis: Scale, months: Counts, to: Address) -> list[Bin]:
    years = axis.end.year - axis.start.year + 1
    step = next((s for s in STEPS if years / s <= MAX_JUMPS), STEPS[-1])
    found = []
    for year in range(axis.start.year - axis.start.year % step, axis.end.year + 1, step):
        start = date(max(year, axis.start.year), 1, 1)
        end = date(min(year + step - 1, axis.end.year), 12, 31)
        n = sum(count for (month, _), count in months.items() if start <= month <= end)
        words = ngettext("%(when)s: %(count)s event", "%(when)s: %(count)s events", n)
        found.append(Bin(start, end, n, to(start, end), words % {"when": _when(start, end), "count": n}))
    return found
