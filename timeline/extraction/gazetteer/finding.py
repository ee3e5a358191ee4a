"""Finds the actors named in a text: one Aho-Corasick pass, longest first, whatever the script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import permutations

from ahocorasick_rs import AhoCorasick, MatchKind

from timeline.extraction.gazetteer.data import BadGazetteer, actors, persons, places, read
from timeline.extraction.script import fold

BEFORE_TERM = timedelta(days=2 * 366)  # a candidate acts for his country already
AFTER_TERM = timedelta(days=8 * 366)  # and a former leader is still named with it
RUN = 4  # short forms in a row: 美日印澳
WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Mention:
    """Actors named at a place: half-open offsets, codes in order, and how they are named.

    `how`: name, seat (a capital or house that stands for the government), person, joined (`美日韩`), bloc or
    place, whose code is in `place` and whose country in `codes`.
    """

    start: int
    end: int
    codes: tuple[str, ...]
    how: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    codes: tuple[str, ...]
    how: str
    place: str = ""
    since: date | None = None
    until: date | None = None
    whole: bool = False  # Latin letters: only whole words
    extra: int = 0  # characters at the end that belong to what follows (`访|华`)


@cache
def _index() -> tuple[AhoCorasick, list[_Entry]]:
    table: dict[str, _Entry] = {}
    for surface, entry in _entries():
        surface = fold(surface)
        known = table.get(surface)
        if known is not None and known.codes != entry.codes and "stop" not in (known.how, entry.how):
            raise BadGazetteer(f"{surface!r} stands for {known.codes} and for {entry.codes}")
        if known is None or entry.how == "stop":
            table[surface] = entry
    automaton = AhoCorasick(list(table), matchkind=MatchKind.LeftmostLongest)
    return automaton, list(table.values())


def _entries() -> Iterator[tuple[str, _Entry]]:
    names = read("names")
    for actor in actors().values():
        how = "bloc" if actor.kind == "bloc" else "name"
        for name in actor.names.values():
            yield name, _Entry((actor.code,), how, whole=_latin(name))
    for slug, row in read("blocs").items():
        yield from ((n, _Entry((slug,), "bloc", whole=_latin(n))) for n in row.get("names", []))
    for section, how in (("names", "name"), ("seats", "seat")):
        for code, surfaces in names[section].items():
            yield from ((s, _Entry((code,), how, whole=_latin(s))) for s in surfaces)
    for person in persons():
        entry = _Entry((person.code,), "person", since=person.since, until=person.until)
        yield from ((n, _Entry(entry.codes, "person", "", person.since, person.until, _latin(n))) for n in person.names)
    yield from _places()
    yield from _joined(names["short"], names["after_short"]["words"], names["before_short"]["words"])
    yield from ((word, _Entry((), "stop")) for word in [*read("stop")["words"], *names["not_runs"]["words"]])


def _latin(surface: str) -> bool:
    return surface[:1].isascii()


def _places() -> Iterator[tuple[str, _Entry]]:
    offices = read("places")["offices"]
    for place in places().values():
        for surface in place.surfaces:
            if _latin(surface):
                continue
            for office in offices:
                yield surface + office, _Entry((place.country,), "place", place.code, extra=len(office))


def _joined(short: dict[str, str], after: list[str], before: list[str]) -> Iterator[tuple[str, _Entry]]:
    """Runs of the great ones (`美日韩`), a short form with what makes it a country (`中美元首`, `访华`)."""
    great = {code: c for code, c in short.items() if c in "美中日韩俄英法德澳印欧"}
    for size in (2, 3):
        for codes in permutations(great, size):
            yield "".join(great[c] for c in codes), _Entry(codes, "joined")
    for run in ("美日印澳", "日美印澳", "美日澳印", "美印日澳", "澳英美", "美英澳", "英美澳", "美墨加", "美加墨"):
        by_char = {c: code for code, c in short.items()}
        yield run, _Entry(tuple(by_char[c] for c in run), "joined")
    for one, other in (
        ("US", "KP"),
        ("KP", "US"),
        ("US", "CA"),
        ("US", "MX"),
        ("US", "TW"),
        ("TW", "US"),
        ("CN", "CA"),
        ("CN", "PH"),
        ("CN", "VN"),
        ("US", "PH"),
        ("JP", "PH"),
        ("RU", "UA"),
        ("JP", "TW"),
    ):
        run = short[one] + short[other]
        yield from ((run + word, _Entry((one, other), "joined", extra=len(word))) for word in after)
    for word in before:
        yield from ((word + c, _Entry((code,), "name")) for code, c in great.items())
        yield word + "华", _Entry(("CN",), "name")


def find_mentions(text: str, day: date) -> list[Mention]:
    """Actors named in a text of any script, ordered, not overlapping, the longest name first.

    `day` decides for whom a person stands: from two years before his term to eight years after it.
    """
    folded = fold(text)
    automaton, entries = _index()
    found = []
    for number, start, end in automaton.find_matches_as_indexes(folded):
        entry = entries[number]
        if entry.how == "stop" or (entry.whole and not _whole_word(folded, start, end)):
            continue
        if entry.since is not None and not _acts(entry, day):
            continue
        found.append(Mention(start, end - entry.extra, entry.codes, entry.how, entry.place))
    return found


def _whole_word(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isascii() and WORD.match(before)) and not (after.isascii() and WORD.match(after))


def _acts(entry: _Entry, day: date) -> bool:
    assert entry.since is not None
    return entry.since - BEFORE_TERM <= day and (entry.until is None or day <= entry.until + AFTER_TERM)
