"""Loads a language: its words, rules and modifiers, strictly, from the TOML beside this file."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from timeline.extraction.dates import absolute, days, english, relative
from timeline.extraction.dates.index import Index, Place, Rule, class_of, places_of
from timeline.extraction.dates.modifiers import MODIFIERS
from timeline.extraction.dates.patterns import BLANKS, NUMBER, Part, Pattern, compile_pattern, word_part

MEANINGS = {**absolute.MEANINGS, **days.MEANINGS, **relative.MEANINGS, **english.MEANINGS}


YEAR = 4  # numerals; a rule that is a mere number has at least so many
# levels that no words modify, that are no end of a range, and that may be said again
UNMODIFIED = frozenset({"vague", "span", "within", "point"})
NO_RANGE = frozenset({"nothing", "vague", "span", "within", "point"})
DAYS = frozenset({"day", "weekday", "deictic", "date", "holiday", "named_day"})


class BadGrammar(ValueError):
    """The language file breaks its own rules; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Modifier:
    """Words before or after an expression that turn its interval into another one."""

    name: str
    meaning: str
    match: Callable[..., re.Match[str] | None]
    levels: frozenset[str]
    unless: Callable[..., re.Match[str] | None]  # what must not follow the expression
    tense: str  # that the words themselves tell
    negation: Callable[..., re.Match[str] | None]  # what, said before, takes their meaning away: `not before May`


@dataclass(slots=True)
class Grammar:
    """One language, ready to scan. `places` gives every place where a rule may begin, in order."""

    language: str
    tables: Mapping[str, Part]
    rules: list[Rule]
    chain: Mapping[str, frozenset[str]]
    linkers: re.Pattern[str]
    to: re.Pattern[str]
    between: re.Pattern[str]  # a range only before `closing`: `三月和九月之间`
    closing: re.Pattern[str]
    opening: str  # the word before a range that `between` joins
    listing: re.Pattern[str]  # between expressions of which the last names what the others leave out
    moved: re.Pattern[str]  # before two days that are no range: the old and the new one
    moved_from: re.Pattern[str]  # before the old day, where `moved_to` stands behind it
    moved_to: re.Pattern[str]
    capitals: re.Pattern[str]  # words that keep their capital letter, which small ones have another meaning
    aside: re.Pattern[str]  # a weekday in brackets; its group is the word
    before: Mapping[str, tuple[Modifier, ...]]  # by the last character of their words
    after: Mapping[str, tuple[Modifier, ...]]  # by the first
    counts_from_anchor: re.Pattern[str]  # right before an amount, else it counts from what was told
    speech: re.Pattern[str]  # between a day and the quotation of what was said on it
    same_speech: re.Pattern[str]  # before a further quotation of it
    contents: re.Pattern[str]  # cues behind which stands what was said, not when
    cues: re.Pattern[str]  # its last group is the tense
    far_behind: int  # characters behind a bare day from which on a word of the future speaks of something else
    right_before: int  # and between a word of the future and the date, for it to be stronger than a nearer word
    governs: int  # and for it to decide the year, however near the other day is
    verb_first: bool  # whether the verb that tells the tense of a date stands before it
    by_words: bool  # whether blanks stand between words
    places: Callable[[str], Iterator[Place]] = field(init=False)
    alone: Index = field(init=False)
    links: Mapping[str, Index] = field(init=False)  # what may follow a level of the chain
    behind: Mapping[str, Callable[[str, int], object]] = field(init=False)  # whether anything may belong to a level

    def __post_init__(self) -> None:
        self.alone = Index((rule for rule in self.rules if rule.alone), YEAR)
        self.links = {
            level: Index(rule for rule in self.rules if rule.chained and rule.level in nexts)
            for level, nexts in self.chain.items()
        }
        self.places = places_of(self.alone, by_words=self.by_words)
        self.behind = {rule.level: self._behind(rule.level) for rule in self.rules}

    def _behind(self, level: str) -> Callable[[str, int], object]:
        """Return one look at what stands after an expression, which spares most of them all others.

        Between words there are blanks, where it would tell nothing.
        """
        if self.by_words:
            return _anything
        pieces = [f"(?:{self.linkers.pattern}){class_of(self.links[level].firsts)}"] if level in self.links else []
        if level not in UNMODIFIED:
            pieces.append(class_of(self.after))
        if level not in NO_RANGE:
            pieces += [self.to.pattern, self.between.pattern, self.moved_to.pattern]
        if level in DAYS:
            pieces += [self.aside.pattern, f" ?{class_of(self.alone.firsts | {'('})}"]
        return re.compile("|".join(pieces) or NEVER).match


