"""Spans of days as readers and programs write them."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.query.windows import PRESETS, RECENT, WindowError, days_of, iso_interval, preset

TODAY = date(2024, 9, 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-03/2025-05", "2024-03-01", "2025-05-31"),
        ("2024-03-20/2024-03-20", "2024-03-20", "2024-03-20"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024/2025", "2024-01-01", "2025-12-31"),
        ("../2025", None, "2025-12-31"),
        ("/2025-02", None, "2025-02-28"),
        ("2024-02/..", "2024-02-01", None),
        ("2024-03-20/P14M", "2024-03-20", "2025-05-19"),
        ("2024-03-20/P1D", "2024-03-20", "2024-03-20"),
        ("2024-01/P1Y2M", "2024-01-01", "2025-02-28"),
        ("P1W/2024-03-20", "2024-03-14", "2024-03-20"),
        ("../..", None, None),
    ],
)
def test_iso_intervals_are_read_inclusive_at_both_ends(text: str, first: str | None, last: str | None) -> None:
    assert [day and day.isoformat() for day in iso_interval(text)] == [first, last]


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "2024-13", "2024-02-30", "2025/2024", "P1M/P1M", "2024-03-20/P", "2024/P0D", "20240320/20240321",
        "0999/2000", "2024/3000", "2024-01-01/P3000Y", "2024-01-01/P999Y", "P999Y/1500", "2024/2025/2026", "２０２４",
        "2024-01-01T00:00/2025", "2999-12-31/P1M", "2024/P1H", "last-2", "next-14",
    ],
)  # fmt: skip
def test_what_is_no_span_of_days_is_refused(text: str) -> None:
    with pytest.raises(WindowError):
        days_of(text, TODAY)


def test_presets_count_from_the_day_of_asking() -> None:
    assert preset("next-7", TODAY) == (TODAY, date(2024, 9, 8))
    assert preset("next-14m", TODAY) == (TODAY, date(2025, 11, 1))
    assert preset("this-year", TODAY) == (date(2024, 1, 1), date(2024, 12, 31))
    assert preset("last-year", TODAY) == (date(2023, 1, 1), date(2023, 12, 31))
    assert preset("all", TODAY) == (None, None)
    assert preset("last-1", TODAY) == (date(2024, 8, 31), TODAY)
    assert all(days_of(name, TODAY) == preset(name, TODAY) for name in (*PRESETS, *RECENT))
