"""iCalendar (RFC 5545, RFC 7986) of any filter: whole days, and never a day that no source gave.

An event whose day is known, or that lasts for known days, is an entry on these days. A window (some day within) is
marked in its summary and TENTATIVE; longer than a week, or with an open end, it comes only where it is asked for. A
deadline is an entry on its last day. Most calendars hide what is CANCELLED; `cancelled=1` keeps it visible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext, ngettext, pgettext

from timeline.display.event import EventView
from timeline.display.sentences import belief_sentence, counts_words
from timeline.feeds import calendar_lines as write
from timeline.feeds.base import CANCELLED, WINDOWS, FeedRequest, feed
from timeline.feeds.metadata import FeedMetadata, heading, is_sure, metadata_of, plain, titled

MAX_ENTRIES = 1_000
MAX_PAST_ENTRIES = MAX_ENTRIES // 4  # of them for what is behind, where more lies ahead
MAX_UNASKED_DAYS = 7  # days of a window that comes unasked
REFRESH = "PT1H"
SETTLED = {"scheduled": "CONFIRMED", "occurred": "CONFIRMED", "postponed": "CONFIRMED"}
COLORS = {"election": "firebrick", "alliance": "steelblue"}  # names of CSS, as RFC 7986 wants
TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The events that become entries, and how many do not: long windows, and what is farther from today."""

    events: list[EventView]
    windows: int = 0
    farther: int = 0


@feed(WINDOWS, CANCELLED)
def ics(request: FeedRequest) -> HttpResponse:
    """`/feed.ics`: the page's filter, `lang`, `windows=1` for windows that are long or open, `cancelled=1`."""
    chosen = _choose(request)
    head = _head(request.title, " ".join(_about(chosen)))
    head += [f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}", f"SOURCE;VALUE=URI:{request.address('ics')}"]
    head += [f"URL:{request.page}", f"X-PUBLISHED-TTL:{REFRESH}"]
    metadata = metadata_of(chosen.events)
    known = [event for event in chosen.events if event.id in metadata]
    base = request.base
    entries = [_entry(event, metadata[event.id], base, visible=request.cancelled) for event in known]
    tag = f'W/"{hashlib.sha256(repr((head, entries)).encode()).hexdigest()[:32]}"'
    # Most who come have it already; for them no line is folded.
    response = get_conditional_response(request.http, etag=tag) or _written(head, entries, "newsdesk.ics")
    response["ETag"] = tag
    return response


def one(event: EventView, metadata: FeedMetadata, base: str) -> HttpResponse:
    """Answer with a calendar of one event, however long its window is."""
    return _written(_head(heading(event), ""), [_entry(event, metadata, base)], f"{event.id}.ics")


def _written(head: list[str], entries: Iterable[list[str]], name: str) -> HttpResponse:
    response = HttpResponse(write.calendar(head, entries), content_type=TYPE)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _choose(request: FeedRequest) -> Chosen:
    """Choose the nearest events from today on, and those of the past for which there is room."""
    today = request.today
    behind = request.chosen.events(today, before=(today, ""), limit=MAX_ENTRIES)
    ahead = request.chosen.events(today, after=(today, ""), limit=MAX_ENTRIES + 1)
    room = max(MAX_PAST_ENTRIES, MAX_ENTRIES - len(ahead))
    near = behind[-room:] if room else []
    near += ahead[: MAX_ENTRIES - len(near)]
    full = len(ahead) > MAX_ENTRIES or len(near) < len(behind) + len(ahead) or len(behind) == MAX_ENTRIES
    farther = max(0, request.chosen.count(today) - len(near)) if full else 0
    fit = [event for event in near if _span(event) and (request.windows or _is_short(event))]
    return Chosen(fit, len(near) - len(fit), farther)


def _is_short(event: EventView) -> bool:
    if is_sure(event) or event.when.is_deadline:
        return True
    return bool(event.when.start and event.when.end and (event.when.end - event.when.start).days < MAX_UNASKED_DAYS)


