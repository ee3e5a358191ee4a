"""A mark says by its outline what its days are, by its filling how sure it is, and where it was before."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest

from tests.support.drawing import END, START, STATUSES, css, label_box, one, points, xs
from timeline.charts.timeline.layout import GUTTER, MARGIN, WIDTH, scale

# --- what the days are, by outline --------------------------------------------------------------


def test_an_exact_day_is_a_diamond_on_the_middle_of_that_day() -> None:
    (piece,) = one().pieces
    middle = scale(START, END).middle(date(2024, 5, 3))
    assert piece.css == "solid" and len(set(points(piece.d))) == 4
    assert [min(xs(one(), "solid")), max(xs(one(), "solid"))] == pytest.approx([middle - 7, middle + 7], abs=0.11)


def test_a_window_fades_at_its_ends_and_a_stay_does_not() -> None:
    window = {"start": date(2024, 5, 1), "end": date(2024, 7, 31)}
    assert [p.fill for p in one(**window).pieces] == ["fade-election"]
    (stay,) = one(**window, extent="throughout").pieces
    assert stay.fill == "" and stay.d != one(**window).pieces[0].d
    axis = scale(START, END)
    x = xs(one(**window), "solid")
    assert min(x) == pytest.approx(axis.before(window["start"]), abs=0.26)
    assert max(x) == pytest.approx(axis.behind(window["end"]), abs=0.26)


def test_a_window_that_fills_the_picture_is_surer_nowhere_in_it() -> None:
    window = {"start": date(2020, 1, 1), "end": date(2030, 1, 1)}
    assert css(one(**window)) == {"even"} and css(one(**window, extent="throughout")) == {"solid"}
    assert [p.fill for p in one(start=window["start"], end=date(2024, 9, 1)).pieces] == ["fade-from-election"]


def test_a_deadline_grows_to_a_flag_at_its_last_day() -> None:
    mark = one(start=date(2024, 3, 20), end=date(2024, 12, 31), modifier="by")
    assert css(mark) == {"solid", "flag"} and mark.pieces[0].fill == "fade-to-election"
    assert xs(mark, "flag")[0] == pytest.approx(scale(START, END).behind(date(2024, 12, 31)), abs=0.06)


def test_a_deadline_outside_the_picture_shows_no_flag() -> None:
    assert "flag" not in css(one(start=date(2024, 3, 20), end=date(2026, 12, 31), modifier="by"))


def test_alternatives_are_two_bars_with_a_divider_between() -> None:
    spans = ((date(2024, 10, 1), date(2024, 12, 31)), (date(2025, 1, 1), date(2025, 2, 20)))
    mark = one(start=spans[0][0], end=spans[1][1], alternatives=spans)
    assert [p.css for p in mark.pieces].count("solid") == 2 and "divider" in css(mark)


def test_alternatives_that_overlap_are_one_bar() -> None:
    spans = ((date(2024, 10, 1), date(2024, 12, 31)), (date(2024, 12, 1), date(2025, 2, 20)))
    mark = one(start=spans[0][0], end=spans[1][1], alternatives=spans)
    assert [p.css for p in mark.pieces].count("solid") == 1


def test_an_open_end_runs_on_dashed_to_the_edge() -> None:
    mark = one(start=date(2024, 11, 1), end=None)
    assert {"dashes", "head"} <= css(mark)
    assert max(xs(mark, "dashes")) == pytest.approx(WIDTH - MARGIN, abs=0.06)
    open_start = one(start=None, end=date(2024, 11, 1))
    assert min(xs(open_start, "dashes")) == pytest.approx(GUTTER, abs=0.06) and "stop" in css(open_start)


# --- how sure it is, by filling -----------------------------------------------------------------


@pytest.mark.parametrize("end", [date(2024, 5, 3), date(2024, 8, 1), None])
def test_every_status_looks_different_without_its_colour(end: date | None) -> None:
    looks = {status: [(p.css, p.fill, p.d) for p in one(status=status, end=end).pieces] for status in STATUSES}
    assert all(looks[a] != looks[b] for a, b in combinations(STATUSES, 2))


def test_statuses_have_the_signs_of_the_legend() -> None:
    assert css(one(status="expected")) == {"hatch"}
    assert css(one(status="conditional")) == {"dotted"}
    assert css(one(status="lapsed")) == {"hollow"}
    assert "tick" in css(one(status="occurred"))
    assert "arrow" in css(one(status="postponed"))
    assert "strike" in css(one(status="cancelled"))


# --- what was moved, what a law says ------------------------------------------------------------


def test_what_was_moved_has_a_hollow_ghost_at_its_old_place_and_an_arrow_from_there() -> None:
    old = date(2024, 3, 1)
    mark = one(status="postponed", before=(old, old))
    assert css(mark) == {"ghost", "way", "solid"}
    middle = scale(START, END).middle(old)
    assert [min(xs(mark, "ghost")), max(xs(mark, "ghost"))] == pytest.approx([middle - 5.5, middle + 5.5], abs=0.11)
    assert max(xs(mark, "ghost")) < min(xs(mark, "way")) < max(xs(mark, "way")) < min(xs(mark, "solid"))


def test_what_was_moved_forward_has_its_arrow_from_the_right() -> None:
    old = date(2024, 9, 1)
    mark = one(before=(old, date(2024, 10, 31)))
    assert max(xs(mark, "solid")) < min(xs(mark, "way")) < max(xs(mark, "way")) < min(xs(mark, "ghost"))


def test_the_label_of_what_was_moved_stands_by_the_new_place() -> None:
    old, new = date(2024, 3, 1), date(2025, 2, 20)
    mark = one(start=new, end=new, before=(old, old))
    assert label_box(mark)[1] >= min(xs(mark, "solid")) and float(mark.label.y) < mark.bottom - 20


@pytest.mark.parametrize("old", [date(2020, 1, 1), date(2024, 5, 2)])
def test_an_old_place_outside_the_picture_or_too_near_has_no_ghost(old: date) -> None:
    assert css(one(status="postponed", before=(old, old))) == {"arrow", "solid"}


def test_the_arrow_of_what_was_put_off_finds_room_at_every_edge() -> None:
    first = one(status="postponed", start=START, end=START)
    assert min(xs(first, "arrow")) > max(xs(first, "solid"))
    whole = one(status="postponed", start=START - timedelta(days=9), end=END + timedelta(days=9))
    assert "arrow" not in css(whole) and css(whole) != css(one(start=whole and START - timedelta(days=9), end=END))


def test_a_day_by_law_stands_in_the_window_that_sources_give() -> None:
    november = (date(2024, 11, 1), date(2024, 11, 30))
    mark = one(start=date(2024, 11, 5), end=date(2024, 11, 5), source_window=november)
    axis = scale(START, END)
    assert css(mark) == {"source-window", "solid"}
    assert max(xs(mark, "source-window")) == pytest.approx(axis.behind(november[1]), abs=0.26)
    assert float(mark.label.x) > axis.behind(november[1])