def _anything(text: str, position: int) -> object:
    return True


NEVER = "(?!)"
WORD_BEGINS = 5  # characters by which rules are told apart where blanks stand between words
WORDS: dict[str, Any] = {"blank": BLANKS, "length": WORD_BEGINS}
RULE_KEYS = frozenset(
    "name level pattern meaning alone chained not_after not_before only_after only_before unless".split()
)
MODIFIER_KEYS = frozenset("name meaning words not_before not_after levels unless tense negation".split())
SECTIONS = frozenset(
    "language words phrases chain linkers to between closing opening listing moved moved_from moved_to "
    "capitals aside contents counts_from_anchor speech same_speech edges far_behind right_before governs verb_first "
    "rule before after cue".split()
)


@cache
def grammar(language: str) -> Grammar:
    """Return the grammar of `zh` or `en`. Raises BadGrammar where the file is wrong, KeyError for others."""
    source = files("timeline.extraction.dates").joinpath(f"{language}.toml")
    if not source.is_file():
        raise KeyError(language)
    return load(tomllib.loads(source.read_text("utf-8")))


def load(data: Mapping[str, Any]) -> Grammar:
    """Build a grammar from its parsed file. Raises BadGrammar."""
    _keys(data, SECTIONS, "file")
    phrases, edges = _phrases(data.get("phrases", {})), data.get("edges", "")
    tables = {name: word_part(table, *[BLANKS] * bool(edges)) for name, table in data["words"].items()}
    names = [row["name"] for row in data["rule"] + data["before"] + data["after"]]
    if len(set(names)) != len(names):
        raise BadGrammar(f"a name stands twice: {sorted(n for n in names if names.count(n) > 1)}")
    return Grammar(
        language=data["language"],
        tables=tables,
        rules=[_rule(row, tables, phrases, edges) for row in data["rule"]],
        chain={level: frozenset(nexts) for level, nexts in data["chain"].items()},
        linkers=re.compile(data["linkers"]),
        to=re.compile(data["to"]),
        between=re.compile(f"(?P<between>{data['between']})"),
        closing=re.compile(data["closing"]),
        opening=data.get("opening", ""),
        listing=re.compile(data.get("listing", NEVER)),
        moved=re.compile(data.get("moved", NEVER)),
        moved_from=re.compile(data.get("moved_from", NEVER)),
        moved_to=re.compile(data.get("moved_to", NEVER)),
        capitals=re.compile(rf"\b(?:{data.get('capitals', NEVER)})\b"),
        aside=re.compile(data.get("aside", NEVER)),
        contents=re.compile(data.get("contents", NEVER)),
        before=_modifiers(data["before"], "before", edges),
        after=_modifiers(data["after"], "after", edges),
        counts_from_anchor=re.compile(f"(?:{data['counts_from_anchor']})$"),
        speech=re.compile(data["speech"]),
        same_speech=re.compile(data["same_speech"]),
        cues=_cues(data["cue"]),
        far_behind=data.get("far_behind", 10),
        right_before=data.get("right_before", 2),
        governs=data.get("governs", 2),
        verb_first=data.get("verb_first", False),
        by_words=bool(edges),
    )


