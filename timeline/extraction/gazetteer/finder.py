"""Finds the actors named in a text: one Aho-Corasick pass, longest first, whatever the script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import permutations
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from timeline.extraction.gazetteer.data import LANGUAGES, BadGazetteer, actors, persons, places, read
from timeline.extraction.phrases import phrases_of
from timeline.extraction.script import fold

PHRASES = phrases_of(__name__)
CHINA, HEADS_OF_STATE = PHRASES["china"], PHRASES["heads_of_state"]
BEFORE_TERM = timedelta(days=2 * 366)  # a candidate acts for his country already
AFTER_TERM = timedelta(days=8 * 366)  # and a former leader is still named with it
GREAT = PHRASES["great"]  # short forms that are countries in a run of them and behind a verb
DOTS = "•‧・˙."
WORD = re.compile(r"\w")


class Mention(NamedTuple):
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
    since: date | None = None  # a person's days, a candidacy and the years after the term included
    until: date | None = None
    whole: bool = False  # Latin letters: only whole words
    extra: int = 0  # characters at the end that belong to what follows (`高雄|市长`)
    lead: int = 0  # and at the beginning that belong to what stands before (`驻|德黑兰`)

    @property
    def bare(self) -> bool:
        """A place without what votes there, which yields to every other meaning of its name."""
        return self.how == "place" and not self.extra


STOP = _Entry((), "stop")


@cache
def _index() -> tuple[AhoCorasick, list[_Entry]]:
    table: dict[str, _Entry] = {}
    for surface, entry in _entries():
        surface = fold(surface)
        known = table.get(surface)
        if entry.bare and known is not None:  # a name that is more than a place (`托克劳`)
            continue
        if known is not None and not known.bare and known.codes != entry.codes and "stop" not in (known.how, entry.how):
            raise BadGazetteer(f"{surface!r} stands for {known.codes} and for {entry.codes}")
        if known is None or known.bare or entry.how == "stop":
            table[surface] = entry
    table = {**_after_verbs(table), **table}
    automaton = AhoCorasick(list(table), matchkind=MatchKind.LeftmostLongest)
    same: dict[_Entry, _Entry] = {}
    return automaton, [same.setdefault(entry, entry) for entry in table.values()]


def _after_verbs(table: dict[str, _Entry]) -> dict[str, _Entry]:
    """Names behind a verb that would else take their first character for a country (`驻|德黑兰`, `对|日内瓦`)."""
    names, words = read("names"), frozenset(read("stop")["words"])
    short = (*GREAT, CHINA)
    verbs = names["before_short"]["words"]
    found = {
        verb + surface: STOP if entry is STOP else replace(entry, lead=len(verb))
        for verb in verbs
        for surface, entry in table.items()
        if surface.startswith(short) and (entry is not STOP or surface in words)
    }
    return found | {verb + word: STOP for verb in verbs for word in names["before_short"]["no_country"]}


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
        until = person.until and person.until + AFTER_TERM
        entry = _Entry((person.code,), "person", since=person.since - BEFORE_TERM, until=until)
        yield from ((name, replace(entry, whole=_latin(n))) for n in person.names for name in _dotted(n))
    yield from _guarded(names["guarded"])
    yield from _places()
    yield from _joined(names)
    yield from _of_any(names)
    yield from _stopped(names)


def _dotted(name: str) -> Iterator[str]:
    """Yield a name with all the dots that newsrooms put between its parts (`希拉里·克林顿`, `希拉里•克林顿`)."""
    yield name
    yield from (name.replace("·", dot) for dot in DOTS if "·" in name)


def _guarded(guarded: dict[str, Any]) -> Iterator[tuple[str, _Entry]]:
    """Surfaces that count only with a word behind them (`中非|总统`)."""
    for code, surfaces in guarded["names"].items():
        how = "bloc" if actors()[code].kind == "bloc" else "name"
        for surface in surfaces:
            yield from ((surface + word, _Entry((code,), how, extra=len(word))) for word in guarded["words"])


def _chinese(names: dict[str, Any], section: str) -> Iterator[tuple[str, str]]:
    """Country and surface of every Chinese name or seat."""
    for code, surfaces in names[section].items():
        yield from ((code, s) for s in surfaces if not _latin(s))
    if section == "names":
        for actor in actors().values():
            if actor.kind == "country":
                yield from ((actor.code, fold(actor.names[tag])) for tag in LANGUAGES[:2])


def _of_any(names: dict[str, Any]) -> Iterator[tuple[str, _Entry]]:
    """`总统府` is Taiwan's, `法国总统府` is not."""
    for code, surface in _chinese(names, "names"):
        yield from ((surface + word, _Entry((code,), "name")) for word in names["of_any"]["words"])


