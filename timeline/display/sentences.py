"""Sentences of the pages in the active language: status, what is believed, where an anchor came from."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext, gettext_noop, ngettext, pgettext

from timeline.display.event import EventView
from timeline.models import EventBelief
from timeline.models.dated import Status

STATUSES = frozenset(Status.values)


def state_words(state: str) -> str:
    """A status, or `lapsed`."""
    if state == "lapsed":
        return gettext("lapsed")
    return str(Status(state).label) if state in STATUSES else state


def belief_sentence(event: EventView) -> str:
    """What is believed of an event, in one sentence."""
    patterns = {
        "scheduled": gettext("%(title)s is scheduled: %(span)s."),
        "expected": gettext("%(title)s is expected: %(span)s."),
        "conditional": gettext("%(title)s depends on a condition: %(span)s."),
        "occurred": gettext("%(title)s took place: %(span)s."),
        "postponed": gettext("%(title)s was postponed: %(span)s."),
        "cancelled": gettext("%(title)s will not take place: %(span)s was meant."),
        "lapsed": gettext("%(title)s was due: %(span)s. Nothing read since says that it took place."),
    }
    pattern = patterns.get(event.state, "%(title)s: %(span)s.")
    return pattern % {"title": event.title, "span": event.span}


def counts_words(event: EventView) -> str:
    """`3 claims from 2 sources`."""
    claims = ngettext("%(count)s claim", "%(count)s claims", event.claim_count) % {"count": event.claim_count}
    sources = ngettext("%(count)s source", "%(count)s sources", event.source_count) % {"count": event.source_count}
    return gettext("%(claims)s from %(sources)s") % {"claims": claims, "sources": sources}


def accessible_name(event: EventView) -> str:
    """What a screen reader says of a mark: title, days, status."""
    words = {"title": event.title, "span": event.span, "status": state_words(event.state)}
    return pgettext("name of a mark", "%(title)s, %(span)s, %(status)s") % words


def change_words(belief: EventBelief) -> str:
    """Why a belief followed the one before."""
    known = {
        "first": pgettext("change of belief", "first heard of"),
        "narrowed": pgettext("change of belief", "date made more precise"),
        "moved": pgettext("change of belief", "date moved"),
        "revised": pgettext("change of belief", "date revised"),
        "status": pgettext("change of belief", "status changed"),
        "corrected": pgettext("change of belief", "corrected by an editor"),
    }
    return known.get(belief.change, belief.change)


def anchor_words(source: str) -> str:
    """Which rule gave the anchor date."""
    known = {
        "given": pgettext("anchor from", "given when it was read"),
        "dateline": pgettext("anchor from", "the dateline"),
        "byline": pgettext("anchor from", "the byline stamp"),
        "published": pgettext("anchor from", "the time of publication in the newsroom's zone"),
        "bracket": pgettext("anchor from", "a day in brackets after a word such as “yesterday”"),
    }
    return known.get(source, source)


# The phrases of which the core makes its reasons; it writes them in English, a reader gets his own language.
REASONS = [
    gettext_noop("stated in full"),
    gettext_noop("no year; looks ahead from"),
    gettext_noop("no year; looks back from"),
    gettext_noop("no year; nearest to"),
    gettext_noop("no year; that of"),
    gettext_noop("no year; a deadline ahead of"),
    gettext_noop("no year; the weekday is that of"),
    gettext_noop("counts from something told, not from a day"),
    gettext_noop("refers to a day that the text has not named"),
    gettext_noop("some time before"),
    gettext_noop("some time after"),
    gettext_noop("no computable date near"),
    gettext_noop("what is past of the week"),
    gettext_noop("what is past of"),
    gettext_noop("the day in brackets, nearest to"),
    gettext_noop("the time named before"),
    gettext_noop("named before"),
    gettext_noop("no days"),
    gettext_noop("said"),
    gettext_noop("is named just before"),
    gettext_noop("no year;"),
    gettext_noop("no month; next after"),
    gettext_noop("no month; latest up to"),
    gettext_noop("no month;"),
    gettext_noop("next from"),
    gettext_noop("latest up to"),
    gettext_noop("the rest of the week from"),
    gettext_noop("the rest of"),
    gettext_noop("the day named before is"),
    gettext_noop("the month named before is"),
    gettext_noop("the year named before is"),
    gettext_noop("either of both"),
    gettext_noop("before what is dated"),
    gettext_noop("after what is dated"),
    gettext_noop("if what is dated"),
    gettext_noop("so turns out"),
    gettext_noop("a decade"),
    gettext_noop("who votes is told elsewhere in the text"),
    gettext_noop("who votes is only the topic of the article"),
    gettext_noop("who takes part is told in another clause"),
    gettext_noop("who takes part does something else first"),
    gettext_noop("only one of those who agree is told"),
    gettext_noop("who is meant by a word such as 双方 is told elsewhere"),
    gettext_noop("its day stands in another clause"),
    gettext_noop("its year is that of a date before"),
    gettext_noop("its day has no year, and nothing says that it lies ahead"),
    gettext_noop("its day has no month and may be that of another"),
    gettext_noop("others must tell what this source says"),
    gettext_noop("bracketed day"),
    gettext_noop("published"),
    gettext_noop("dateline"),
    gettext_noop("byline"),
    gettext_noop("anchor"),
    gettext_noop("until"),
    gettext_noop("since"),
    gettext_noop("from"),
    gettext_noop("by"),
    gettext_noop("or"),
]
REASON = re.compile(r"(?<![a-z])(?:" + "|".join(map(re.escape, sorted(REASONS, key=len, reverse=True))) + r")(?![a-z])")


def why_words(why: str) -> str:
    """A reason of the core in the active language; what it quotes of the article stays as it is."""
    return REASON.sub(lambda found: gettext(found.group()), why)


def local_moment(moment: datetime, zone: str) -> str:
    """A moment as the newsroom's clock showed it: `2024-03-20 10:15 (Europe/Paris)`; UTC for a wrong zone."""
    try:
        there = ZoneInfo(zone)
        return f"{moment.astimezone(there):%Y-%m-%d %H:%M} ({zone})"
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} (UTC)"


def window_words(reason: str, as_of: date | None) -> str:
    """Why the page shows the days it shows; "" where the reader chose them."""
    if reason == "ahead" and as_of:
        return gettext("The 14 months ahead of the day as known on.")
    known = {
        "ahead": gettext("The next 14 months."),
        "newest": gettext("Nothing is known of the next 14 months; these are the 14 months from the newest claim on."),
        "before": gettext("Nothing is known of the next 14 months; these are the 14 months up to the newest claim."),
    }
    return known.get(reason, "")
