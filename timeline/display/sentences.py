"""Sentences of the pages in the active language: status, what is believed, where an anchor came from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import get_language, get_language_info, gettext, gettext_noop, ngettext, pgettext

from timeline.display.event import EventView
from timeline.models import EventBelief
from timeline.models.dated import Status

STATUSES = frozenset(Status.values)


def state_words(state: str) -> str:
    """Return the word for a status or for `lapsed`; an unknown state stays as it is."""
    if state == "lapsed":
        return gettext("unconfirmed")
    return str(Status(state).label) if state in STATUSES else state


def language_name(tag: str) -> str:
    """Name a language by its BCP 47 tag in the active language; an unknown tag stays as it is."""
    try:
        return str(get_language_info(tag.lower())["name_translated"])
    except KeyError:
        return tag


BELIEFS = {
    "scheduled": gettext_noop("%(title)s, scheduled: %(span)s."),
    "expected": gettext_noop("%(title)s, expected: %(span)s."),
    "conditional": gettext_noop("%(title)s, conditional: %(span)s."),
    "occurred": gettext_noop("%(title)s took place: %(span)s."),
    "postponed": gettext_noop("%(title)s, postponed: %(span)s."),
    "cancelled": gettext_noop("%(title)s, cancelled. Planned date: %(span)s."),
    "lapsed": gettext_noop("%(title)s, due: %(span)s. Not confirmed by any later report."),
}


def belief_sentence(event: EventView) -> str:
    """Say in one sentence what is believed of an event."""
    known = BELIEFS.get(event.state)
    pattern = gettext(known) if known else "%(title)s: %(span)s."
    return pattern % {"title": event.title, "span": event.span}


def counts_words(event: EventView) -> str:
    """Count claims and sources: `3 reports from 2 sources`."""
    return _counts_words(get_language(), event.claim_count, event.source_count)


@lru_cache(maxsize=4096)  # few numbers are common
def _counts_words(language: str | None, claim_count: int, source_count: int) -> str:
    claims = ngettext("%(count)s report", "%(count)s reports", claim_count) % {"count": claim_count}
    sources = ngettext("%(count)s source", "%(count)s sources", source_count) % {"count": source_count}
    return gettext("%(claims)s from %(sources)s") % {"claims": claims, "sources": sources}


def accessible_name(event: EventView) -> str:
    """Return what a screen reader says of a mark: title, days, status."""
    words = {"title": event.title, "span": event.span, "status": state_words(event.state)}
    return pgettext("name of a mark", "%(title)s, %(span)s, %(status)s") % words


def change_words(belief: EventBelief) -> str:
    """Say why a belief followed the one before."""
    known = {
        "first": pgettext("change of belief", "first reported"),
        "narrowed": pgettext("change of belief", "date made more precise"),
        "moved": pgettext("change of belief", "date moved"),
        "revised": pgettext("change of belief", "date revised"),
        "status": pgettext("change of belief", "status changed"),
        "corrected": pgettext("change of belief", "corrected by an editor"),
    }
    return known.get(belief.change, belief.change)


def anchor_words(source: str) -> str:
    """Name the rule that gave the anchor date; an unknown one stays as it is."""
    known = {
        "given": pgettext("anchor from", "given when it was read"),
        "dateline": pgettext("anchor from", "the dateline"),
        "byline": pgettext("anchor from", "the byline stamp"),
        "published": pgettext("anchor from", "the time of publication in the newsroom's zone"),
        "bracket": pgettext("anchor from", "a day in brackets after a word such as “yesterday”"),
    }
    return known.get(source, source)


def local_moment(moment: datetime, zone: str) -> str:
    """Write a moment as the newsroom's clock showed it: `2024-03-20 10:15 (Europe/Paris)`; UTC for a wrong zone."""
    try:
        there = ZoneInfo(zone)
        return f"{moment.astimezone(there):%Y-%m-%d %H:%M} ({zone})"
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} (UTC)"


def shown_words(elections: int, alliances: int, reason: str, as_of: date | None) -> str:
    """Say in one sentence what the page shows and how many; `reason`: see `window_words`."""
    words = {
        "elections": ngettext("%(n)s election", "%(n)s elections", elections) % {"n": elections},
        "alliances": ngettext("%(n)s alliance event", "%(n)s alliance events", alliances) % {"n": alliances},
    }
    if not alliances or not elections:
        found = words["elections" if elections or not alliances else "alliances"]
    else:
        found = gettext("%(elections)s and %(alliances)s") % words
    if reason == "ahead" and not as_of:
        return gettext("%(found)s in the next 14 months, as newsrooms report them.") % {"found": found}
    return gettext("%(found)s on these days, as newsrooms report them.") % {"found": found}


def window_words(reason: str, as_of: date | None) -> str:
    """Say why the page shows other days than asked for; "" where the reader chose them or they are the next months."""
    if reason == "ahead" and as_of:
        return gettext("The 14 months after that day.")
    known = {
        "newest": gettext("No events are known for the next 14 months. Showing 14 months from the latest report."),
        "before": gettext("No events are known for the next 14 months. Showing 14 months up to the latest report."),
    }
    return known.get(reason, "")
