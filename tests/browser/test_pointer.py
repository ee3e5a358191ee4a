"""The timeline under the pointer and the fingers of a reader: dragged, wheeled, pinched, by its strip."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support import rows
from tests.support.processes import wait_until
from tests.support.timeline_page import (
    WIDTHS,
    Open,
    days,
    drag,
    empty,
    events,
    length,
    opened,
    px_per_day,
    settled,
    shape,
    shows,
    x_of,
)
from timeline.models import Event

__all__ = ["events", "opened"]


# --- dragging -----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_a_drag_pans_by_whole_days(opened: Open, width: int) -> None:
    page = opened(width=width)
    x, y = empty(page)
    drag(page, x, y, 20.3 * px_per_day(page))
    shows(page, "2024-04-11", "2024-08-08")
    page.go_back()
    shows(page, "2024-05-01", "2024-08-28")


def test_the_drawing_follows_the_pointer_and_what_is_dragged_is_not_opened(opened: Open) -> None:
    page = opened()
    x, y = shape(page, "britain1")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=5)
    assert abs(shape(page, "britain1")[0] - (x - 100)) < 2
    assert abs(page.locator(".plot .tick-label").nth(1).bounding_box()["x"]) > 0  # type: ignore[index]
    page.mouse.up()
    settled(page)
    assert days(page)[0] > date(2024, 5, 1)
    assert urlsplit(page.url).path == "/"
    expect(page.locator("#beside")).to_be_hidden()


def test_a_drag_ends_where_the_calendar_does(opened: Open, events: list[Event]) -> None:
    rows.event("first", ["FR"], "1000-02-01")
    page = opened("from=1000-01-05&to=1000-03-05")
    x, y = shape(page, "first")
    drag(page, x, y + 30, 20 * px_per_day(page))
    shows(page, "1000-01-01", "1000-03-01")


# --- wheel --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_the_wheel_scrolls_the_page_and_moves_no_time(opened: Open, width: int) -> None:
    page = opened(width=width)
    page.mouse.move(*shape(page, "britain1"))
    page.mouse.wheel(0, 200)
    wait_until(lambda: page.evaluate("scrollY >= 150"), "the page is scrolled")
    assert days(page) == (date(2024, 5, 1), date(2024, 8, 28))
    expect(page.locator(".plot")).not_to_have_attribute("transform", re.compile("."))


@pytest.mark.parametrize("width", WIDTHS)
def test_sideways_and_with_shift_the_wheel_pans(opened: Open, width: int) -> None:
    page = opened(width=width)
    page.mouse.move(*empty(page))
    page.mouse.wheel(-20 * px_per_day(page), 0)
    shows(page, "2024-04-11", "2024-08-08")
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -10 * px_per_day(page))
    page.keyboard.up("Shift")
    shows(page, "2024-04-01", "2024-07-29")
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_with_ctrl_the_wheel_zooms_around_the_pointer(opened: Open, width: int) -> None:
    page = opened(width=width)
    x = x_of(page, "2024-06-10")
    page.mouse.move(x, empty(page)[1])
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_url(lambda url: "from=2024-05-01" not in url)
    settled(page)
    assert 40 <= length(page) <= 50  # 120 days by e
    assert abs(x_of(page, "2024-06-10") - x) < 1.5 * px_per_day(page)
    assert page.evaluate("scrollY") == 0


def test_zooming_ends_at_fourteen_days_and_eighty_years(opened: Open) -> None:
    page = opened()
    page.mouse.move(*empty(page))
    page.keyboard.down("Control")
    for _ in range(8):
        page.mouse.wheel(0, -500)
    page.wait_for_url(lambda url: length(page) == 14)
    settled(page)
    for _ in range(20):
        page.mouse.wheel(0, 500)
    page.wait_for_url(lambda url: length(page) == 80 * 366)
    settled(page)


def test_a_double_click_on_empty_space_zooms_in_there(opened: Open) -> None:
    page = opened()
    x = x_of(page, "2024-07-20")
    page.mouse.dblclick(x, empty(page)[1])
    page.wait_for_url(lambda url: "from=2024-05-01" not in url)
    settled(page)
    assert length(page) == 60
    assert abs(x_of(page, "2024-07-20") - x) < 1.5 * px_per_day(page)


# --- touch --------------------------------------------------------------------------------------


class Fingers:
    """Fingers on the page, as the browser gets them from a screen."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        """`kind`: touchStart, touchMove, touchEnd; the points are all fingers that are down."""
        down = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": down})


def test_one_finger_pans_sideways_and_scrolls_the_page_up_and_down(opened: Open) -> None:
    page = opened(width=820, has_touch=True)
    x, y = empty(page)
    by, fingers = 20 * px_per_day(page), Fingers(page)
    fingers.send("touchStart", (x, y))
    for part in range(1, 11):
        fingers.send("touchMove", (x + by * part / 10, y))
    fingers.send("touchEnd")
    page.wait_for_url(lambda url: "from=2024-05-01" not in url)
    settled(page)
    assert abs((date(2024, 5, 1) - days(page)[0]).days - 20) <= 4  # the browser keeps the first 15 px for itself
    before = days(page)
    x, y = shape(page, "britain1")
    fingers.send("touchStart", (x, y))
    for part in range(1, 11):
        fingers.send("touchMove", (x, y - 20 * part))
    fingers.send("touchEnd")
    wait_until(lambda: page.evaluate("scrollY > 50"), "the page is scrolled")
    assert days(page) == before


def test_two_fingers_pinch(opened: Open) -> None:
    page = opened(width=820, has_touch=True)
    x, y = x_of(page, "2024-06-10"), empty(page)[1]
    fingers = Fingers(page)
    fingers.send("touchStart", (x - 40, y))
    fingers.send("touchStart", (x - 40, y), (x + 40, y))
    for part in range(1, 9):
        fingers.send("touchMove", (x - 40 - 10 * part, y), (x + 40 + 10 * part, y))
    fingers.send("touchEnd")
    page.wait_for_url(lambda url: "from=2024-05-01" not in url)
    settled(page)
    assert 36 <= length(page) <= 60  # from 80 px apart to 240: a third, less what the browser keeps
    assert page.evaluate("visualViewport.scale") == 1


# --- the strip ----------------------------------------------------------------------------------


def strip(page: Page, part: str) -> tuple[float, float]:
    box = page.locator(f"svg.overview {part}").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def strip_days(page: Page, px: float) -> float:
    script = """svg => ((Date.parse(svg.dataset.end) - Date.parse(svg.dataset.start)) / 864e5 + 1)
        / (svg.getScreenCTM().a * (svg.dataset.right - svg.dataset.left))"""
    return px * float(page.locator("svg.overview").evaluate(script))


def strip_left(page: Page) -> float:
    """Where the strip's first day begins on the screen."""
    return float(
        page.locator("svg.overview").evaluate("svg => svg.getScreenCTM().e + svg.getScreenCTM().a * svg.dataset.left")
    )


