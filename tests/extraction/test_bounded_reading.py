"""How long an article may take, whatever it holds: of what no article has so much, only the beginning is read."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest

from timeline.extraction import Article, read_article
from timeline.extraction.dates import find
from timeline.extraction.events.rules import MAX_EVENTS
from timeline.extraction.reader import MAX_EXPRESSIONS, MAX_TEXT_CHARS

DAY = datetime(2024, 3, 20, tzinfo=UTC)
PIECES = [
    "5月3日法国举行大选，",
    "5月3日法国举行大选。",
    "美国和英国5月3日签署协议、",
    "今年5月3日" + "法国、英国、德国、西班牙、意大利都将举行选举。",
    "总统府",
    "乔治亚",
    "“明天”",
    "on 5 May France may hold an election, ",
    "12 mai 2025 ",
    "农历十一月，",
    "农历一月三十，",
    "".join(
        f"{year}年农历{month}月三十，{year}年清明节，" for year in range(1700, 2150) for month in "一二三五六七八九十"
    ),
]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece[:20])
def test_an_article_of_five_megabytes_is_read_in_seconds(piece: str) -> None:
    text = piece * (5_000_000 // len(piece.encode()) + 1)
    begun = time.process_time()
    reading = read_article(Article("题", text, DAY, language="es" if "mai" in piece else ""))
    assert time.process_time() - begun < 20, "a second or two on a machine of its own"
    assert len(reading.expressions) <= MAX_EXPRESSIONS
    assert len(reading.events) <= MAX_EVENTS


def test_what_stands_at_the_beginning_of_an_endless_text_is_read() -> None:
    text = "英国将于5月3日举行大选。" + "文" * MAX_TEXT_CHARS + "法国将于6月3日举行大选。"
    reading = read_article(Article("题", text, DAY))
    assert [event.participants for event in reading.events] == [("GB",)]
    assert [e.text for e in reading.expressions] == ["5月3日"]


def test_the_first_expressions_are_read_and_no_more() -> None:
    assert [e.text for e in find("1日，2日，3日", date(2024, 3, 20), most=2)] == ["1日", "2日"]
    assert [e.text for e in find("12 mai 2025, 13 mai 2025", date(2024, 3, 20), language="fr", most=1)] == [
        "12 mai 2025"
    ]


@pytest.mark.parametrize("end", ["于", "丘于"])
def test_words_that_can_be_cut_in_many_ways_are_read_once(end: str) -> None:
    """`登场日期` is one word that may stand before the day, and two: a pattern would try each cut of all of them."""
    text = f"美国大选{'登场日期' * 60}{end}5月3日。"
    plain = [e for e in read_article(Article("题", text, DAY)).events if not e.doubts]
    assert len(plain) == (end == "于")
