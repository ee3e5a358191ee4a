"""What a sentence tells of several at once: `芬兰和瑞典分别于2023年和2024年加入`, `分别会见日本首相和加拿大总理`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from timeline.extraction.article import EventMention
from timeline.extraction.events.found import Found
from timeline.extraction.gazetteer import Mention, actors
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Doubt

PHRASES = phrases_of(__name__)
EACH = re.compile(PHRASES["each"])
JOINED = re.compile(PHRASES["joined"])
BESIDE = re.compile(PHRASES["beside"])  # with names and offices between
SEPARATELY = re.compile(PHRASES["separately"])
CLOSE = 14  # characters

Spanned = TypeVar("Spanned")


def distributed(events: Sequence[EventMention], found: Found) -> list[EventMention]:
    """Return the events, each of a list of days with the one country that stands at its place in the list of countries.

    Only where the sentence says that each did it at a time of its own, and names as many days as countries. Who stands
    in no such list (the bloc that both joined) takes part in all of them. Whoever is met separately has a meeting of
    his own.
    """
    return [each for event in events for each in _separate(_with_its_own(event, found), found)]


def _with_its_own(event: EventMention, found: Found) -> EventMention:
    text, start, end = found.lowered, event.evidence_start, event.evidence_end
    if not event.expressions or EACH.search(text, start, end) is None:
        return event
    dates = [(i, e) for i, e in enumerate(found.dated.all_expressions) if start <= e.start_char and e.end_char <= end]
    runs_of_dates = _runs([(e.start_char, e.end_char, i) for i, e in dates], text)
    days = next((run for run in runs_of_dates if event.expressions[0] in run), [])
    named = [(m.start, m.end, m) for m in found.mentions if start <= m.start < end and _is_country(m)]
    who = next((run for run in _runs(named, text) if len(run) == len(days) > 1), [])
    if not who:
        return event
    own, listed = who[days.index(event.expressions[0])], {m.codes[0] for m in who}
    code = own.codes[0]
    rest = () if event.kind == "election" else tuple(c for c in event.participants if c not in listed)
    mentions = {m for m in event.mentions if m[2] in rest} | {(own.start, own.end, code)}
    return replace(event, participants=(code, *rest), mentions=tuple(sorted(mentions)))


def _separate(event: EventMention, found: Found) -> list[EventMention]:
    """Return a meeting for each of a list of guests, where the word before it says that they were met separately."""
    text, (start, end) = found.lowered, event.trigger
    if event.type != "meeting" or len(event.participants) <= 2 or SEPARATELY.search(text, start - CLOSE, start) is None:
        return [event]
    behind = [m for m in found.mentions if end <= m.start < event.evidence_end and _is_country(m)]
    first = next(_runs([(m.start, m.end, m) for m in behind], text, BESIDE), [])
    guests = list(dict.fromkeys(m.codes[0] for m in first))
    hosts = tuple(c for c in event.participants if c not in guests)
    if len(hosts) != 1 or len(guests) < 2 or not set(guests) & set(event.participants):
        return [event]
    doubts = tuple(d for d in event.doubts if d is not Doubt.WHO_UNSURE)
    met = [((*hosts, c), tuple(m for m in event.mentions if m[2] in (*hosts, c))) for c in guests]
    return [replace(event, participants=codes, mentions=named, doubts=doubts) for codes, named in met]


def _is_country(m: Mention) -> bool:
    return len(m.codes) == 1 and actors()[m.codes[0]].kind == "country"


def _runs(
    spans: Sequence[tuple[int, int, Spanned]], text: str, joined: re.Pattern[str] = JOINED
) -> Iterator[list[Spanned]]:
    """Yield what stands side by side, joined by nothing but `、`, `和` and the like."""
    run: list[Spanned] = []
    last = 0
    for start, end, what in spans:
        if run and joined.fullmatch(text, last, start) is None:
            yield run
            run = []
        run.append(what)
        last = end
    if run:
        yield run