def _keys(row: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    if unknown := set(row) - allowed:
        raise BadGrammar(f"{where}: unknown {sorted(unknown)}")


def _phrases(data: Mapping[str, str]) -> dict[str, str]:
    """Pieces of patterns under a name; a later one may use an earlier."""
    phrases: dict[str, str] = {}
    for name, pattern in data.items():
        phrases[name] = f"({_spelt_out(pattern, phrases)})"
    return phrases


def _spelt_out(pattern: str, phrases: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: phrases.get(m[1], m[0]), pattern)


def _rule(row: Mapping[str, Any], tables: Mapping[str, Part], phrases: Mapping[str, str], edges: str) -> Rule:
    name = row.get("name", "")
    _keys(row, RULE_KEYS, f"rule {name!r}")
    if row["meaning"] not in MEANINGS:
        raise BadGrammar(f"rule {name!r}: unknown meaning {row['meaning']!r}")
    pattern = compile_pattern(_spelt_out(row["pattern"], phrases), tables, **WORDS if edges else {})
    beginnings = _beginnings(row, pattern)
    uncaptured = {name: "(?:" + phrase[1:] for name, phrase in phrases.items()}
    regex = f"(?:{pattern.regex})"
    if edges:  # characters that belong to a word and must not touch it
        regex = f"(?<!{edges}){regex}(?!{edges})"
    for literal in row.get("not_after", []):
        regex = f"(?<!{literal})" + regex
    if row.get("not_before"):
        regex += f"(?!{_spelt_out(row['not_before'], uncaptured)})"
    if row.get("unless"):
        regex = f"(?!{row['unless']})" + regex
    if row.get("only_after"):
        whole = f"(?<!{edges})" if edges else ""
        regex = "(?:" + "|".join(f"(?<={whole}{literal})" for literal in row["only_after"]) + ")" + regex
    if row.get("only_before"):
        regex += f"(?={_spelt_out(row['only_before'], uncaptured)})"
    return Rule(
        name,
        row["level"],
        regex,
        pattern.parts,
        MEANINGS[row["meaning"]],
        beginnings,
        "|".join(sorted(pattern.numbers)),
        alone=row.get("alone", True),
        chained=row.get("chained", True),
    )


def _beginnings(row: Mapping[str, Any], pattern: Pattern) -> frozenset[str]:
    """How a rule begins. A mere number is looked up by what must stand behind it, else it is long enough for a year."""
    if NUMBER not in pattern.beginnings or not row.get("alone", True):
        return pattern.beginnings
    if row.get("only_before"):
        return pattern.beginnings - {NUMBER} | {NUMBER + first for first in _firsts(row["only_before"])}
    number = re.compile(pattern.parts[0][1].regex).fullmatch
    if any(number(str(short)) for short in range(10 ** (YEAR - 1))):
        raise BadGrammar(f"rule {row['name']!r}: a mere number is a date from {YEAR} digits on")
    return pattern.beginnings


def _modifiers(rows: Iterable[Mapping[str, Any]], side: str, edges: str) -> dict[str, tuple[Modifier, ...]]:
    found: dict[str, list[Modifier]] = defaultdict(list)
    for row in rows:
        modifier = _modifier(row, side, edges)
        for touching in {word[0] if side == "after" else word[-1] for word in row["words"]}:
            found[touching].append(modifier)
    return {touching: tuple(modifiers) for touching, modifiers in found.items()}


def _modifier(row: Mapping[str, Any], side: str, edges: str) -> Modifier:
    _keys(row, MODIFIER_KEYS, f"modifier {row.get('name')!r}")
    if row["meaning"] not in MODIFIERS:
        raise BadGrammar(f"modifier {row['name']!r}: unknown meaning {row['meaning']!r}")
    words = "|".join(re.escape(w) for w in sorted(row["words"], key=lambda w: (-len(w), w)))
    regex = "".join(f"(?<!{literal})" for literal in row.get("not_after", [])) + f"(?:{words})"
    if row.get("not_before"):
        regex += f"(?!{row['not_before']})"
    if edges:
        regex = f"(?<!{edges}){regex}" if side == "before" else f"{regex}(?!{edges})"
    # words before an expression end where it begins
    match = re.compile(regex).match if side == "after" else re.compile(regex + "$").search
    unless = re.compile(row.get("unless", "(?!)")).match
    levels, negation = frozenset(row.get("levels", [])), re.compile(row.get("negation", NEVER)).search
    return Modifier(row["name"], row["meaning"], match, levels, unless, row.get("tense", ""), negation)


def _cues(rows: Iterable[Mapping[str, Any]]) -> re.Pattern[str]:
    """One pattern for all, entered only at a character that one of them begins with; its group names the tense.

    Where all begin at the edge of a word, only such places are looked at, and the cues are told apart by letters.
    """
    cues = [word for row in rows for word in row["words"]]
    first = class_of({first for word in cues for first in _firsts(BEHIND.sub("", word))})
    edge = r"\b" if all(EDGE.match(word) for word in cues) else ""
    words = "|".join(f"(?P<{row['tense']}>{'|'.join(w.removeprefix(edge) for w in row['words'])})" for row in rows)
    return re.compile(f"{edge}(?={first})(?:{words})")


def _firsts(word: str) -> Iterator[str]:
    """Yield the characters that a word, or each alternative of the groups at its beginning, begins with."""
    if not word.startswith("(?:"):
        yield word[0]
        return
    depth, begins = 1, 3
    for place, character in enumerate(word[3:], 3):
        depth += (character == "(") - (character == ")")
        if depth == 0 or (depth == 1 and character == "|"):
            yield from _firsts(word[begins:place])
            begins = place + 1
        if depth == 0:
            return


BEHIND = re.compile(r"^(?:\(\?<[=!](?:[^()\[]|\[[^]]*\])*+\)|\\b)*+")  # what may stand before a word
EDGE = re.compile(r"^(?:\(\?<!(?:[^()\[]|\[[^]]*\])*+\))*+\\b")  # which may stand behind what must not be before it
