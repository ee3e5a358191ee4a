"""The words of events: loaded strictly from `zh.toml`, found in one pass."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from timeline.extraction.events.agents import WhoWords
from timeline.extraction.events.syntax import PATH_KEYS, PathWords

Role = Literal["trigger", "cue", "coref", "holding"]


class Trait(StrEnum):
    """What tells the words of a trigger from those of others with its kind, type and rule."""

    ANY_TYPE = "any_type"  # they do not tell the type of the vote: `选举`
    ANY_VOTE = "any_vote"  # they may mean any vote that was named before
    NEEDS_VOTE = "needs_vote"  # they mean a vote only where the sentence speaks of one: `开票`
    UNNAMED = "unnamed"  # they name no vote: `投票`
    POLLING = "polling"  # a mere verb of polling: beside a named vote it means that one
    TAKES_OFFICE = "takes_office"
    NOMINATION = "nomination"
    HELD = "held"  # they mean an event only where it is held: `谈判`
    DEPLOYMENT = "deployment"  # a denial of it is no cancellation: `不再增派部队`


STATUSES = {"denied", "cancelled", "postponed", "conditional", "expected", "scheduled", "occurred"}
RULES = {"voter", "supranational", "joining", "leaving", "brexit", "leaving_mission", "two", "talks", "visit"}
RULES |= {"founding", "parties", "summit", "exercise"}
KEYS: dict[Role, set[str]] = {
    "trigger": {
        "name",
        "kind",
        "type",
        "stage",
        "form",
        "rule",
        "object",
        "without",
        "traits",
        "own_verbs",
        "words",
        "not_after",
        "not_before",
    },
    "cue": {"status", "words"},
    "coref": {"countries", "bloc", "words"},
    "holding": {"words"},
}


class BadLexicon(ValueError):
    """The lexicon breaks its own rules; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a word starts: kind, type and stage of an event, where its date stands, who takes part."""

    name: str
    kind: str
    type: str
    stage: str
    form: str
    rule: str
    object: re.Pattern[str] | None
    without: re.Pattern[str] | None
    not_after: re.Pattern[str] | None
    not_before: re.Pattern[str] | None
    traits: frozenset[Trait]
    own_verbs: frozenset[str]  # they hand a day on to this event alone


class Hit(NamedTuple):
    """A word of the lexicon in the text: half-open offsets, its role, and what it means."""

    start: int
    end: int
    role: Role
    trigger: Trigger | None = None
    status: str = ""
    countries: int = 0  # how many countries `三国` stands for
    bloc: bool = False


class Lexicon:
    """All words of one language in one automaton; each role is matched for itself, longest first."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.language: str = data.get("language", "")
        self.home: Mapping[str, tuple[str, ...]] = {word: tuple(codes) for word, codes in data.get("home", {}).items()}
        if unknown := set(data) - set(KEYS) - {"language", "home", "path", "who"}:
            raise BadLexicon(f"unknown sections {sorted(unknown)}")
        self.path = _path(data) if "path" in data else None
        try:
            self.who = WhoWords.of(data["who"])
        except (KeyError, re.error) as e:
            raise BadLexicon(f"who: {e}") from e
        self.entries: list[tuple[str, Hit]] = []
        for role in KEYS:
            for row in data.get(role, []):
                self._add(role, row)
        self.names = {hit.trigger.name for _, hit in self.entries if hit.trigger is not None}
        self.automaton = AhoCorasick([word for word, _ in self.entries], matchkind=MatchKind.Standard)

    def _add(self, role: Role, row: Mapping[str, Any]) -> None:
        name = row.get("name") or row.get("status") or role
        if unknown := set(row) - KEYS[role]:
            raise BadLexicon(f"{role} {name!r}: unknown {sorted(unknown)}")
        entry = self._entry(role, name, row)
        seen = {word for word, hit in self.entries if hit.role == role}
        for word in row["words"]:
            if word in seen and role == "trigger":
                raise BadLexicon(f"{role} {name!r}: {word!r} stands twice")
            self.entries.append((word, entry))

    @staticmethod
    def _entry(role: Role, name: str, row: Mapping[str, Any]) -> Hit:
        if role == "trigger":
            return Hit(0, 0, "trigger", trigger=_trigger(name, row))
        if role == "cue":
            if row["status"] not in STATUSES:
                raise BadLexicon(f"unknown status {row['status']!r}")
            return Hit(0, 0, "cue", status=row["status"])
        if role == "coref":
            return Hit(0, 0, "coref", countries=row.get("countries", 0), bloc=row.get("bloc", False))
        return Hit(0, 0, role)

    def find(self, folded: str) -> list[Hit]:
        """Every hit, ordered; within a role only the longest of overlapping words. Linear in the length."""
        raw = self.automaton.find_matches_as_indexes(folded, overlapping=True)
        found = [(start, end, self.entries[i][1]) for i, start, end in raw]
        found.sort(key=lambda m: (m[0], -m[1]))
        last: dict[str, int] = {}
        hits = []
        for start, end, entry in found:
            if start < last.get(entry.role, 0) or not _whole(folded, start, end):
                continue
            if entry.trigger is not None and not _stands(entry.trigger, folded, start, end):
                continue
            last[entry.role] = end
            hits.append(Hit(start, end, entry.role, entry.trigger, entry.status, entry.countries, entry.bloc))
        return hits


def _trigger(name: str, row: Mapping[str, Any]) -> Trigger:
    if row["rule"] not in RULES or row["form"] not in ("noun", "verb"):
        raise BadLexicon(f"trigger {name!r}: unknown rule or form")
    try:
        traits = frozenset(map(Trait, row.get("traits", [])))
    except ValueError as e:
        raise BadLexicon(f"trigger {name!r}: {e}") from e
    return Trigger(
        name=name,
        kind=row["kind"],
        type=row["type"],
        stage=row.get("stage", "vote" if row["kind"] == "election" else ""),
        form=row["form"],
        rule=row["rule"],
        object=_pattern(row, "object"),
        without=_pattern(row, "without"),
        not_after=_pattern(row, "not_after"),
        not_before=_pattern(row, "not_before"),
        traits=traits,
        own_verbs=frozenset(row.get("own_verbs", [])),
    )


def _pattern(row: Mapping[str, Any], key: str) -> re.Pattern[str] | None:
    return re.compile(row[key]) if row.get(key) else None


def _path(data: Mapping[str, Any]) -> PathWords:
    rows = data["path"]
    if wrong := set(rows) ^ (PATH_KEYS - {"holding"}):
        raise BadLexicon(f"path: unknown or absent {sorted(wrong)}")
    return PathWords.of({**rows, "holding": [word for row in data.get("holding", []) for word in row["words"]]})


def _whole(text: str, start: int, end: int) -> bool:
    """Return whether a word in Latin letters stands alone; Chinese has no such boundary."""
    if not text[start].isascii():
        return True
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _stands(trigger: Trigger, folded: str, start: int, end: int) -> bool:
    if trigger.not_before is not None and trigger.not_before.match(folded, end):
        return False
    before = folded[max(0, start - 12) : start]
    return trigger.not_after is None or not re.search(f"(?:{trigger.not_after.pattern})$", before)


@cache
def lexicon(language: str) -> Lexicon | None:
    """Return the lexicon of a language, or None where there is none yet. Raises BadLexicon."""
    source = files("timeline.extraction.events").joinpath(f"{language}.toml")
    return Lexicon(tomllib.loads(source.read_text("utf-8"))) if source.is_file() else None
