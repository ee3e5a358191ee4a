"""Hostile articles through everything that reads them; `make fuzz-articles` runs as many as one has time for."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from bench.fuzz_articles import TARGETS, chunk
from bench.fuzz_feeds import is_live
from timeline.extraction import Article, read_article
from timeline.extraction.events.sentences import LONGEST

MANY = 400  # `make fuzz-articles` reads a hundred thousand


@pytest.mark.parametrize("target", TARGETS)
def test_no_article_breaks_the_reading(target: str) -> None:
    done = chunk(range(MANY), [target])
    assert done.problems == []
    assert done.count == MANY
    if target == "article":
        assert done.claims > MANY / 10, "else nothing but noise was read"


@pytest.mark.parametrize(
    ("markup", "lives"),
    [
        ("<p>a</p><script>", True),
        ('<p class="x" onclick="y">', True),
        ('<a href="\x01 JavaScript:x">', True),
        ('<a href="java&#115;cript:x">', True),
        ('<a href="https://one.example/">onclick="x" javascript:</a>', False),
        (
            '<a href="\u202ejavascript:x">',
            False,
        ),  # relative: only controls and blanks are left out
    ],
)
def test_what_would_run_is_seen(markup: str, lives: bool) -> None:
    assert is_live(markup) is lives


def test_a_seed_makes_the_same_article_again() -> None:
    first, second = (TARGETS["article"](random.Random(7)) for _ in range(2))
    assert [(c.pk, c.evidence) for c in first] == [(c.pk, c.evidence) for c in second]


@pytest.mark.parametrize(
    "piece",
    ["英国将于今年年底前举行大选", "日本5月3日加入北约并且美国", "the UK will hold a general election on May 3 and "],
)
def test_a_sentence_without_end_is_read_in_pieces(piece: str) -> None:
    """Each trigger is weighed against each day and word of its sentence: whole, this one would take days."""
    text = piece * (20_000 // len(piece))
    found = read_article(Article("题", text, datetime(2024, 3, 20, tzinfo=UTC))).events
    assert found and all(event.evidence_end - event.evidence_start <= LONGEST for event in found)
