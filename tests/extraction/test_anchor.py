"""Which day an article counts from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from timeline.extraction import Article, read_article

PUBLISHED = datetime(2020, 11, 16, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "day", "source"),
    [
        ("没有别的线索。", "UTC", "2020-11-16", "published"),
        ("没有别的线索。", "Asia/Taipei", "2020-11-17", "published"),
        ("（中央社記者張三多倫多15日電）文", "UTC", "2020-11-15", "dateline"),
        ("（法新社里加15日电）文", "UTC", "2020-11-15", "dateline"),
        ("（中央社梵蒂岡15日路透電）文", "UTC", "2020-11-15", "dateline"),
        ("（中央社記者張三、李四15日綜合報導）文", "UTC", "2020-11-15", "dateline"),
        ("路透东京11月15日 - 文", "UTC", "2020-11-15", "dateline"),
        ("（法新社里加2日电）文", "UTC", "2020-11-16", "published"),
        ("15/11/2020 - 23:58\n文", "UTC", "2020-11-15", "byline"),
        ("昨天（14日）举行会谈。", "UTC", "2020-11-15", "bracket"),
        ("LIMA, Nov. 15 (Reuters) - Voters", "UTC", "2020-11-15", "dateline"),
        ("PORT LOUIS, Mauritius, November 15 (AFP) — Voters", "UTC", "2020-11-15", "dateline"),
        ("LIMA, Nov. 2 (Reuters) - Voters", "UTC", "2020-11-16", "published"),
        ("Lima, November 15 was a day of - rest", "UTC", "2020-11-16", "published"),
        ("法新社15日发自奥兰多的报道说", "UTC", "2020-11-16", "published"),
        ("Nov 15th 2020\nText.", "UTC", "2020-11-15", "byline"),
        ("Sunday, 15 November 2020, 11.40 pm GMT\nText.", "UTC", "2020-11-15", "byline"),
        ("Published: Nov. 15, 2020 at 4:20 PM\nText.", "UTC", "2020-11-15", "byline"),
        ("Nov 21st 2020\nText.", "UTC", "2020-11-16", "published"),
        ("December 7, 1941\nText.", "UTC", "2020-11-16", "published"),
        ("【海港时报2020年11月15日讯】文", "UTC", "2020-11-15", "dateline"),
        ("海港通讯社多伦多2020年11月15日电 文", "UTC", "2020-11-15", "dateline"),
    ],
)
def test_the_anchor_is_the_first_that_the_text_has(text: str, zone: str, day: str, source: str) -> None:
    anchor = read_article(Article("", text, PUBLISHED, zone)).anchor
    assert anchor is not None
    assert (anchor.day.isoformat(), anchor.source) == (day, source)


def test_a_day_given_stands_above_all() -> None:
    reading = read_article(Article("", "（法新社里加15日电）昨天", PUBLISHED, anchor=date(2021, 1, 2)))
    assert reading.anchor is not None and reading.anchor.source == "given"


def test_dateline_and_stamp_are_no_expressions() -> None:
    reading = read_article(Article("", "15/11/2020 - 23:58\n（法新社里加15日电）昨天投票。", PUBLISHED))
    assert [e.text for e in reading.expressions] == ["昨天"]
    reading = read_article(Article("", "【海港时报2020年11月15日讯】昨天投票。", PUBLISHED))
    assert [e.text for e in reading.expressions] == ["昨天"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Nov 15th 2020", []),
        ("Nov 21st 2020", []),  # the day of a weekly's edition
        ("Updated: 15 November 2020 16:20 EST", []),
        ("December 7, 1941", ["December 7, 1941"]),  # heads a chronology
        ("Nov 21st 2020 is the day", ["Nov 21st 2020"]),
    ],
)
def test_a_stamp_in_english_words_is_no_expression(line: str, found: list[str]) -> None:
    for anchor in (None, date(2020, 11, 16)):
        reading = read_article(Article("", f"{line}\nThe vote was quiet.", PUBLISHED, anchor=anchor))
        assert [e.text for e in reading.expressions] == found


def test_an_english_dateline_is_no_expression_either() -> None:
    for anchor in (None, date(2020, 11, 16)):
        reading = read_article(Article("", "LIMA, Nov 15 (AP) - Peru voted on Sunday.", PUBLISHED, anchor=anchor))
        assert [e.text for e in reading.expressions] == ["Sunday"]


def test_without_any_day_nothing_is_dated() -> None:
    reading = read_article(Article("昨天", "昨天投票。", None))
    assert (reading.anchor, reading.expressions, reading.events) == (None, (), ())


@pytest.mark.parametrize(
    ("text", "language"),
    [("英国将举行大选", "zh-Hans"), ("英國將舉行大選", "zh-Hant"), ("Britain votes", "en"), ("", "en")],
)
def test_the_language_is_recognised(text: str, language: str) -> None:
    assert read_article(Article("", text, PUBLISHED)).language == language
