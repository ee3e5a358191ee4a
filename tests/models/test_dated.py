"""The columns of an event's days, set and read as one value."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.extraction.when import When
from timeline.models import Claim, Event, EventBelief

OCTOBER = (date(2031, 10, 1), date(2031, 10, 31))
LATE = When(OCTOBER[0], None, "month", "from", "throughout", (OCTOBER, (date(2032, 1, 5), None)), by_law=True)


@pytest.mark.parametrize("model", [Claim, Event, EventBelief])
def test_a_row_gives_back_the_days_that_it_was_given(model: type[Claim | Event | EventBelief]) -> None:
    row = model()
    row.when = LATE
    assert row.when == LATE
    assert row.granularity == "month"
    assert row.alternatives == [["2031-10-01", "2031-10-31"], ["2032-01-05", None]]


def test_a_new_row_has_no_days() -> None:
    assert Event().when == When(None, None)
