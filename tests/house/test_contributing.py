"""The walks of CONTRIBUTING.md lead where they say: what they add is added to copies of the data files, and read."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import get_commands

from tests.support import date_examples, event_examples
from tests.support.sources import ROOT
from timeline.extraction.dates.grammar import load as load_grammar
from timeline.extraction.events import found
from timeline.extraction.events.lexicon import Lexicon
from timeline.fetching.newsrooms import load as load_newsrooms

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
# What is to be written into a file: the last file that is named before the block.
BLOCKS = dict(re.findall(r"`([\w/]+\.toml)`(?: \(to be made\))?:\n\n```toml\n(.*?)```", TEXT, re.S))
COMMANDS = [line.strip() for line in TEXT.splitlines() if line.startswith("    .venv/bin/python ")]
DATES, EVENTS = "timeline/extraction/dates", "timeline/extraction/events"


def with_block(path: str) -> dict[str, Any]:
    """The data of a file after the walk."""
    file = ROOT / path
    before = file.read_text("utf-8") if file.exists() else ""
    return tomllib.loads(f"{before}\n{BLOCKS[path]}")


def test_the_rule_of_the_walk_is_needed_reads_its_examples_and_disturbs_no_other() -> None:
    rules = load_grammar(with_block(f"{DATES}/zh.toml"))
    examples = list(date_examples.examples_in(with_block(f"{DATES}/zh_examples.toml"), "zh"))
    new = [example for example in examples if example.rule == "financial year"]
    assert {example.kind for example in new} == {"inside", "not"}
    assert not all(date_examples.keeps(example) for example in new)
    assert [str(example) for example in examples if not date_examples.keeps(example, rules)] == []


def test_the_trigger_of_the_walk_is_needed_and_gives_its_events() -> None:
    words = Lexicon(with_block(f"{EVENTS}/zh.toml"))
    examples = list(event_examples.examples_in(with_block(f"{EVENTS}/zh_examples.toml"), "zh"))
    new = [example for example in examples if example.rule == "joint patrol"]
    assert sum(bool(example.wanted) for example in new) >= 3
    assert not any(event_examples.keeps(example) for example in new if example.wanted)
    with patch.object(found, "lexicon", lambda _: words):
        assert [str(example) for example in new if not event_examples.keeps(example)] == []


def test_the_newsroom_of_the_walk_is_known_by_its_host() -> None:
    by_host, _ = load_newsrooms(with_block("timeline/fetching/newsrooms.toml"))
    assert by_host["taipeitimes.com"].zone == "Asia/Taipei"


def test_the_language_of_the_walk_reads_its_examples() -> None:
    rules = load_grammar(with_block(f"{DATES}/fr.toml"))
    examples = list(date_examples.examples_in(with_block(f"{DATES}/fr_examples.toml"), "fr"))
    assert {example.kind for example in examples} == {"whole", "not"}
    assert [str(example) for example in examples if not date_examples.keeps(example, rules)] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_given(command: str) -> None:
    words = shlex.split(command)[1:]
    if words[0] == "-m":
        assert importlib.util.find_spec(words[1]) is not None
        words = words[2:]
    else:
        assert words[0] == "manage.py" and words[1] in get_commands()
    assert [
        word for word in words if "/" in word and not word.startswith("https:") and not (ROOT / word).exists()
    ] == []


def test_there_are_five_walks() -> None:
    assert len(re.findall(r"^### Add a", TEXT, re.M)) == 5 and len(BLOCKS) == 7
