"""The timeline by keys; the card of a mark, and the event that opens beside the timeline."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.support.timeline_page import WIDTHS, WINDOW, Open, days, events, length, mark, opened, settled, shape, shows

__all__ = ["events", "opened"]


# --- keys ---------------------------------------------------------------------------------------


def test_arrows_walk_the_marks_in_order_of_time_and_lanes(opened: Open) -> None:
    page = opened()
    mark(page, "britain2").focus()
    page.keyboard.press("ArrowRight")
    expect(mark(page, "britain1")).to_be_focused()
    page.keyboard.press("Home")
    expect(mark(page, "britain2")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(mark(page, "japan1")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(mark(page, "treaty1")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    expect(mark(page, "britain1")).to_be_focused()
    assert days(page) == (date(2024, 5, 1), date(2024, 8, 28))


@pytest.mark.parametrize("width", [390, 1280])
def test_keys_pan_zoom_and_come_back(opened: Open, width: int) -> None:
    page = opened(width=width)
    page.keyboard.press("ArrowRight")
    shows(page, "2024-05-31", "2024-09-27")
    page.keyboard.press("ArrowLeft")
    shows(page, "2024-05-01", "2024-08-28")
    page.keyboard.press("+")
    shows(page, "2024-05-31", "2024-07-29")
    page.keyboard.press("-")
    shows(page, "2024-05-01", "2024-08-28")
    page.keyboard.press("t")
    today = str(page.locator("#timeline").get_attribute("data-today"))
    page.wait_for_url(lambda url: days(page)[0] <= date.fromisoformat(today) <= days(page)[1])
    page.keyboard.press("0")
    page.wait_for_url(lambda url: "from=" not in url)


def test_what_had_the_focus_keeps_it(opened: Open) -> None:
    page = opened()
    mark(page, "japan1").focus()
    page.keyboard.press("-")
    page.wait_for_url(lambda url: "from=2024-05-01" not in url)
    settled(page)
    expect(mark(page, "japan1")).to_be_focused()
    page.locator(".ways [data-way=nearer]").focus()
    page.keyboard.press("Enter")
    settled(page)
    assert length(page) == 120
    expect(page.locator("#timeline [data-way=nearer]")).to_be_focused()
    assert page.evaluate("scrollY") == 0


def test_slash_searches_question_mark_helps_n_and_p_walk_the_list(opened: Open) -> None:
    page = opened()
    page.keyboard.press("n")
    first = page.locator(".events > li a").first
    expect(first).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator(".events > li").nth(1).locator("a").first).to_be_focused()
    page.keyboard.press("p")
    expect(first).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Enter")
    page.keyboard.press("t")  # keys of the timeline rest while the help is open
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert days(page) == (date(2024, 5, 1), date(2024, 8, 28))
    page.keyboard.press("/")
    expect(page.locator("input[name=q]")).to_be_focused()
    page.keyboard.type("t?-0")
    expect(page.locator("input[name=q]")).to_have_value("t?-0")
    assert page.locator("dialog[open]").count() == 0
    page.locator("[data-do=help]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


# --- cards --------------------------------------------------------------------------------------


def apart(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a and b
    return a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_card_tells_what_is_believed_and_why(opened: Open, width: int) -> None:
    page = opened(width=width)
    page.mouse.move(*shape(page, "britain1"))
    card = page.get_by_role("tooltip")
    expect(card).to_contain_text("United Kingdom: general election, due: 4 July 2024.")
    expect(card.locator("blockquote mark.date")).to_have_text("2024年7月4日")
    expect(card).to_contain_text("Newsroom one")
    expect(mark(page, "britain1")).to_have_attribute("aria-describedby", "card")
    assert apart(card, mark(page, "britain1"))
    box = card.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    assert box["y"] >= 0 and box["y"] + box["height"] <= 800
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)  # it can be pointed at
    page.wait_for_timeout(350)
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_card_comes_with_the_focus_and_is_asked_for_once(opened: Open) -> None:
    page = opened()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/card/" in request.url else None)
    mark(page, "britain2").focus()
    page.keyboard.press("ArrowRight")
    card = page.get_by_role("tooltip")
    expect(card).to_contain_text("4 July 2024")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(mark(page, "britain1")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(card).to_contain_text("4 July 2024")
    assert len([url for url in asked if "britain1" in url]) == 1


# --- the event beside the timeline --------------------------------------------------------------


def test_a_click_opens_the_event_beside_the_timeline(opened: Open) -> None:
    page = opened()
    page.mouse.click(*shape(page, "britain1"))
    beside = page.get_by_role("complementary")
    expect(beside.locator("h2")).to_be_focused()
    expect(beside.locator("blockquote mark.trigger")).to_have_text("大选")
    assert "event=britain1" in page.url and urlsplit(page.url).path == "/"
    expect(mark(page, "britain1")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(beside).to_be_hidden()
    expect(mark(page, "britain1")).to_be_focused()
    assert "event=" not in page.url
    page.go_back()
    expect(beside.locator("h2")).to_contain_text("United Kingdom")
    page.go_back()
    expect(beside).to_be_hidden()
    page.go_forward()
    expect(beside).to_be_visible()
    page.locator(".beside-close").click()
    expect(beside).to_be_hidden()


def test_the_event_stays_open_while_one_moves_through_time(opened: Open) -> None:
    page = opened()
    mark(page, "britain1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#beside h2")).to_be_focused()
    page.keyboard.press("-")
    page.wait_for_url(lambda url: "from=2024-05-01" not in url)
    settled(page)
    assert "event=britain1" in page.url
    expect(page.locator("#beside h2")).to_be_focused()
    page.locator("[data-way=later]").click()
    page.wait_for_url(re.compile("event=britain1"))


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [390, *WIDTHS])
def test_an_address_with_an_event_opens_it_for_everyone(opened: Open, width: int, scripts: bool) -> None:
    page = opened(f"{WINDOW}&event=britain1", width, java_script_enabled=scripts)
    beside = page.locator("#beside")
    expect(beside).to_contain_text("United Kingdom")
    expect(beside.locator("mark.date")).to_have_text("2024年7月4日")
    page.locator(".beside-close").click()
    expect(beside).to_be_hidden()
    assert "event=" not in page.url


def test_on_a_narrow_screen_and_with_ctrl_a_mark_is_a_plain_link(opened: Open) -> None:
    page = opened(width=820)
    page.mouse.click(*shape(page, "britain1"))
    page.wait_for_url(re.compile("/events/britain1/$"))
    page = opened()
    with page.context.expect_page() as other:
        mark(page, "britain1").click(modifiers=["Control"])
    other.value.wait_for_url(re.compile("/events/britain1/$"))
    expect(page.locator("#beside")).to_be_hidden()
