"""The timeline as a drawing: nothing overlaps, the axis fits every window, counts have their ribbons."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drawing import END, ITEM, START, STATUSES, drawn, item, label_box, points
from timeline.charts.scale import Scale
from timeline.charts.text import FONT, fitted, joined, number, text_width
from timeline.charts.timeline.layout import GROUP, GUTTER, HEAD, WIDTH, Picture, scale
from timeline.charts.timeline.marks import Item
from timeline.charts.timeline.packing import FEWER, LANE_ROWS, MAX_HEIGHT, MAX_LANES, MAX_MARKS, OTHERS
from timeline.charts.timeline.ribbons import Bin


def test_paths_are_written_short_and_read_back_the_same() -> None:
    assert [number(v) for v in (3.0, 3.04, -0.04, 12.35, -7.5)] == ["3", "3", "0", "12.3", "-7.5"]
    assert joined("M", 1.5, -2.0, "h", 13.0, "v", -0.5) == "M1.5-2h13v-0.5"
    assert list(points("M1.5-2h13v-0.5l7 7-7 7")) == [(1.5, -2), (14.5, -2), (14.5, -2.5), (21.5, 4.5), (14.5, 11.5)]


# --- nothing overlaps ---------------------------------------------------------------------------
days = st.dates(date(2023, 6, 1), date(2025, 9, 1))

labels = st.text("大选会谈 · ABMWilq2025年—", min_size=1, max_size=40)


@st.composite
def items(drawing: st.DrawFn) -> list[Item]:
    made = []
    for n in range(drawing(st.integers(1, 14))):
        first = drawing(days)
        last = first + timedelta(days=drawing(st.sampled_from([0, 0, 1, 6, 30, 90, 400])))
        spans = ((first, first + (last - first) / 2), (last, last))
        made.append(
            item(
                id=str(n),
                group=drawing(st.sampled_from(["election", "alliance"])),
                lane=drawing(st.sampled_from(["AU", "nato"])),
                start=drawing(st.sampled_from([first, first, None])),
                end=drawing(st.sampled_from([last, last, None])) if last >= START else last,
                modifier=drawing(st.sampled_from(["", "by"])),
                extent=drawing(st.sampled_from(["within", "throughout"])),
                status=drawing(st.sampled_from(STATUSES)),
                label=drawing(labels),
                alternatives=drawing(st.sampled_from([(), spans])),
                before=drawing(st.sampled_from([None, None, (first - timedelta(days=90), first - timedelta(days=80))])),
                source_window=drawing(
                    st.sampled_from([None, None, (first - timedelta(days=5), first + timedelta(days=9))])
                ),
            )
        )
    # As the filter gives them: with days that meet the window.
    return [
        i for i in made if (i.when.end is None or i.when.end >= START) and (i.when.start is None or i.when.start <= END)
    ]


def check_nothing_overlaps(picture: Picture) -> None:
    """Shapes and labels lie in the boxes of their marks, the boxes in the picture, and no two boxes meet."""
    for mark in picture.marks:
        left, right = label_box(mark)
        assert mark.left - 0.1 <= left <= right <= mark.right + 0.1
        assert mark.top <= float(mark.label.y) - 0.6 * FONT and float(mark.label.y) <= mark.bottom
        for x, y in (corner for piece in mark.pieces for corner in points(piece.d)):
            beyond = 3.1  # of a stroke through what was cancelled
            assert mark.left - beyond <= x <= mark.right + beyond and mark.top <= y <= mark.bottom, mark
        assert mark.left >= GUTTER - 7.1 and left >= GUTTER - 0.1 and mark.right <= WIDTH
        assert mark.bottom <= float(picture.crop) + float(picture.height)
    by_row = sorted(picture.marks, key=lambda mark: (mark.top, mark.left))
    for a, b in pairwise(by_row):
        apart = a.right <= b.left if a.top == b.top else a.bottom <= b.top
        assert apart, (a, b)


@settings(max_examples=150)
@given(items())
def test_no_two_marks_or_labels_overlap_and_none_leaves_the_picture(several: list[Item]) -> None:
    picture = drawn(*several)
    assert picture.ids == {item.id for item in several}  # few find room, all of them
    check_nothing_overlaps(picture)


STARTS = st.tuples(st.integers(-60, 420), st.sampled_from([0, 0, 0, 2, 30, 200]), st.sampled_from(STATUSES), labels)


@settings(max_examples=25)
@given(st.lists(STARTS, min_size=10, max_size=40), st.integers(1, 80), st.integers(1, 30))
def test_however_many_there_are_the_picture_stays_bounded(few: list[Any], lanes: int, times: int) -> None:
    many = []
    for n, (days, length, status, label) in enumerate(few * times):
        first = START + timedelta(days=(days + n * 7) % 420)
        group = ("election", "alliance")[n % 2]
        more = {"start": first, "end": first + timedelta(days=length), "status": status, "label": label}
        many.append(item(id=str(n), group=group, lane=str(n * 31 % lanes), alone=f"{label}{n}", **more))
    picture = drawn(*many)
    check_nothing_overlaps(picture)
    assert picture.marks[0].id in picture.ids and len(picture.ids) == len(picture.marks) <= MAX_MARKS
    assert float(picture.height) <= HEAD + 2 * (GROUP + 4) + MAX_HEIGHT + 12
    assert all(len(group.lanes) <= MAX_LANES + 1 for group in picture.groups)


def test_chinese_signs_are_counted_one_em_wide_and_latin_letters_about_half() -> None:
    assert text_width("大选") == 2 * FONT
    assert 0.45 < text_width("general election") / (16 * FONT) < 0.62
    assert text_width(fitted("很长的题目" * 20, 100)) <= 100
    assert fitted("短", 100) == "短"


def test_what_is_worth_most_finds_room_first_and_a_full_lane_takes_no_more() -> None:
    one_day = [item(id=f"{n:02}", label=f"大选 · {n}") for n in range(60)]
    others = [item(id=f"x{n}", lane=str(n)) for n in range(9)]
    picture = drawn(*one_day, *others)
    lanes = {lane.key: [mark.id for mark in lane.marks] for group in picture.groups for lane in group.lanes}
    assert sorted(lanes["AU"]) == ["00", "01", "02", "03"] and LANE_ROWS == 4
    assert all(lanes[str(n)] == [f"x{n}"] for n in range(9))


def test_one_lane_alone_may_be_taller() -> None:
    one_day = [item(id=f"{n:02}") for n in range(60)]
    assert LANE_ROWS < len(drawn(*one_day).marks) < 60


def test_of_too_many_lanes_the_rest_stands_together_with_its_full_name() -> None:
    several = [item(id=f"{n:03}", lane=f"{n:03}", alone=f"全名{n}") for n in range(MAX_LANES + 1)]
    (group,) = drawn(*several).groups
    *own, rest = group.lanes
    assert len(own) == FEWER and rest.key == OTHERS
    assert next(mark.label.text for mark in rest.marks) == f"全名{FEWER}"
    assert OTHERS not in [lane.key for lane in drawn(*several[:-1]).groups[0].lanes]


def test_marks_are_in_order_of_day_within_their_lane() -> None:
    first = date(2024, 3, 1)
    several = [item(id=str(n), start=first + timedelta(days=n * 37 % 100), end=None) for n in range(4)]
    (group,) = drawn(*several).groups
    assert [mark.id for mark in group.lanes[0].marks] == ["0", "3", "1", "2"]


# --- the axis -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "unit"),
    [
        (date(2024, 1, 10), "day"),
        (date(2024, 4, 1), "week"),
        (date(2025, 2, 28), "month"),
        (date(2028, 12, 31), "quarter"),
        (date(2040, 12, 31), "year"),
        (date(2999, 12, 31), "year"),
    ],
)
def test_ticks_fit_the_zoom_and_never_touch(end: date, unit: str) -> None:
    axis = Scale(START, end, GUTTER, WIDTH)
    assert axis.unit == unit
    found = [axis.before(day) for day in axis.ticks()]
    assert 2 <= len(found) <= 30
    # A step of months is 28 to 31 days long.
    assert all(b - a >= (28 if unit == "day" else 40) for a, b in pairwise(found))


@settings(max_examples=200)
@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)), st.integers(0, 700_000))
def test_any_window_has_an_axis(start: date, length: int) -> None:
    end = min(date.fromordinal(min(start.toordinal() + length, date(2999, 12, 31).toordinal())), date(2999, 12, 31))
    axis = Scale(start, end, GUTTER, WIDTH)
    ticks = axis.ticks()
    assert all(start <= day <= end for day in ticks) and len(ticks) <= 40
    assert axis.before(start) == GUTTER and axis.behind(end) == pytest.approx(WIDTH)


def test_today_and_the_day_as_known_on_are_lines_inside_the_window_only() -> None:
    picture = drawn(ITEM, as_of=date(2024, 3, 20))
    assert picture.today and picture.as_of and float(picture.as_of.x) < float(picture.today.x)
    elsewhere = drawn(ITEM, today=date(2030, 1, 1), as_of=date(2020, 1, 1))
    assert elsewhere.today is None and elsewhere.as_of is None


def test_words_of_two_lines_on_one_day_stand_on_opposite_sides() -> None:
    picture = drawn(ITEM, today=date(2024, 9, 1), as_of=date(2024, 9, 1))
    assert picture.today and picture.as_of
    assert {picture.today.label.anchor, picture.as_of.label.anchor} == {"start", "end"}


def test_groups_without_events_are_not_drawn_and_busy_lanes_come_first() -> None:
    busy = [item(id=str(n), lane="nato", weight=3) for n in range(2)]
    (group,) = drawn(ITEM, *busy).groups
    assert group.key == "election" and [lane.key for lane in group.lanes] == ["nato", "AU"]


def test_weekends_are_shaded_where_days_are_wide_enough() -> None:
    axis = scale(date(2024, 5, 5), date(2024, 5, 18))
    sunday, saturday = date(2024, 5, 5), date(2024, 5, 18)
    assert axis.weekends() == [(sunday, sunday), (date(2024, 5, 11), date(2024, 5, 12)), (saturday, saturday)]
    assert drawn(ITEM, start=sunday, end=saturday).weekends.count("M") == 3
    assert scale(START, END).weekends() == []


# --- counts -------------------------------------------------------------------------------------


def test_a_ribbon_stands_over_the_axis_with_its_counts_where_they_have_room() -> None:
    months = scale(START, END).bins()
    bins = [Bin(*months[4], 134, "/?from=2024-05-01", "May 2024: 134 more events"), Bin(*months[5], 0, "/", "")]
    (group,) = drawn(ITEM, ribbons={"election": bins}).groups
    assert group.ribbon
    (cell,) = group.ribbon.cells
    assert (cell.count, cell.url, cell.words) == ("134", "/?from=2024-05-01", "May 2024: 134 more events")
    axis = scale(START, END)
    x = [x for x, _ in points(cell.box)]
    assert [min(x), max(x)] == pytest.approx([axis.before(months[4][0]), axis.behind(months[4][1])], abs=0.11)
    narrow = Bin(START, START, 1234, "/", "")
    (group,) = drawn(ITEM, ribbons={"election": [narrow]}).groups
    assert group.ribbon and group.ribbon.cells[0].count == ""


def test_a_group_whose_events_found_no_room_still_has_its_counts() -> None:
    bins = [Bin(START, END, 9, "", "")]
    groups = drawn(ITEM, ribbons={"alliance": bins}).groups
    assert [(group.key, bool(group.ribbon), len(group.lanes)) for group in groups] == [
        ("election", False, 1),
        ("alliance", True, 0),
    ]


@settings(max_examples=200)
@given(st.dates(date(1000, 1, 1), date(2990, 1, 1)), st.integers(1, 700_000))
def test_bins_cover_the_axis_without_gaps(start: date, length: int) -> None:
    end = date.fromordinal(min(start.toordinal() + length - 1, date(2999, 12, 31).toordinal()))
    axis = Scale(start, end, GUTTER, WIDTH)
    bins = axis.bins()
    assert bins[0][0] == start and bins[-1][1] == end
    assert all(b[0] - a[1] == timedelta(days=1) for a, b in pairwise(bins)) and all(a <= b for a, b in bins)
    assert min(12, axis.days) <= len(bins) <= 90


@pytest.mark.parametrize(
    ("end", "second"),
    [
        (date(2024, 1, 14), (date(2024, 1, 2), date(2024, 1, 2))),
        (date(2024, 4, 30), (date(2024, 1, 8), date(2024, 1, 14))),
        (date(2025, 2, 28), (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2028, 12, 31), (date(2024, 4, 1), date(2024, 6, 30))),
        (date(2043, 12, 31), (date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_bins_are_days_weeks_months_quarters_or_years(end: date, second: tuple[date, date]) -> None:
    assert scale(START, end).bins()[1] == second
