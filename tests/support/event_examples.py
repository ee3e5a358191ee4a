"""The examples beside the event rules, and what they promise: used by test_event_examples.py and by prove.py."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any
from unittest.mock import patch

from timeline.extraction import Article, EventMention, read_article
from timeline.extraction.events import reader

EVENTS = files("timeline.extraction.events")
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Example:
    """One text and the events that it must give as of `day`: all, in any order; without any it must give none."""

    language: str
    rule: str
    text: str
    wanted: tuple[str, ...]
    day: date

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


@cache
def lexicon_file(language: str) -> dict[str, Any]:
    return tomllib.loads(EVENTS.joinpath(f"{language}.toml").read_text("utf-8"))


@cache
def _file(language: str) -> dict[str, Any]:
    return tomllib.loads(EVENTS.joinpath(f"{language}_examples.toml").read_text("utf-8"))


@cache
def examples(language: str) -> tuple[Example, ...]:
    """Those of the file of the language, and of files put beside it, each with an anchor of its own."""
    beside = sorted(f.name for f in EVENTS.iterdir() if f.name.startswith(f"{language}_examples_"))
    files = [_file(language), *(tomllib.loads(EVENTS.joinpath(name).read_text("utf-8")) for name in beside)]
    return tuple(e for data in files for e in examples_in(data, language))


def examples_in(data: Mapping[str, Any], language: str) -> Iterator[Example]:
    """The examples of one file."""
    assert set(data) == {"anchor", "example"}, set(data)
    day: date = data["anchor"]
    for row in data["example"]:
        assert set(row) <= {"rule", "gives", "not"}, row
        for text, wanted in row.get("gives", {}).items():
            assert wanted, text
            yield Example(language, row["rule"], text, tuple(wanted), day)
        for text in row.get("not", []):
            yield Example(language, row["rule"], text, (), day)


def short(e: EventMention) -> str:
    """An event in one line: `type/stage participants @place start/end status`, participants by code."""
    stage = f"/{e.stage}" if e.stage and e.stage != "vote" else ""
    who = " ".join((*sorted(e.participants), *([f"@{e.place}"] if e.place else [])))
    return f"{e.type}{stage} {who} {e.when.start or ''}/{e.when.end or ''} {e.status}"


def ordered(wanted: str) -> str:
    """A line of an example as `short` writes it: participants may be told in any order."""
    kind, *who, days, status = wanted.split(" ")
    places = [w for w in who if w.startswith("@")]
    return " ".join((kind, *sorted(w for w in who if w not in places), *places, days, status))


def read(example: Example, text: str = "", *, learnt: bool = False) -> list[str]:
    """The events of an example, or of `text` in its place, as of its day: by the rules, or as they are `learnt`."""
    noon = datetime.combine(example.day, time(12), UTC)
    if not learnt:
        with patch.object(reader, "readable", return_value=None):
            return read(example, text, learnt=True)
    return sorted(map(short, read_article(Article("", text or example.text, noon, anchor=example.day)).events))


def keeps(example: Example, text: str = "", *, learnt: bool = False) -> bool:
    """Whether the rules give what the example says; what is called off stands on no calendar."""
    found = read(example, text, learnt=learnt)
    if not example.wanted:
        return all(line.endswith(" cancelled") for line in found)
    return found == sorted(map(ordered, example.wanted))


def rule_names(language: str) -> list[str]:
    return [row["name"] for row in lexicon_file(language)["trigger"]]
