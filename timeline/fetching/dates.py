"""Parse a feed's dates into moments, with the time zone of its newsroom, and record how each was read.

Feeds leave the zone out, or write UTC where they mean their local time: the first is read in the source's zone, the
second is a setting of the feed (`Clock`), since a single entry cannot show it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Literal
from zoneinfo import ZoneInfo

import dateparser

from timeline.extraction.phrases import phrases_of
from timeline.fetching.posts import FIRST_YEAR, LAST_YEAR

PHRASES = phrases_of(__name__)
Clock = Literal["stated", "local"]  # take the zone as written; or: UTC means the newsroom's local time
How = Literal["", "zone", "clock", "missing", "future", "page"]

MAX_DATE_CHARS = 100
AHEAD = timedelta(minutes=10)  # tolerance for clocks that differ; a moment further ahead is clamped
UTC_WORDS = frozenset({"Z", "UT", "UTC", "GMT"})
NUMERIC, REPUBLIC = re.compile(PHRASES["numeric"]), re.compile(PHRASES["republic"])
CLOCK, PARTS = re.compile(PHRASES["clock"], re.I), re.compile(PHRASES["parts"])
AM, PM = re.compile(PHRASES["am"], re.I), re.compile(PHRASES["pm"], re.I)
NOON = re.compile(PHRASES["noon"])
WRITTEN, DIGITS, TEN = re.compile(PHRASES["written"]), PHRASES["digits"], PHRASES["ten"]
ZEROS = 4  # of the digits, how many are written for nought
REPUBLIC_BEGINS = 1911  # its first year is the next
MAX_OFFSET = timedelta(hours=14)
BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
# GMT+8 and UTC-05:30 anywhere; +0800, +08:00, +08 behind a time or a blank; +8 behind a blank alone.
OFFSET = re.compile(
    r"(?P<before>^|[\s(]|:\d\d(?:[.,]\d+)?|T\d{2,6})"
    r"(?:(?P<word>GMT|UTC)\s?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?"
    r"|(?P<sign2>[+-])(?P<hours2>\d\d)(?::?(?P<minutes2>[0-5]\d))?|(?<=\s)(?P<sign3>[+-])(?P<hours3>\d))(?![\d:])(?!-\d)",
    re.I,
)
LABEL = re.compile(r"(?:(?<=\d)|(?<=\s)|(?<=\())(?!am|pm)(Z|[A-Z]{2,5})(?=[\s)\[]|$)", re.I)
COMPACT = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?=\D|$)")
UNIX = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
ISO_DAY = re.compile(r"\d{4}-(?:W\d\d-\d|\d{3})(?=T|$)")
MONTHS = dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True))
MONTH = r"(?P<b>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
DAY_FIRST = re.compile(
    rf"(?<![\d:])(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s/-]+(?:of\s+)?{MONTH}[\s,/-]+(?P<y>\d{{4}}|\d\d(?!:))(?!\d)", re.I
)
MONTH_FIRST = re.compile(
    rf"(?<![a-z]){MONTH}\s++(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s++\S.{{0,40}}?)??,?\s++(?P<y>\d{{4}})(?!\d)", re.I
)
YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)")
DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
WEEKDAY = re.compile(r"^[^\W\d_]+\.?,\s*")
LETTERS = re.compile(r"[^\W\d_]{3,}")
NAMED = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}
NAMED |= {"BST": 1, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "MSK": 3, "AEST": 10, "AEDT": 11, "WET": 0, "EET": 2}
NAMED |= {"EEST": 3, "WEST": 1, "PHT": 8, "WIB": 7, "ICT": 7, "PKT": 5, "NZST": 12, "NZDT": 13}
FOREIGN: dict[str, Any] = {
    "languages": ["de", "fr", "es", "it", "pt", "nl", "ru", "pl", "tr", "uk", "cs", "sv", "id", "vi", "ko", "ja"]
}


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
    zone; missing: the time of the fetch; future: clamped to the time of the fetch; page: noon of the day that the page
    of the entry states.
    """

    moment: datetime
    how: How = ""


def parse_date(text: str, order: str = "") -> WrittenDate | None:
    """Parse a date as feeds write it; None where it is none.

    RFC 822 and 850, ISO 8601, C and JavaScript, numbers from year to second, Chinese, seconds since 1970; the offset
    may stand anywhere. `order` (dmy, mdy or "") says how 5/6/2024 is meant. What is in none of these forms is left to
    dateparser, for the names of months in other languages.
    """
    text = " ".join(unicodedata.normalize("NFKC", text[:MAX_DATE_CHARS]).replace("\u2212", "-").split())
    if not text or len(text) >= MAX_DATE_CHARS:
        return None
    if found := UNIX.fullmatch(text):
        return _plausible(datetime.fromtimestamp(int(found[1]), UTC).replace(tzinfo=None), timedelta(), "UTC")
    text = WRITTEN.sub(_number, PARTS.sub(r"\1\2", text))
    rest, offset, name = _offset(text)
    wall = _wall(rest, order)
    return _plausible(wall, offset, name) if wall is not None else None


def _plausible(wall: datetime, offset: timedelta | None, name: str) -> WrittenDate | None:
    if not FIRST_YEAR < wall.year < LAST_YEAR or (wall.year, wall.month, wall.day) == (1970, 1, 1):
        return None
    return WrittenDate(wall, offset, name)


