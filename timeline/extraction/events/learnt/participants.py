"""Who may take part in an event, and the signs by which a network judges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from timeline.extraction.events.learnt.pairs import Pair, bucket
from timeline.extraction.events.learnt.passages import Passage, ReadText
from timeline.extraction.gazetteer import Mention, actors

SENTENCES = 3  # whose actors may take part: the own one and two before
MOST_NAMED = 2  # actors that may take part wherever they stand
ELSEWHERE = 9


class Candidate(NamedTuple):
    """An actor that may take part in the events of a passage. `mentions`: token, how named, sentences before."""

    code: str
    kind: str
    mentions: Sequence[tuple[int, str, int]]
    here: bool
    in_title: bool
    rank: int
    countries_here: int
    is_topic: bool


def candidates_of(text: ReadText, passage: Passage, home: Mapping[str, Sequence[str]]) -> list[Candidate]:
    """Return the actors of the sentence and two before, of the title, the most named, and who votes by this name."""
    i, found = passage.sentence, dict[str, list[Mention]]()
    for sentence in range(max(0, i - SENTENCES + 1), i + 1):
        for m in text.mentions_of.get(sentence, ()):
            for code in m.codes:
                found.setdefault(code, []).append(m)
    named = [code for code, _ in text.frequency.most_common(MOST_NAMED)]
    at_home = [c for w in passage.words for c in home.get(text.lowered[w.start : w.end], ())[:1]]
    for code in [*text.in_title, *named, *at_home]:
        found.setdefault(code, [])
    own = {c for m in text.mentions_of.get(i, ()) for c in m.codes if actors()[c].kind == "country"}
    first, last = passage.starts[0], passage.tokens[-1].end
    out = []
    for code, mentions in found.items():
        places = [
            (passage.place(m.start), m.how, i - text.sentence_at(m.start)) for m in mentions if first <= m.start < last
        ]
        out.append(
            Candidate(
                code,
                actors()[code].kind,
                places,
                any(back == 0 for _, _, back in places),
                code in text.in_title,
                min(text.rank.get(code, 5), 5),
                min(3, len(own)),
                code == text.topic,
            )
        )
    return out


def signs_of(pair: Pair, c: Candidate, home: Sequence[str]) -> tuple[list[str], int]:
    """Return the signs of a candidate for a pair, and the token where it is named nearest; see `signs_at_trigger`."""
    signs, token = signs_at_trigger(pair, c, home)
    return [*signs, *signs_by_rules(pair, c)], token


def signs_at_trigger(pair: Pair, c: Candidate, home: Sequence[str]) -> tuple[list[str], int]:
    """Return the signs of a candidate for a trigger, and the token where it is named nearest (-1: not in the passage).

    `home`: the countries that hold a vote of the trigger's name. All pairs of a trigger have these signs.
    """
    nearest = _nearest(pair, c)
    signs = list(_general(pair, c))
    if home:
        signs.append(f"home={list(home).index(c.code) if c.code in home else ELSEWHERE}")
    about = pair.trigger.kind + pair.trigger.type
    if nearest is None:
        return [*signs, "side=none", f"none,about={about}"], -1
    return [*signs, *_of_mention(pair, c, about, nearest)], nearest[0]


def _nearest(pair: Pair, c: Candidate) -> tuple[int, str, int] | None:
    """Return the mention that stands nearest to the trigger; sentences before count as thirty words each."""

    def distance(mention: tuple[int, str, int]) -> int:
        at, _, back = mention
        between = pair.trigger_at - at - 1 if at < pair.trigger_at else at - pair.trigger_at + 1
        return between + 30 * back

    return min(c.mentions, key=distance) if c.mentions else None


def _general(pair: Pair, c: Candidate) -> Iterator[str]:
    t = pair.trigger
    about = t.kind + t.type
    yield f"kind={c.kind}"
    yield f"here={c.here:d}"
    yield f"title={c.in_title:d}"
    yield f"rank={c.rank}"
    yield f"countries={c.countries_here}"
    yield f"topic={c.is_topic:d}"
    yield f"code={c.code}"
    yield f"about,kind={about},{c.kind}"
    yield f"about,title={about},{c.in_title:d}"
    yield f"about,rank,here={about},{min(c.rank, 3)},{c.here:d}"
    yield f"name,kind={t.name},{c.kind}"
    yield f"about,countries,here={about},{c.countries_here},{c.here:d}"
    yield f"code,type={c.code},{t.type}"
    yield f"about,here,title,first={about},{c.here:d}{c.in_title:d}{c.rank == 0:d}"


def signs_by_rules(pair: Pair, c: Candidate) -> Iterator[str]:
    """Yield the signs of a candidate by what the rules made of a pair."""
    for name, event in (("rule", pair.rule), ("rule nearby", pair.rule_nearby)):
        if event is not None:
            part = f"{name}={c.code in event.participants:d}"
            yield part
            yield f"{part},{pair.trigger.kind},{bool(event.doubts):d}"


def _of_mention(pair: Pair, c: Candidate, about: str, mention: tuple[int, str, int]) -> Iterator[str]:
    at, how, back = mention
    passage, t = pair.passage, pair.trigger_at
    side = ("L" if at < t else "R" if at > t else "I") + str(back)
    first, last = sorted((at, t))
    first = min(first + 1, last)
    others = passage.actors[last] - passage.actors[first]
    yield f"side={side}"
    yield f"distance={side},{bucket(last - first)}"
    yield f"commas={side},{min(3, passage.commas[last] - passage.commas[first])}"
    yield f"others={side},{min(3, others)}"
    yield f"about,side,others={about},{side},{min(2, others)}"
    yield f"how={how}"
    yield f"about,how={about},{how}"
    yield f"triggers={side},{min(2, passage.triggers[last] - passage.triggers[first])}"
    yield f"mentions={min(3, len(c.mentions))}"
    for offset in (-1, 1):
        if 0 <= at + offset < len(passage.tokens):
            token = passage.tokens[at + offset]
            word = token.text if token.tag.startswith("pos") else token.tag
            yield f"word{offset}={word}"
            yield f"word{offset},about={word},{about}"
