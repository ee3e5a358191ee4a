"""Who is named in a text that may have events, and which country it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from timeline.extraction.article import Expression
from timeline.extraction.gazetteer import Mention, actors, find_mentions
from timeline.extraction.phrases import phrases_of
from timeline.extraction.script import fold

PHRASES = phrases_of(__name__)
PRESIDENTIAL_PALACE, GEORGIA = PHRASES["presidential_palace"], PHRASES["georgia"]
TOPIC_HEAD = 300  # characters at the beginning of a text, in which its topic is named most often
PALACE = 30  # characters between a country and its 总统府
SENTENCE_END = re.compile("[。!?\n]")
VOTING = re.compile(PHRASES["voting"], re.I)


class Topic(NamedTuple):
    """What an article is about: a country ("" for none), whether its title names it, and speaks of a vote."""

    country: str
    in_title: bool
    title_votes: bool


def mentions_in(text: str, folded: str, expressions: Sequence[Expression], anchor: date) -> list[Mention]:
    """Return the actors named outside of dates; `folded`: the folded `text`, in lower case where letters have case."""
    return _distinguished(find_mentions(_masked(text, expressions), anchor, folded=True), folded)


def topic_of(title: str, mentions: Sequence[Mention], anchor: date) -> Topic:
    """Return the country named first in the title, else most often among `mentions` at the beginning of the text."""
    country, in_title = _country(find_mentions(title, anchor), mentions)
    return Topic(country, in_title, VOTING.search(fold(title)) is not None)


def _country(in_title: Sequence[Mention], in_text: Sequence[Mention]) -> tuple[str, bool]:
    """Return the country that an article is about, and whether its title names it; else its beginning does."""
    for m in in_title:
        if actors()[m.codes[0]].kind == "country":
            return m.codes[0], True
    head = [c for m in in_text if m.start < TOPIC_HEAD for c in m.codes if actors()[c].kind == "country"]
    return (Counter(head).most_common(1)[0][0] if head else ""), False


def _distinguished(mentions: list[Mention], folded: str) -> list[Mention]:
    """乔治亚 is the country, or the state of the country that the text speaks of more often.

    总统府 is that of the country named just before it.
    """
    mentions = list(mentions)
    for i, m in enumerate(mentions):
        last = mentions[i - 1] if i else None
        if m.how != "seat" or last is None or last.how == "bloc" or not folded.startswith(PRESIDENTIAL_PALACE, m.start):
            continue
        if m.start - last.end <= PALACE and not SENTENCE_END.search(folded, last.end, m.start):
            mentions[i] = m._replace(codes=last.codes[:1])
    states = {m for m in mentions if m.how == "name" and m.codes == ("GE",) and folded.startswith(GEORGIA, m.start)}
    if not states or sum(m.codes == ("US",) for m in mentions) <= len(states):
        return mentions
    return [m._replace(codes=("US",), how="place", place="US-GA") if m in states else m for m in mentions]


def _masked(text: str, expressions: Sequence[Expression]) -> str:
    """Without the dates: `14日|中欧领导人` names no Japan."""
    out, position = [], 0
    for e in expressions:
        out += [text[position : e.start_char], "\0" * (e.end_char - e.start_char)]
        position = e.end_char
    return "".join([*out, text[position:]])
