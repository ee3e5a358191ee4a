"""Parse a feed's dates into moments, with the time zone of its newsroom, and record how each was read.

Feeds leave the zone out, or write UTC where they mean their local time: the first is read in the source's zone, the
second is a setting of the feed (`Clock`), since a single entry cannot show it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Literal
from zoneinfo import ZoneInfo

from timeline.extraction.phrases import phrases_of
from timeline.fetching.posts import FIRST_YEAR, LAST_YEAR

PHRASES = phrases_of(__name__)
Clock = Literal["stated", "local"]  # take the zone as written; or: UTC means the newsroom's local time
How = Literal["", "zone", "clock", "missing", "future"]

MAX_DATE_CHARS = 100
AHEAD = timedelta(minutes=10)  # tolerance for clocks that differ; a moment further ahead is clamped
UTC_WORDS = frozenset({"Z", "UT", "UTC", "GMT"})
LABEL = re.compile(r"(?:\s|(?<=\d))([A-Za-z]{1,5}|(?:GMT|UTC)?[+-]\d{1,2}:?\d{2})\)?$")
OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})", re.I)
NUMERIC = re.compile(PHRASES["numeric"])
NAMED = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}
NAMED |= {"BST": 1, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "MSK": 3, "AEST": 10, "AEDT": 11, "WET": 0, "EET": 2}


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as written: the local time, and its offset from UTC, or None where there is none.

    `name`: the label where it is a word (`CST`), which may mean something else in the source's zone.
    """

    wall: datetime
    offset: timedelta | None
    name: str = ""

    @property
    def says_utc(self) -> bool:
        return self.offset == timedelta() and (not self.name or self.name in UTC_WORDS)


@dataclass(frozen=True, slots=True)
class EntryDate:
    """The moment of an entry, UTC, and how it was found.

    `how`: "" as written; zone: without a label, read in the source's zone; clock: labelled UTC, read in the source's
    zone; missing: the time of the fetch; future: clamped to the time of the fetch.
    """

    moment: datetime
    how: How = ""


def parse_date(text: str) -> WrittenDate | None:
    """Parse a date of RFC 822, of ISO 8601, or in numbers from year to second; None where it is none."""
    text = " ".join(text.split())
    if not text or len(text) > MAX_DATE_CHARS:
        return None
    label = LABEL.search(text)
    wall = _wall(text[: label.start()] if label else text) or _wall(text)
    if wall is None or not FIRST_YEAR < wall.year < LAST_YEAR or (wall.year, wall.month, wall.day) == (1970, 1, 1):
        return None
    name = label[1].upper() if label else ""
    if found := OFFSET.fullmatch(name):
        minutes = int(found[2]) * 60 + int(found[3])
        offset = timedelta(minutes=-minutes if found[1] == "-" else minutes)
        # RFC 2822, 3.3: -0000 means that the zone is unknown
        unknown = found[0] in ("-0000", "-00:00") or abs(offset) >= timedelta(hours=24)
        return WrittenDate(wall, None if unknown else offset)
    if name in UTC_WORDS:
        return WrittenDate(wall, timedelta(), name)
    hours = NAMED.get(name)
    return WrittenDate(wall, None if hours is None else timedelta(hours=hours), name if hours is not None else "")


def _wall(text: str) -> datetime | None:
    """Parse the local time; a label in `text` is ignored."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    try:
        if m := NUMERIC.search(text):
            year, month, day, hour, minute, second = (int(m[part] or 0) for part in "ymdHMS")
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
        if parts := parsedate_tz(text):
            return datetime(*parts[:6])  # noqa: DTZ001
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    return None


def entry_date(text: str, now: datetime, zone: ZoneInfo, clock: Clock) -> EntryDate:
    """Return the moment of an entry that was fetched at `now`, never later than `now`.

    A moment up to AHEAD after `now` counts as written; one further ahead gets `how` "future".
    """
    found = parse_date(text)
    if found is None:
        return EntryDate(now, "missing")
    moment, how = _resolve(found, zone, clock)
    if moment > now + AHEAD:
        return EntryDate(now, "future")
    return EntryDate(min(moment, now), how)


def _resolve(found: WrittenDate, zone: ZoneInfo, clock: Clock) -> tuple[datetime, How]:
    local = found.wall.replace(tzinfo=zone)
    if found.offset is None or (found.name and found.name == local.tzname()):  # CST of Shanghai is not that of Chicago
        return local.astimezone(UTC), "zone" if found.offset is None else ""
    if clock == "local" and found.says_utc:
        return local.astimezone(UTC), "clock"
    return found.wall.replace(tzinfo=timezone(found.offset)).astimezone(UTC), ""
