"""Whether a feed that writes UTC means UTC: the evidence of its entries, for an editor to decide.

Two things give a wrong clock away. A moment in the future cannot be; and a text that says `今天（14日）` tells the day
it was written on, which agrees with one reading of its date and not with the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from timeline.extraction.anchor import anchor_of
from timeline.extraction.article import Article
from timeline.extraction.cleaning import clean
from timeline.extraction.script import fold
from timeline.fetching.dates import AHEAD, Clock, written
from timeline.fetching.feeds import Entry

READ = 100  # entries whose texts are looked at
MAX_TEXT_CHARS = 20_000  # characters of each


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`clock`: what the evidence speaks for; `why`: one sentence."""

    clock: Clock
    why: str


def suggest(entries: Iterable[Entry], now: datetime, zone: ZoneInfo) -> Suggestion | None:
    """What the entries that say UTC speak for; None where they do not tell, or where both readings are one."""
    utc, ahead, stated, local = 0, 0, 0, 0
    for entry in list(entries)[:READ]:
        found = written(entry.date)
        if found is None or not found.says_utc:
            continue
        as_stated, as_local = found.wall.replace(tzinfo=UTC), found.wall.replace(tzinfo=zone)
        if as_stated == as_local:
            continue
        utc += 1
        ahead += as_stated > now + AHEAD and as_local.astimezone(UTC) <= now + AHEAD
        moved = [_moved(entry, moment, zone) for moment in (as_stated, as_local)]
        stated += moved == [False, True]
        local += moved == [True, False]
    if not utc:
        return None
    if local > stated or (ahead and local >= stated):
        return Suggestion("local", _because(utc, ahead, local))
    if stated > local:
        return Suggestion("stated", f"in {stated} of {utc} entries the days named in the text agree with UTC")
    return None


def _because(utc: int, ahead: int, local: int) -> str:
    said = [f"{ahead} of {utc} entries that say UTC would lie in the future"] if ahead else []
    said += [f"in {local} of {utc} the days named in the text agree with local time only"] if local else []
    return "; ".join(said)


def _moved(entry: Entry, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a bracketed day in the text contradicts this moment of publication."""
    text = clean(entry.markup[:MAX_TEXT_CHARS], entry.title)
    article = Article(title=entry.title, text=text, published=moment.astimezone(UTC), zone=zone.key)
    anchor = anchor_of(article, fold(text))
    return anchor is not None and anchor.source == "bracket"
