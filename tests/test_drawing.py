"""The picture: nothing overlaps, nothing leaves it, and every kind of date and status has a shape of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timeline.drawing import (
    FONT,
    GUTTER,
    MARGIN,
    MARKS,
    WIDTH,
    Item,
    Mark,
    Picture,
    Words,
    draw,
    fitted,
    scale,
    text_width,
)
from timeline.scale import Scale

START, END = date(2024, 1, 1), date(2025, 2, 28)
STATUSES = ["scheduled", "expected", "conditional", "occurred", "postponed", "cancelled", "lapsed"]
WORDS = Words(
    groups={"election": "选举", "alliance": "联盟"},
    lanes={"AU": "澳大利亚", "nato": "北约"},
    ticks={},
    headings={},
    today="今天",
    as_of="所知截至",
)
ITEM = Item(
    id="a",
    group="election",
    lane="AU",
    start=date(2024, 5, 3),
    end=date(2024, 5, 3),
    deadline=False,
    lasting=False,
    status="scheduled",
    label="大选 · 5月3日",
    name="澳大利亚大选，2024年5月3日，已定",
    url="/events/a/",
)


def drawn(*items: Item, start: date = START, end: date = END, **more: date | None) -> Picture:
    today = more.pop("today", None) or date(2024, 9, 1)
    return draw(scale(start, end), items, WORDS, today=today, as_of=more.get("as_of"))


def one(**more: object) -> Mark:
    (mark,) = drawn(replace(ITEM, **more)).marks  # type: ignore[arg-type]
    return mark


def css(mark: Mark) -> set[str]:
    return {piece.css for piece in mark.pieces}


def xs(mark: Mark, *kinds: str) -> list[float]:
    """The absolute x values of the pieces of these classes."""
    paths = [piece.d for piece in mark.pieces if piece.css in kinds]
    return [float(x) for d in paths for x in re.findall(r"[MHLQ]\s?(-?[\d.]+)", d)]


# --- nothing overlaps ---------------------------------------------------------------------------

days = st.dates(date(2023, 6, 1), date(2025, 9, 1))
labels = st.text("大选会谈 · ABMWilq2025年—", min_size=1, max_size=40)


@st.composite
def items(drawing: st.DrawFn) -> list[Item]:
    made = []
    for number in range(drawing(st.integers(1, 14))):
        first = drawing(days)
        last = first + timedelta(days=drawing(st.sampled_from([0, 0, 1, 6, 30, 90, 400])))
        spans = ((first, first + (last - first) / 2), (last, last))
        made.append(
            replace(
                ITEM,
                id=str(number),
                group=drawing(st.sampled_from(["election", "alliance"])),
                lane=drawing(st.sampled_from(["AU", "nato"])),
                start=drawing(st.sampled_from([first, first, None])),
                end=drawing(st.sampled_from([last, last, None])) if last >= START else last,
                deadline=drawing(st.booleans()),
                lasting=drawing(st.booleans()),
                status=drawing(st.sampled_from(STATUSES)),
                label=drawing(labels),
                alternatives=drawing(st.sampled_from([(), spans])),
            )
        )
    # As the filter gives them: with days that meet the window.
    return [i for i in made if (i.end is None or i.end >= START) and (i.start is None or i.start <= END)]


def label_box(mark: Mark) -> tuple[float, float]:
    x, width = float(mark.label.x), text_width(mark.label.text)
    return (x - width, x) if mark.label.anchor == "end" else (x, x + width)


@settings(max_examples=150, deadline=None)
@given(items())
def test_no_two_marks_or_labels_overlap_and_none_leaves_the_picture(several: list[Item]) -> None:
    picture = drawn(*several)
    assert sorted(mark.id for mark in picture.marks) == sorted(item.id for item in several)
    for mark in picture.marks:
        left, right = label_box(mark)
        assert mark.left - 0.1 <= left <= right <= mark.right + 0.1
        shape = xs(mark, "solid", "hatch", "dotted", "hollow", "dashes")
        assert mark.left - 0.1 <= min(shape) and max(shape) <= mark.right + 0.1
        assert left >= GUTTER - 0.1 and mark.right <= WIDTH + 0.1
        assert mark.bottom <= float(picture.height)
    for a, b in combinations(picture.marks, 2):
        apart = a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top
        assert apart, (a, b)


def test_chinese_signs_are_counted_one_em_wide_and_latin_letters_about_half() -> None:
    assert text_width("大选") == 2 * FONT
    assert 0.45 < text_width("general election") / (16 * FONT) < 0.62
    assert text_width(fitted("很长的题目" * 20, 100)) <= 100
    assert fitted("短", 100) == "短"


def test_marks_beyond_the_limit_are_left_to_the_words_of_the_page() -> None:
    several = [replace(ITEM, id=str(n)) for n in range(MARKS + 50)]
    assert [m.id for m in sorted(drawn(*several).marks, key=lambda m: int(m.id))] == [str(n) for n in range(MARKS)]


# --- what the days are, by outline --------------------------------------------------------------


def test_an_exact_day_is_a_diamond_on_the_middle_of_that_day() -> None:
    (piece,) = one().pieces
    assert piece.css == "solid" and piece.d.count("l") == 3
    assert xs(one(), "solid") == [pytest.approx(scale(START, END).middle(date(2024, 5, 3)), abs=0.06)]


def test_a_window_fades_at_its_ends_and_a_stay_does_not() -> None:
    window = {"start": date(2024, 5, 1), "end": date(2024, 7, 31)}
    assert [p.fill for p in one(**window).pieces] == ["fade-election"]
    (stay,) = one(**window, lasting=True).pieces
    assert stay.fill == "" and stay.d != one(**window).pieces[0].d
    axis = scale(START, END)
    x = xs(one(**window), "solid")
    assert min(x) == pytest.approx(axis.before(window["start"]), abs=0.06)
    assert max(x) == pytest.approx(axis.behind(window["end"]), abs=0.06)


def test_a_deadline_grows_to_a_flag_at_its_last_day() -> None:
    mark = one(start=date(2024, 3, 20), end=date(2024, 12, 31), deadline=True)
    assert css(mark) == {"solid", "flag"} and mark.pieces[0].fill == "fade-to-election"
    assert xs(mark, "flag")[0] == pytest.approx(scale(START, END).behind(date(2024, 12, 31)), abs=0.06)


def test_a_deadline_outside_the_picture_shows_no_flag() -> None:
    assert "flag" not in css(one(start=date(2024, 3, 20), end=date(2026, 12, 31), deadline=True))


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
    assert all(b - a >= 40 for a, b in pairwise(found))


@settings(max_examples=200, deadline=None)
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
    busy = [replace(ITEM, id=str(n), lane="nato", weight=3) for n in range(2)]
    (group,) = drawn(ITEM, *busy).groups
    assert group.key == "election" and [lane.key for lane in group.lanes] == ["nato", "AU"]
