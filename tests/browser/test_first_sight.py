"""What stands where at four widths: conditions, the strip of all days, an event that opens without moving a thing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support import rows
from tests.support.axe import grave
from tests.support.timeline_page import WINDOW, Open, events, opened

__all__ = ["events", "opened"]
WIDTHS = [820, 1280, 1920]
SHIFTS = """() => { window.moved = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: false }); }"""


def box(page: Page, selector: str) -> dict[str, float]:
    place, found = page.locator(selector).first, None
    while not found:  # what is being drawn anew has no box for a moment
        place.wait_for()
        found = place.bounding_box()
    x, y, width, height = (float(found[side]) for side in ("x", "y", "width", "height"))
    return {"x": x, "y": y, "width": width, "height": height, "right": x + width, "bottom": y + height}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_opening_an_event_moves_nothing_and_leaves_its_mark_in_sight(opened: Open, width: int, theme: str) -> None:
    page = opened(width=width, color_scheme=theme)
    page.evaluate(SHIFTS)
    for mark in page.locator("svg.picture a.mark").all():
        shape = mark.locator("path").first
        before = shape.bounding_box()
        mark.click()
        expect(page.locator("#beside")).to_be_visible()
        expect(mark).to_have_attribute("aria-current", "true")
        page.wait_for_timeout(300)  # longer than a card waits
        assert shape.bounding_box() == before
        expect(page.locator("#card")).to_be_hidden()
        panel = box(page, "#beside")
        assert before
        assert before["x"] + before["width"] <= panel["x"] or before["x"] >= panel["right"]
        page.keyboard.press("Escape")
        expect(page.locator("#beside")).to_be_hidden()
    assert page.evaluate("window.moved") <= 0.02
    page.locator("svg.picture a.mark").first.click()
    expect(page.locator("#beside h2")).to_be_focused()
    assert grave(page) == []


def test_escape_closes_the_panel_before_a_card(opened: Open) -> None:
    page = opened()
    first, second = page.locator("svg.picture a.mark").all()[:2]
    first.click()
    expect(page.locator("#beside")).to_be_visible()
    second.hover()
    expect(page.locator("#card")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#beside")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_wide_screen_all_conditions_stand_open_beside_the_picture(opened: Open, scripts: bool) -> None:
    page = opened(width=1920, java_script_enabled=scripts)
    conditions, stage = box(page, ".conditions"), box(page, ".stage")
    assert conditions["right"] <= stage["x"] and stage["y"] < 200 and stage["width"] > 1400
    expect(page.locator("input[name=status]").first).to_be_visible()
    expect(page.locator("select[name=group]")).to_be_visible()
    expect(page.locator(".more > summary")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_on_other_screens_the_conditions_stand_above_it_and_open_by_a_click(opened: Open, width: int) -> None:
    page = opened(width=width)
    assert box(page, ".conditions")["bottom"] <= box(page, ".stage")["y"] + 1
    expect(page.locator("select[name=group]")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [390, *WIDTHS])
def test_all_days_begin_where_nearly_all_events_lie(opened: Open, width: int) -> None:
    for number in range(100):
        rows.event(f"more{number}", ["FR"], f"2024-06-{number % 28 + 1:02}", type="local")
    rows.event("long-ago", ["US"], "1824-11-02")
    page = opened("window=all", width=width)
    start = page.locator("svg.overview").get_attribute("data-start") or ""
    assert start == "2023-01-01"
    drawn = page.locator("#timeline").get_attribute("data-start") or ""
    assert drawn.startswith("2024-")
    if width == 390:
        expect(page.locator(".strip-ends")).to_contain_text("1 earlier")
        return
    page.get_by_role("link", name="← 1 earlier").click()
    expect(page.locator("#timeline")).to_have_attribute("data-start", re.compile("^1824-"))
    expect(page.locator("ol.events h3")).to_have_count(1)


def test_the_handles_of_a_narrow_window_stay_apart(opened: Open) -> None:
    rows.event("far-off", ["US"], "2095-11-02")
    page = opened(WINDOW)

    def apart() -> bool:
        left, right = (box(page, f'.brush-handle[data-side="{side}"]') for side in ("start", "end"))
        return left["right"] + 3 <= right["x"]

    assert apart()
    handle = page.locator('.brush-handle[data-side="end"]')
    handle.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
        assert apart()