def _number(found: re.Match[str]) -> str:
    """Return Chinese numerals of a date in figures, up to 99 where they have a ten."""
    values = [c if c not in DIGITS else str(max(0, DIGITS.index(c) - ZEROS + 1)) for c in found[0]]
    tens, ten, ones = "".join(values).partition(TEN)
    if not ten or TEN in ones:
        return tens or found[0]
    return str(int(tens or 1) * 10 + int(ones or 0))


def _offset(text: str) -> tuple[str, timedelta | None, str]:
    """Return the text without its offset, the offset or None, and its name where it has one."""
    if found := OFFSET.search(text):
        parts = found.groupdict()
        sign = parts["sign"] or parts["sign2"] or parts["sign3"]
        hours, minutes = parts["hours"] or parts["hours2"] or parts["hours3"], parts["minutes"] or parts["minutes2"]
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        # RFC 2822, 3.3: -0000 means that the zone is unknown
        unknown = (sign == "-" and not offset and not parts["word"]) or abs(offset) > MAX_OFFSET
        rest = f"{text[: found.end('before')]} {text[found.end() :]}"
        return BRACKETS.sub(" ", LABEL.sub(_without_zone, rest)), None if unknown else offset, ""
    for label in LABEL.finditer(text):
        name = label[1].upper()
        if name in UTC_WORDS or name in NAMED:
            rest = f"{text[: label.start()]} {text[label.end() :]}"
            return BRACKETS.sub(" ", rest), timedelta(hours=NAMED.get(name, 0)), name
    return BRACKETS.sub(" ", text), None, ""


def _without_zone(found: re.Match[str]) -> str:
    return " " if found[1].upper() in UTC_WORDS or found[1].upper() in NAMED else found[0]


def _wall(text: str, order: str) -> datetime | None:
    """Parse the local time of a text without an offset."""
    try:
        if found := ISO_DAY.match(text):
            day, text = _iso_day(found[0]), text[found.end() :]
        elif found := COMPACT.search(text):
            hour, minute, second = (int(found[n] or 0) for n in (4, 5, 6))
            return _at(date(int(found[1]), int(found[2]), int(found[3])), hour, minute, second)
        else:
            day, text = _day(text, order)
        return _at(day, *_clock(text))
    except (ValueError, TypeError, OverflowError):
        return None


def _iso_day(text: str) -> date:
    return date.fromisoformat(text) if "W" in text else datetime.strptime(text, "%Y-%j").date()  # noqa: DTZ007


def _day(text: str, order: str) -> tuple[date, str]:
    """Return the day, and the text without it. Raises ValueError where there is none."""
    if found := REPUBLIC.search(text):
        day = date(int(found["y"] or found["Y"]) + REPUBLIC_BEGINS, int(found["m"]), int(found["d"]))
    elif found := NUMERIC.search(text):
        day = date(int(found["y"]), int(found["m"]), int(found["d"]))
    elif found := DAY_FIRST.search(text) or MONTH_FIRST.search(text):
        year = int(found["y"])
        year += 0 if year > 99 else 1900 if year > 68 else 2000  # RFC 2822, 4.3, and POSIX
        day = date(year, MONTHS[found["b"].lower()], int(found["d"]))
        between = text[found.start() : found.end()]
        return day, text[: found.start()] + " " + " ".join(clock[0] for clock in CLOCK.finditer(between)) + text[
            found.end() :
        ]
    elif found := YEAR_LAST.search(text):
        first, second = int(found[1]), int(found[3])
        month_first = second > 12 or (first <= 12 and (order == "mdy" or (not order and found[2] == "/")))
        day = date(int(found[4]), first if month_first else second, second if month_first else first)
    else:
        return _foreign_day(text)
    return day, text[: found.start()] + " " + text[found.end() :]


def _foreign_day(text: str) -> tuple[date, str]:
    """Return the day by the name of its month in another language. Raises ValueError where there is none."""
    clock = CLOCK.search(text)
    rest = WEEKDAY.sub("", text[: clock.start()] if clock else text)
    if not (LETTERS.search(rest) and DAY.search(rest) and YEAR.search(rest)):
        raise ValueError(text)
    # It guesses what is missing, so nothing may be missing.
    found = dateparser.parse(
        rest, settings={"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}, **FOREIGN
    )
    if found is None:
        raise ValueError(text)
    return found.date(), text[clock.start() :] if clock else ""


def _clock(text: str) -> tuple[int, int, int]:
    """Return the hour of 24, minute and second of what stands beside a day; midnight where it is no time."""
    found = CLOCK.search(text)
    if found is None:
        return 0, 0, 0
    hour, minute, second = int(found["H"]), int(found["M"] or found["N"] or 0), int(found["S"] or 0)
    if PM.search(text) or (NOON.search(text) and hour < 6):
        hour += 12 if hour < 12 else 0
    elif AM.search(text) and hour == 12:
        hour = 0
    return hour, minute, second


def _at(day: date, hour: int, minute: int, second: int) -> datetime:
    """Return a moment of a day; 24:00 is the next one's begin, a leap second the second before it."""
    if (hour, minute) == (24, 0):
        return datetime(day.year, day.month, day.day) + timedelta(days=1)  # noqa: DTZ001
    return datetime(day.year, day.month, day.day, hour, minute, min(second, 59))  # noqa: DTZ001


def entry_date(text: str, now: datetime, zone: ZoneInfo, clock: Clock, order: str = "") -> EntryDate:
    """Return the moment of an entry that was fetched at `now`, never later than `now`.

    A moment up to AHEAD after `now` counts as written; one further ahead gets `how` "future".
    """
    found = parse_date(text, order)
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