def _span(event: EventView) -> tuple[date, date] | None:
    """Return first and last day (inclusive); of a deadline its last day twice, of an open window the one known day.

    None where no day is known.
    """
    if event.when.is_deadline and event.when.end:
        return event.when.end, event.when.end
    start, end = event.when.start or event.when.end, event.when.end or event.when.start
    return (start, end) if start and end else None


def _about(chosen: Chosen) -> list[str]:
    """Describe the calendar, and what it leaves out."""
    words = [gettext("What is coming and what moved, each date with its source sentence.")]
    if chosen.windows:
        left = ngettext(
            "%(count)s window longer than a week is left out; add windows=1.",
            "%(count)s windows longer than a week are left out; add windows=1.",
            chosen.windows,
        )
        words.append(left % {"count": chosen.windows})
    if chosen.farther:
        left = ngettext(
            "%(count)s event farther from today is left out.",
            "%(count)s events farther from today are left out.",
            chosen.farther,
        )
        words.append(left % {"count": chosen.farther})
    return words


def _head(name: str, about: str) -> list[str]:
    lines = ["VERSION:2.0", "PRODID:-//newsdesk//newsdesk//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    if about:
        lines += [f"DESCRIPTION:{write.text(about)}", f"X-WR-CALDESC:{write.raw(about)}"]
    return [*lines, f"NAME:{write.raw(name)}", f"X-WR-CALNAME:{write.raw(name)}"]


def _entry(event: EventView, metadata: FeedMetadata, base: str, *, visible: bool = False) -> list[str]:
    """Write an all-day entry. Its UID never changes; SEQUENCE rises when days or status change. DTEND is exclusive.

    `visible`: a cancelled entry has a status that calendars show.
    """
    start, end = _span(event) or (event.day, event.day)
    changed = write.moment(metadata.changed)
    status = "TENTATIVE" if visible and event.status == "cancelled" else _status(event)
    categories = (event.kind, event.type, event.state, *(actor.code for actor in event.participants))
    return [
        f"SUMMARY:{write.text(_summary(event))}",
        f"DTSTART;VALUE=DATE:{write.day(start)}",
        f"DTEND;VALUE=DATE:{write.day(end + timedelta(days=1))}",
        f"DTSTAMP:{changed}",
        f"UID:event-{event.id}@newsdesk",
        f"SEQUENCE:{metadata.revision}",
        f"CATEGORIES:{write.texts(categories)}",
        f"COLOR:{COLORS[event.kind]}",
        f"CREATED:{write.moment(metadata.published)}",
        f"DESCRIPTION:{write.text(_description(event, base))}",
        f"LAST-MODIFIED:{changed}",
        f"STATUS:{status}",
        "TRANSP:TRANSPARENT",
        f"URL:{base}{event.link}",
        f"X-NEWSDESK-EDTF:{write.raw(event.when.edtf)}",
    ]


def _summary(event: EventView) -> str:
    """Return the title, marked where the day is unknown; that of a deadline says that its entry is the last day."""
    if not event.when.is_deadline or is_sure(event):
        return heading(event)
    return pgettext("a deadline", "Latest: %(title)s") % {"title": titled(event)}


def _status(event: EventView) -> str:
    """Return the STATUS. CONFIRMED says that it is on that day, so a window never is."""
    if event.status == "cancelled":
        return "CANCELLED"
    return SETTLED.get(event.state, "TENTATIVE") if is_sure(event) else "TENTATIVE"


def _description(event: EventView, base: str) -> str:
    parts = [belief_sentence(event)]
    if not is_sure(event):
        parts.append(_caution(event))
    parts += [event.evidence, counts_words(event), base + event.link]
    return plain("\n\n".join(part for part in parts if part))


def _caution(event: EventView) -> str:
    if event.when.is_deadline:
        return gettext("This is the last possible day; the exact day is not known.")
    if event.when.start is None or event.when.end is None:
        return gettext("Only one end is known; the entry is placed there.")
    return gettext("The exact day is not known.")
