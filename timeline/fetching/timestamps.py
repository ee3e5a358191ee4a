"""Does a feed that writes UTC mean UTC? Collect evidence from its entries, for an editor to decide.

Two signs show a wrong clock. A moment cannot be in the future; and a text that says `今天（14日）` names the day on
which it was written, which agrees with one reading of its date and not with the other.
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
from timeline.fetching.dates import AHEAD, Clock, parse_date
from timeline.fetching.feeds import Entry

MAX_EXAMINED_ENTRIES = 100  # entries whose texts are read
MAX_TEXT_CHARS = 20_000  # of each


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`clock`: the reading that the evidence supports; `why`: one sentence."""

    clock: Clock
    why: str


def suggest(entries: Iterable[Entry], now: datetime, zone: ZoneInfo) -> Suggestion | None:
    """Return the reading that the entries with UTC support.

    None where the evidence is inconclusive, or where both readings are the same moment.
    """
    utc, ahead, stated, local = 0, 0, 0, 0
    for entry in list(entries)[:MAX_EXAMINED_ENTRIES]:
        found = parse_date(entry.date)
        if found is None or not found.says_utc:
            continue
        as_stated, as_local = found.wall.replace(tzinfo=UTC), found.wall.replace(tzinfo=zone)
        if as_stated == as_local:
            continue
        utc += 1
        ahead += as_stated > now + AHEAD and as_local.astimezone(UTC) <= now + AHEAD
        moved = [_is_contradicted(entry, moment, zone) for moment in (as_stated, as_local)]
        stated += moved == [False, True]
        local += moved == [True, False]
    if not utc:
        return None
    if local > stated or (ahead and local >= stated):
        return Suggestion("local", _evidence(utc, ahead, local))
    if stated > local:
        return Suggestion("stated", f"in {stated} of {utc} entries the days named in the text agree with UTC")
    return None


def _evidence(utc: int, ahead: int, local: int) -> str:
    signs = [f"{ahead} of {utc} entries that say UTC would lie in the future"] if ahead else []
    signs += [f"in {local} of {utc} the days named in the text agree with local time only"] if local else []
    return "; ".join(signs)


def _is_contradicted(entry: Entry, moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether a bracketed day in the text contradicts this moment of publication."""
    text = clean(entry.markup[:MAX_TEXT_CHARS], entry.title)
    article = Article(title=entry.title, text=text, published=moment.astimezone(UTC), zone=zone.key)
    anchor = anchor_of(article, fold(text))
    return anchor is not None and anchor.source == "bracket"
