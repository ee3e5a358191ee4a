"""Guess the time zone of a newsroom, with a reason, for an editor to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from timeline.fetching.dates import parse_date
from timeline.fetching.newsrooms import newsroom_of

GENERIC_DOMAINS = frozenset(
    "ac ai cc co fm gg im io ly me nu sh to tv ws".split()
)  # country-code domains used worldwide
CHINESE = {timedelta(hours=8): "Asia/Shanghai"}


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """`zone`: an IANA name, "UTC" where there is no evidence; `why`: half a sentence."""

    zone: str
    why: str


def guess_zone(url: str, dates: Iterable[str], language: str, now: datetime) -> ZoneGuess:
    """Guess by the newsroom, if it is known; else by the country of the host and the offsets of its dates."""
    room = newsroom_of(url)
    if room.zone != "UTC":
        return ZoneGuess(room.zone, f"known newsroom: {room.names['en']}")
    offsets = {found.offset for date in dates if (found := parse_date(date)) and found.offset}
    shown = ", ".join(sorted(_offset_text(offset) for offset in offsets))
    ending = (urlsplit(url).hostname or "").rpartition(".")[2].lower()
    zones = _zones_of(ending) if ending not in GENERIC_DOMAINS else ()
    for zone in zones:
        if not offsets or ZoneInfo(zone).utcoffset(now) in offsets:
            agrees = f", and its dates say {shown}" if offsets else ""
            return ZoneGuess(zone, f"its address ends in .{ending}{agrees}")
    if len(offsets) == 1:
        (offset,) = offsets
        if language.startswith("zh") and offset in CHINESE:
            return ZoneGuess(CHINESE[offset], f"Chinese, and its dates say {shown}")
        if offset % timedelta(hours=1) == timedelta():
            return ZoneGuess(f"Etc/GMT{-offset // timedelta(hours=1):+d}", f"its dates say {shown}")
    return ZoneGuess("UTC", "nothing tells it: say it with --zone")


@cache
def _zones_of(country: str) -> tuple[str, ...]:
    """Return the zones of a country, the most populous first, by its two-letter code."""
    country = {"uk": "gb"}.get(country, country).upper()
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple(row[2] for row in rows if row[0] == country)


def _offset_text(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return all time zones to choose from, in groups of continents: `Asia` → (`Asia/Shanghai`, `Shanghai`)."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    names = sorted({line.split("\t")[2] for line in lines if not line.startswith("#")})
    groups: dict[str, list[tuple[str, str]]] = {"UTC": [("UTC", "UTC")]}
    for name in names:
        continent, _, place = name.partition("/")
        groups.setdefault(continent, []).append((name, place.replace("_", " ")))
    groups["Etc"] = [(f"Etc/GMT{-hours:+d}", f"UTC{hours:+d}") for hours in range(-12, 15) if hours]
    return list(groups.items())
