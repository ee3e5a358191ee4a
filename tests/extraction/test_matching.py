"""What was read is matched with what was annotated: one event with one, the closest first, optional ones left out."""

from __future__ import annotations

from typing import Any

import pytest

from bench.matching import EXACT, closeness, count_dates, count_events, f1, match_events


def event(start: str | None, end: str | None, **fields: Any) -> dict[str, Any]:
    row = {"kind": "election", "type": "legislative", "stage": "vote", "participants": ["MT"], "status": "scheduled"}
    return {**row, "optional": False, "start": start, "end": end, **fields}


def mark(first: int, last: int, day: str | None, *, vague: bool = False) -> dict[str, Any]:
    return {"start_char": first, "end_char": last, "start": day, "end": day, "vague": vague}


WANTED = event("2023-05-06", "2023-05-06")


@pytest.mark.parametrize(
    "given",
    [
        event("2023-05-07", "2023-05-07"),
        event("2023-05-06", "2023-05-06", kind="alliance"),
        event("2023-05-06", "2023-05-06", participants=["IT"]),
        event(None, "2023-05-05"),
    ],
)
def test_what_cannot_be_one_event(given: dict[str, Any]) -> None:
    assert closeness(WANTED, given) == 0


def test_closer_days_are_worth_more() -> None:
    month, week = event("2023-05-01", "2023-05-31"), event("2023-05-01", "2023-05-07")
    assert closeness(WANTED, WANTED) >= EXACT > closeness(WANTED, week) > closeness(WANTED, month) > 0
    assert EXACT > closeness(WANTED, event("2023-05-01", None)) > 0


def test_an_event_is_matched_once_and_with_the_closest() -> None:
    month = event("2023-05-01", "2023-05-31")
    assert [(i, j) for i, j, _ in match_events([WANTED], [month, WANTED])] == [(0, 1)]
    n = count_events([WANTED], [month, WANTED])
    assert (n["wanted"], n["given"], n["matched"], n["exact"]) == (1, 2, 1, 1)


def test_optional_events_neither_count_nor_hurt() -> None:
    optional = {**WANTED, "optional": True}
    assert (n := count_events([optional], [WANTED]))["given"] == n["wanted"] == n["matched"] == 0
    assert (n := count_events([optional], []))["wanted"] == n["matched"] == 0


def test_what_is_right_of_a_matched_event() -> None:
    given = event("2023-05-06", "2023-05-06", type="general", stage="runoff", status="expected", participants=["mt"])
    n = count_events([WANTED], [given])
    assert [n[what] for what in ("matched", "type", "stage", "status", "participants")] == [1, 0, 0, 0, 1]


def test_dates_count_by_their_days_wherever_they_overlap() -> None:
    wanted = [mark(0, 5, "2023-05-06"), mark(10, 15, "2023-05-07"), mark(20, 25, None, vague=True)]
    given = [mark(0, 6, "2023-05-06"), mark(20, 25, "2023-01-01"), mark(30, 35, "2023-05-09")]
    n = count_dates(wanted, given)
    assert [n[f"dates_{what}"] for what in ("wanted", "given", "found", "right")] == [2, 2, 1, 1]
    assert count_dates([], [mark(0, 5, None, vague=True)])["dates_given"] == 0


def test_f1_of_nothing_is_nought() -> None:
    assert f1(0, 0, 0) == (0.0, 0.0, 0.0)
    assert f1(1, 2, 4) == pytest.approx((0.25, 0.5, 1 / 3))
