"""What a feed writes as a date → the moment it means, by the zone of its newsroom, and how that was told.

Feeds leave the zone out, or write UTC where they mean their own time: the first is read in the source's zone, the
second is a setting of the feed (`Clock`), since nobody can tell it from one entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Literal
from zoneinfo import ZoneInfo

from timeline.fetching.posts import FIRST_YEAR, LAST_YEAR

Clock = Literal["stated", "local"]  # believe what is written; or: UTC stands for the newsroom's own time
How = Literal["", "zone", "clock", "missing", "future"]

MAX_DATE_CHARS = 100
AHEAD = timedelta(minutes=10)  # clocks differ by so much; what lies further ahead is not believed
UTC_WORDS = frozenset({"Z", "UT", "UTC", "GMT"})
LABEL = re.compile(r"(?:\s|(?<=\d))([A-Za-z]{1,5}|(?:GMT|UTC)?[+-]\d{1,2}:?\d{2})\)?$")
OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})", re.I)
NUMERIC = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:[ T]{0,2}(?P<H>\d{1,2})[:时](?P<M>\d{1,2})分?(?::?(?P<S>\d{1,2})(?:\.\d+)?)?)?(?:\D|$)"
)
NAMED = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}
NAMED |= {"BST": 1, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "MSK": 3, "AEST": 10, "AEDT": 11, "WET": 0, "EET": 2}


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it stands: the time on the wall, and its label: an offset from UTC, or None where there is none.

    `name`: the label where it is a word (`CST`), for which a zone may have a meaning of its own.
    """

    wall: datetime
    offset: timedelta | None
    name: str = ""

    @property
    def says_utc(self) -> bool:
        return self.offset == timedelta() and (not self.name or self.name in UTC_WORDS)


@dataclass(frozen=True, slots=True)
class Told:
    """The moment of an entry, UTC. `how`: "" as written; zone: without a label, read in the source's; clock: labelled
    UTC, meant in the source's zone; missing: when it was fetched; future: clamped to when it was fetched."""

    moment: datetime
    how: How = ""


def written(text: str) -> Written | None:
    """Read a date of RFC 822, ISO 8601, or of numbers in that order; None where it is none."""
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
        # RFC 2822, 3.3: -0000 says that nothing is known of the zone
        unknown = found[0] in ("-0000", "-00:00") or abs(offset) >= timedelta(hours=24)
        return Written(wall, None if unknown else offset)
    if name in UTC_WORDS:
        return Written(wall, timedelta(), name)
    hours = NAMED.get(name)
    return Written(wall, None if hours is None else timedelta(hours=hours), name if hours is not None else "")


def _wall(text: str) -> datetime | None:
    """The time on the wall; a label in `text` is left out of account."""
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


def told(text: str, now: datetime, zone: ZoneInfo, clock: Clock) -> Told:
    """The moment that an entry means, fetched at `now`. Never later than `now` (but for clocks that differ)."""
    found = written(text)
    if found is None:
        return Told(now, "missing")
    moment, how = _meant(found, zone, clock)
    if moment > now + AHEAD:
        return Told(now, "future")
    return Told(min(moment, now), how)


def _meant(found: Written, zone: ZoneInfo, clock: Clock) -> tuple[datetime, How]:
    local = found.wall.replace(tzinfo=zone)
    if found.offset is None or (found.name and found.name == local.tzname()):  # CST of Shanghai is not that of Chicago
        return local.astimezone(UTC), "zone" if found.offset is None else ""
    if clock == "local" and found.says_utc:
        return local.astimezone(UTC), "clock"
    return found.wall.replace(tzinfo=timezone(found.offset)).astimezone(UTC), ""
