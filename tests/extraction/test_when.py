"""The days of an event as one value: its forms and what is asked of it."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.extraction.when import When

MAY_1, MAY_3, MAY_31 = date(2031, 5, 1), date(2031, 5, 3), date(2031, 5, 31)


@pytest.mark.parametrize(
    ("when", "edtf"),
    [
        (When(MAY_3, MAY_3), "2031-05-03"),
        (When(MAY_1, MAY_31, "month"), "[2031-05-01..2031-05-31]"),
        (When(MAY_1, MAY_3, extent="throughout"), "2031-05-01/2031-05-03"),
        (When(None, MAY_31, "month", "by"), "[..2031-05-31]"),
        (When(MAY_1, None, "month", "from", "throughout"), "2031-05-01/.."),
    ],
)
def test_days_are_written_in_edtf(when: When, edtf: str) -> None:
    assert when.edtf == edtf


@pytest.mark.parametrize(
    ("when", "exact"),
    [
        (When(MAY_3, MAY_3), True),
        (When(MAY_1, date(2031, 5, 4)), True),
        (When(MAY_1, date(2031, 5, 5)), False),
        (When(MAY_3, MAY_3, modifier="by"), False),
        (When(MAY_3, MAY_3, modifier="about"), True),
        (When(MAY_3, None), False),
    ],
)
def test_a_few_given_days_are_exact(when: When, exact: bool) -> None:
    assert when.is_exact is exact


def test_a_deadline_needs_its_last_day() -> None:
    assert When(None, MAY_31, modifier="by").is_deadline
    assert not When(MAY_1, None, modifier="by").is_deadline
    assert not When(MAY_1, MAY_31).is_deadline


@pytest.mark.parametrize(
    ("end", "precision"),
    [
        (MAY_1, "day"),
        (date(2031, 5, 7), "week"),
        (date(2031, 5, 8), "month"),
        (MAY_31, "month"),
        (date(2031, 6, 1), "quarter"),
        (date(2032, 4, 30), "year"),
        (date(2032, 5, 2), "longer"),
        (None, "open"),
    ],
)
def test_the_precision_is_the_length_of_the_window(end: date | None, precision: str) -> None:
    assert When(MAY_1, end).precision == precision