def _stopped(names: dict[str, Any]) -> Iterator[tuple[str, _Entry]]:
    """Yield what only holds a name: words, newsrooms before a seat, what follows a name or seat, newspapers."""
    stop = read("stop")
    seats = [surface for _, surface in _chinese(names, "seats")]
    lands = [fold(a.names[tag]) for a in actors().values() if a.kind == "country" for tag in LANGUAGES[:2]]
    great = [fold(actors()[code].names["zh-Hans"]) for code in names["short"]]
    words = [
        *stop["words"],
        *names["not_runs"]["words"],
        *(agency + seat for agency in stop["agencies"] for seat in seats),
        *(surface + word for surface in (*seats, *lands) for word in stop["behind"]),
        *(land + paper for land in great for paper in stop["papers"]),
    ]
    yield from ((word, STOP) for word in words)


def _latin(surface: str) -> bool:
    return surface[:1].isascii()


BARE = 3  # characters from which on the name of a place stands for itself


def _places() -> Iterator[tuple[str, _Entry]]:
    """Places with what votes there; some offices are only of one country (`知事`, `州务大臣`)."""
    table = read("places")
    countries = {fold(name) for actor in actors().values() for name in actor.names.values()}
    for place in places().values():
        entry = _Entry((place.country,), "place", place.code, whole=True)
        for surface in {fold(name) for name in place.surfaces if _latin(name)} - countries:
            yield from ((surface + word, replace(entry, extra=len(word))) for word in table["english_behind"])
            yield from ((word + surface, replace(entry, lead=len(word))) for word in table["english_before"])
        offices = [*table["offices"], *table["offices_of"].get(place.country, [])]
        for surface in sorted(set(map(fold, place.surfaces)), key=len, reverse=True):  # 东京都|议会, not 东京|都议会
            if not _latin(surface):
                if len(surface) >= BARE:
                    yield surface, _Entry((place.country,), "place", place=place.code)
                for office in offices:
                    yield surface + office, _Entry((place.country,), "place", place.code, extra=len(office))


def _joined(names: dict[str, Any]) -> Iterator[tuple[str, _Entry]]:
    """Yield runs of the great ones (`美日韩`), a short form with what makes it a country (`印巴两国`, `访华`)."""
    short, after, before = names["short"], names["after_short"]["words"], names["before_short"]["words"]
    great = {code: c for code, c in short.items() if c in GREAT}
    for size in (2, 3):
        for codes in permutations(great, size):
            yield "".join(great[c] for c in codes), _Entry(codes, "joined")
        if size == 2:  # 中美|元首, not 中|美元|首
            pairs = permutations(great, 2)
            yield from (
                ("".join(great[c] for c in two) + HEADS_OF_STATE, _Entry(two, "joined", extra=len(HEADS_OF_STATE)))
                for two in pairs
            )
    for run, codes in names["runs"].items():
        yield run, _Entry(tuple(codes.split()), "joined")
    for run, codes in names["pairs"].items():
        yield from ((run + word, _Entry(tuple(codes.split()), "joined", extra=len(word))) for word in after)
    for word in before:
        yield from ((word + c, _Entry((code,), "name")) for code, c in great.items())
        yield word + CHINA, _Entry(("CN",), "name")


def find_mentions(text: str, day: date, *, folded: bool = False) -> list[Mention]:
    """Actors named in a text of any script, ordered, not overlapping, the longest name first.

    `day` decides for whom a person stands: from two years before his term to eight years after it. `folded` says that
    the text is folded already.
    """
    if not folded:
        text = fold(text)
    automaton, entries = _index()
    found = []
    for number, start, end in automaton.find_matches_as_indexes(text):
        entry = entries[number]
        if entry is STOP or (entry.whole and not _whole_word(text, start, end)):
            continue
        if entry.since is not None and (day < entry.since or (entry.until is not None and day > entry.until)):
            continue
        found.append(Mention(start + entry.lead, end - entry.extra, entry.codes, entry.how, entry.place))
    return found


def _whole_word(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isascii() and WORD.match(before)) and not (after.isascii() and WORD.match(after))
