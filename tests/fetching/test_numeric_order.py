"""The order of dates in figures is told from those that can be read in one way only."""

from __future__ import annotations

import pytest

from timeline.fetching.numeric_order import numeric_order


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["Published 25/12/2024", "on 3/4/2024"], "dmy"),
        (["12/25/2024: a bill", "and 13/2024"], "mdy"),
        (["am 31.1.2025"], "dmy"),
        (["2024-12-25 and 2024/1/3"], "ymd"),
        (["25/12/2024", "12/25/2024"], ""),
        (["3/4/2024", "version 1.25.2024.1", "25/13/2024"], ""),
        ([], ""),
    ],
)
def test_the_order_that_texts_show_is_suggested(texts: list[str], order: str) -> None:
    assert numeric_order(texts).order == order


def test_what_is_suggested_has_its_reason() -> None:
    assert numeric_order(["25/12/2024", "26/12/2024"]).why == "2 dates of the entries can only be read so"
