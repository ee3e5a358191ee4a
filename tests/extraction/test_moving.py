"""Days that an election is moved to, and days before which there is none."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.extraction import read_article
from timeline.extraction.article import Article
from timeline.extraction.when import in_year

ANCHOR = date(2025, 3, 10)


def read(text: str) -> list[tuple[str, str, str, str]]:
    found = read_article(Article("", text, None, anchor=ANCHOR)).events
    return [(e.participants[0], str(e.when.start), str(e.when.end), e.status) for e in found]


@pytest.mark.parametrize(
    ("text", "country", "start", "end", "status"),
    [
        (
            "The Latvian parliamentary election will not be held until October 2026.",
            *("LV", "2026-10-01", "2026-10-31"),
            "expected",
        ),
        (
            "The Ghanaian election was postponed from May 2026 to July 2026.",
            "GH",
            "2026-07-01",
            "2026-07-31",
            "postponed",
        ),
        ("The Ghanaian election was delayed from January to February.", "GH", "2026-02-01", "2026-02-28", "postponed"),
        ("巴拉圭总统选举从2026年3月1日推迟到2026年6月7日举行。", "PY", "2026-06-07", "2026-06-07", "postponed"),
        ("挪威大选从9月8日提前到6月9日举行。", "NO", "2025-06-09", "2025-06-09", "scheduled"),
    ],
)
def test_a_change_gives_its_new_day_alone(text: str, country: str, start: str, end: str, status: str) -> None:
    assert read(text) == [(country, start, end, status)]


@pytest.mark.parametrize(
    "text",
    [
        "Norway will not hold an election before September 2029.",
        "巴拉圭总统选举在2028年4月前不会举行。",
    ],
)
def test_not_before_a_day_is_no_event(text: str) -> None:
    assert read(text) == []


def test_only_the_event_of_the_denied_day_is_dropped() -> None:
    denied = "Latvia will not hold an election before October 2026"
    text = f"{denied}, but Estonia holds a parliamentary election on 7 March 2027."
    assert read(text) == [("EE", "2027-03-07", "2027-03-07", "scheduled")]


def test_another_year_keeps_leap_days_and_ends_of_months() -> None:
    assert in_year(date(2024, 2, 29), 2028) == date(2028, 2, 29)
    assert in_year(date(2024, 2, 29), 2026) == date(2026, 2, 28)
    assert in_year(date(2025, 2, 28), 2024) == date(2024, 2, 29)
    assert in_year(date(2025, 8, 31), 2026) == date(2026, 8, 31)
