"""Where an event stands in the list of the page: deadlines last, windows where they may still lie, years behind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support import rows
from timeline.extraction.when import When
from timeline.query.filter import EventFilter
from timeline.query.listing import list_page, place_of

TODAY = date(2026, 11, 30)


def when(start: str | None, end: str | None, **more: Any) -> When:
    first, last = (date.fromisoformat(day) if day else None for day in (start, end))
    return When(first, last, **more)


@pytest.mark.parametrize(
    ("days", "day", "loose"),
    [
        (when("2027-03-07", "2027-03-07"), "2027-03-07", False),
        (when("2026-11-28", "2026-12-02", extent="throughout"), "2026-11-28", False),
        (when("2026-08-19", "2027-08-22", modifier="by"), "2027-08-22", False),  # a deadline, whatever its length
        (when("2027-04-01", "2027-04-30"), "2027-04-01", False),  # a month ahead
        (when("2026-11-01", "2026-11-30"), "2026-11-30", False),  # a month that has begun
        (when("2026-05-01", "2026-05-31"), "2026-05-31", False),  # a month that is over
        (when("2027-09-01", "2027-11-30"), "2027-09-01", False),  # a season ahead
        (when("2027-01-01", "2027-12-31"), "2027-12-31", True),
        (when("2028-01-01", "2028-06-30"), "2028-12-31", True),
        (when("2026-01-01", "2026-12-31"), "2026-12-31", True),
        (when("2025-01-01", "2025-12-31"), "2025-12-31", False),  # over: it stands at its end
        (when("2026-01-01", None), "2026-01-01", False),
        (when(None, "2026-01-01"), "2026-01-01", False),
    ],
)
def test_an_event_stands_where_it_may_still_lie(days: When, day: str, loose: bool) -> None:
    assert place_of(days, "x", TODAY) == (date.fromisoformat(day), loose, "x")


@pytest.fixture
def calendar(db: None) -> list[str]:
    """Events in the order in which the list has them."""
    rows.event("past", ["GB"], "2026-05-01", "2026-05-31", granularity="month")
    rows.event("soon", ["FR"], "2026-12-05")
    rows.event("limit", ["ES"], "2026-08-19", "2027-08-22", modifier="by")
    rows.event("last", ["JP"], "2027-12-31")
    rows.event("year", ["DE"], "2027-01-01", "2027-12-31", granularity="year")
    rows.event("next", ["IT"], "2028-01-02")
    return ["past", "soon", "limit", "last", "year", "next"]


@pytest.mark.parametrize("as_of", [None, date(2026, 11, 30)])
def test_pages_of_the_list_follow_one_another_without_loss(calendar: list[str], as_of: date | None) -> None:
    everything = EventFilter(window="all", as_of=as_of)
    assert [event.id for event in list_page(everything, TODAY, limit=50).events] == calendar
    read: list[str] = []
    page = list_page(everything, TODAY, limit=2)
    while True:
        assert page.earlier == bool(read)
        read += [event.id for event in page.events]
        if not page.later:
            break
        day, _, pk = page.places[-1]
        page = list_page(everything, TODAY, after=(day, pk), limit=2)
    assert read == calendar
    day, _, pk = page.places[0]
    back = list_page(everything, TODAY, before=(day, pk), limit=3)
    assert [event.id for event in back.events] == calendar[1:4] and back.earlier and back.later


def test_a_place_that_is_gone_is_still_a_place(calendar: list[str]) -> None:
    page = list_page(EventFilter(window="all"), TODAY, after=(date(2027, 1, 1), "gone"), limit=2)
    assert [event.id for event in page.events] == ["limit", "last"]


def test_very_many_events_are_listed_by_their_first_day(calendar: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("timeline.query.events.MAX_CANDIDATES", 5)
    page = list_page(EventFilter(window="all"), TODAY, limit=3)
    assert [event.id for event in page.events] == ["past", "limit", "soon"] and page.later