def test_the_brush_is_dragged_and_its_ends_too(opened: Open) -> None:
    page = opened("from=2022-01-01&to=2024-12-31")
    days_long, moved = length(page), strip_days(page, 60)
    drag(page, *strip(page, ".brush"), 60)
    page.wait_for_url(lambda url: "from=2022-01-01" not in url)
    settled(page)
    assert length(page) == days_long
    assert abs((days(page)[0] - date(2022, 1, 1)).days - moved) <= 2
    (start, end), cut = days(page), strip_days(page, 40)
    drag(page, *strip(page, ".brush-handle[data-side=end]"), -40)
    page.wait_for_url(lambda url: f"to={end}" not in url)
    settled(page)
    assert days(page)[0] == start
    assert abs(days_long - length(page) - cut) <= 2


def test_a_click_beside_the_brush_jumps_there(opened: Open) -> None:
    page = opened()
    box = page.locator("svg.overview").bounding_box()
    assert box
    x, y = box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2
    first = date.fromisoformat(str(page.locator("svg.overview").get_attribute("data-start")))
    there = date.fromordinal(first.toordinal() + round(strip_days(page, x - strip_left(page))))
    page.mouse.click(x, y)
    page.wait_for_url(lambda url: "from=2024-05-01" not in url)
    settled(page)
    start, end = days(page)
    assert start <= there <= end


def test_arrows_move_the_ends_of_the_brush(opened: Open) -> None:
    page = opened()
    handle = page.locator(".brush-handle[data-side=start]")
    handle.focus()
    expect(handle).to_have_attribute("aria-valuetext", "2024-05-01")
    page.keyboard.press("ArrowLeft")
    shows(page, "2024-04-25", "2024-08-28")
    expect(page.locator(".brush-handle[data-side=start]")).to_be_focused()
