"""The words that may name an event: those of the lexicon and, more widely, those of `zh.toml` and `en.toml` here."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from timeline.extraction.events.lexicon import BadLexicon, Lexicon, lexicon

KEYS = {"kind", "type", "stage", "words"}
HINT_KEYS = {"name", "words"}


class TriggerWord(NamedTuple):
    """A word that may name an event: half-open offsets, the entry it belongs to, and what that entry is about."""

    start: int
    end: int
    name: str
    kind: str
    type: str
    stage: str


class TriggerWords:
    """All trigger words of a language in one automaton; of overlapping ones the longest wins."""

    def __init__(self, lexicon: Lexicon, rows: list[dict[str, object]], *, whole: bool) -> None:
        """`whole`: words of Latin letters, which stand alone. Raises BadLexicon."""
        self.whole = whole
        self.entries: dict[str, tuple[str, str, str, str]] = {}
        for word, hit in lexicon.entries:
            if (t := hit.trigger) is not None:
                self.entries[word] = (t.name, t.kind, t.type, t.stage)
        for row in rows:
            self._add(row)
        self.words = list(self.entries)
        self.automaton = AhoCorasick(self.words, matchkind=MatchKind.Standard)

    def _add(self, row: dict[str, object]) -> None:
        if set(row) != KEYS or not isinstance(row["words"], list):
            raise BadLexicon(f"words {row.get('type')!r}: expected are {sorted(KEYS)}")
        kind, type_, stage = str(row["kind"]), str(row["type"]), str(row["stage"])
        for word in row["words"]:
            self.entries.setdefault(word, (f"{kind} {type_} {stage}".strip(), kind, type_, stage))

    def find(self, text: str) -> list[TriggerWord]:
        """Return them in order, not overlapping. `text` is folded, and in lower case where letters have case."""
        spans = [(start, end, i) for i, start, end in self.automaton.find_matches_as_indexes(text, overlapping=True)]
        spans.sort(key=lambda span: (span[0], -span[1]))
        found, last = [], 0
        for start, end, i in spans:
            if start >= last and (not self.whole or _stands_alone(text, start, end)):
                found.append(TriggerWord(start, end, *self.entries[self.words[i]]))
                last = end
        return found


class Hints:
    """Words that tell what the votes of an article are about, by the name of what they point to."""

    def __init__(self, rows: list[dict[str, object]], *, whole: bool) -> None:
        """`whole`: words of Latin letters, which stand alone. Raises BadLexicon."""
        self.whole = whole
        self.names: list[str] = []
        words: list[str] = []
        for row in rows:
            if set(row) != HINT_KEYS or not isinstance(row["words"], list):
                raise BadLexicon(f"hints {row.get('name')!r}: expected are {sorted(HINT_KEYS)}")
            words += row["words"]
            self.names += [str(row["name"])] * len(row["words"])
        self.automaton = AhoCorasick(words, matchkind=MatchKind.Standard)

    def find(self, text: str) -> list[tuple[int, str]]:
        """Return place and name of each hint, in order; words that overlap all count."""
        found = self.automaton.find_matches_as_indexes(text, overlapping=True)
        return sorted(
            (start, self.names[i]) for i, start, end in found if not self.whole or _stands_alone(text, start, end)
        )


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


@cache
def trigger_words(language: str) -> TriggerWords | None:
    """Return the trigger words of a language, None where there are none yet. Raises BadLexicon."""
    known, rows = lexicon(language), _rows(language)
    return TriggerWords(known, rows["words"], whole=language == "en") if known is not None and rows else None


@cache
def hints(language: str) -> Hints | None:
    """Return the hints of a language, None where there are none. Raises BadLexicon."""
    rows = _rows(language).get("hints")
    return Hints(rows, whole=language == "en") if rows else None


@cache
def _rows(language: str) -> dict[str, list[dict[str, object]]]:
    source = files(__package__).joinpath(f"{language}.toml")
    found = tomllib.loads(source.read_text("utf-8")) if source.is_file() else {}
    return {name: rows for name, rows in found.items() if isinstance(rows, list)}
