"""Every regular expression of the packages takes linear time, however it is used and whatever it is given."""

from __future__ import annotations

import re
import tomllib

import pytest

from bench.patterns import ROOT, Found, found
from bench.pumping import attacks, is_linear
from timeline.extraction.dates.cldr import finder

# Checks by the patterns of timeline/api/patterns.py, which are found there; a name of a schema, escaped, and a dot.
# Those of other languages are made of the names of CLDR, those of newsrooms of newsrooms.toml; they are tried below.
MADE_OF_KNOWN = {
    "timeline/api/query.py",
    "timeline/extraction/dates/cldr.py",
    "timeline/fetching/newsrooms.py",
    "timeline/operations/backups/postgres.py",
}


@pytest.fixture(scope="module")
def patterns() -> Found:
    return found()


@pytest.mark.timeout(600)
def test_every_pattern_is_linear(patterns: Found) -> None:
    squared = []
    for pattern, places in patterns.patterns.items():
        attack = next((a for a in attacks(pattern) if not is_linear(pattern, a, patterns.uses[pattern])), None)
        if attack is not None:
            squared.append(f"{places[0]}: {pattern.pattern!r:.200}: {attack}")
    assert squared == []


@pytest.mark.parametrize("language", ["fr", "de", "es", "ru", "ja"])
def test_the_finder_of_another_language_is_linear(language: str) -> None:
    own = finder(language)
    assert own is not None
    assert all(is_linear(own.pattern, attack) for attack in attacks(own.pattern))


def test_the_lines_of_newsrooms_are_linear() -> None:
    """They are matched with whole lines of bounded length."""
    rows = tomllib.loads((ROOT / "timeline/fetching/newsrooms.toml").read_text("utf-8"))["newsroom"]
    lines = [rule["line"] for row in rows for rule in row.get("around", ()) if "line" in rule]
    assert lines
    for line in lines:
        pattern = re.compile(line)
        assert all(is_linear(pattern, attack, {"fullmatch"}) for attack in attacks(pattern)), line


def test_every_pattern_is_found(patterns: Found) -> None:
    """Those of modules, of words in TOML, and of functions; no call of `re` has a pattern that is not known."""
    assert {place.partition(":")[0] for place in patterns.unknown} <= MADE_OF_KNOWN
    places = " ".join(place for where in patterns.patterns.values() for place in where)
    for module in (
        "cleaning",
        "markup",
        "posts",
        "dates/grammar",
        "dates/reader",
        "events/lexicon",
        "script",
        "saved",
    ):
        assert f"{module}.py:" in places, module
    assert len(patterns.patterns) > 300


@pytest.mark.parametrize(
    "pattern",
    [
        r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(/?)>",
        r"<[a-zA-Z!/][^>]*>",
        r"\s+$",
        r"(?:ab|a|b)+,",
        r"(?:a|aa)+$",
        rb"(\w+\s*)+:",
    ],
)
def test_a_pattern_that_backtracks_is_caught(pattern: str | bytes) -> None:
    compiled = re.compile(pattern, re.M)
    assert any(not is_linear(compiled, attack) for attack in attacks(compiled))
