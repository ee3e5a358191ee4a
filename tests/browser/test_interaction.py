"""The timeline under the hands of a reader: dragged, wheeled, pinched, by keys, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import rows
from tests.support.processes import wait_until
from timeline.models import Event

WINDOW = "from=2024-05-01&to=2024-08-28"  # 120 days
WIDTHS = [820, 1280]  # below 700 px the list stands for the picture
SENTENCE = "英国将于2024年7月4日举行大选。"
Open = Callable[..., Page]


@pytest.fixture
def events(transactional_db: None) -> list[Event]:
    """Two elections of one country, one of another, and a treaty."""
    britain = rows.event("britain1", ["GB"], "2024-07-04")
    text = f"伦敦消息。{SENTENCE}"
    said = rows.article(text, expressions=[rows.expression(text, "2024年7月4日", "2024-07-04", "2024-07-04")])
    rows.claim(
        britain, said, SENTENCE, trigger="大选", mentions={"英国": "GB"}, expressions=[0], reasons=[["stated", []]]
    )
    local = rows.event("britain2", ["GB"], "2024-05-20", type="local")
    japan = rows.event("japan1", ["JP"], "2024-06-10")
    treaty = rows.event("treaty1", ["FR", "DE"], "2024-06-20", kind="alliance", type="agreement")
    return [britain, local, japan, treaty]


@pytest.fixture
def opened(chromium: Browser, live_server: LiveServer, events: list[Event]) -> Iterator[Open]:
    """Opens an address in a browser profile of its own; the test fails where a script did."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def start(query: str = WINDOW, width: int = 1280, *, locale: str = "en-US", **more: Any) -> Page:
        context = chromium.new_context(locale=locale, viewport={"width": width, "height": 800}, **more)
        context.set_default_timeout(8_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/?{query}")
        if more.get("java_script_enabled", True):
            expect(page.locator("html")).to_have_class(re.compile("scripted"))
        return page

    yield start
    for context in contexts:
        context.close()
    assert errors == []


def days(page: Page) -> tuple[date, date]:
    """The days that the address asks for."""
    query = parse_qs(urlsplit(page.url).query)
    return date.fromisoformat(query["from"][0]), date.fromisoformat(query["to"][0])


def length(page: Page) -> int:
    start, end = days(page)
    return (end - start).days + 1


def shows(page: Page, start: str, end: str = "") -> None:
    """Waits until the page of these days stands."""
    expect(page.locator("#timeline")).to_have_attribute("data-start", start)
    if end:
        expect(page.locator("#timeline")).to_have_attribute("data-end", end)
    settled(page)


def settled(page: Page) -> None:
    """Waits until what is drawn is what the address asks for."""
    expect(page.locator("#timeline")).not_to_have_attribute("aria-busy", "true")
    start, end = days(page)
    expect(page.locator("#timeline")).to_have_attribute("data-start", str(start))
    expect(page.locator("#timeline")).to_have_attribute("data-end", str(end))


def px_per_day(page: Page) -> float:
    script = """svg => svg.getScreenCTM().a * (svg.dataset.right - svg.dataset.left)
        / ((Date.parse(svg.dataset.end) - Date.parse(svg.dataset.start)) / 864e5 + 1)"""
    return float(page.locator("svg.picture").evaluate(script))


def x_of(page: Page, day: str) -> float:
    """Where a day begins on the screen."""
    script = """(svg, day) => { const m = svg.getScreenCTM(), d = svg.dataset;
        const days = (a, b) => (Date.parse(b) - Date.parse(a)) / 864e5;
        return m.e + m.a * (+d.left + (d.right - d.left) * days(d.start, day) / (days(d.start, d.end) + 1)); }"""
    return float(page.locator("svg.picture").evaluate(script, day))


def empty(page: Page) -> tuple[float, float]:
    """A place of the picture where no mark is: on the axis."""
    box = page.locator("svg.picture").bounding_box()
    assert box
    return x_of(page, "2024-06-01"), box["y"] + 20


def mark(page: Page, pk: str) -> Locator:
    return page.locator(f'svg.picture a.mark[data-id="{pk}"]')


def shape(page: Page, pk: str) -> tuple[float, float]:
    """The middle of a mark's shape."""
    box = mark(page, pk).locator("path").first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, x: float, y: float, by: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y + 2, steps=4)
    page.mouse.move(x + by, y + 4, steps=4)
    page.mouse.up()


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
    wait_until(lambda: page.evaluate("scrollY >= 150"), 10, "the page is scrolled")
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
    wait_until(lambda: page.evaluate("scrollY > 50"), 10, "the page is scrolled")
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


# --- the filter ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, *WIDTHS])
def test_the_filter_submits_itself_and_keeps_the_focus(opened: Open, width: int) -> None:
    page = opened(width=width)
    page.locator("select[name=country]").select_option("JP")
    expect(page.locator(".events > li")).to_have_count(1)
    assert "country=JP" in page.url
    assert "bloc=" not in page.url and "q=" not in page.url  # what is empty is left out
    expect(page.locator("#live")).to_have_text("1 event, 1 May 2024 to 28 August 2024")
    page.go_back()
    expect(page.locator(".events > li")).to_have_count(4)
    words = page.locator("input[name=q]")
    words.focus()
    page.keyboard.type("英国将 ")
    expect(page.locator(".events > li")).to_have_count(1)
    expect(words).to_be_focused()
    expect(words).to_have_value("英国将 ")
    page.keyboard.type("x")
    expect(page.locator(".events > li")).to_have_count(0)


def test_a_day_that_is_typed_is_sent_when_it_is_left(opened: Open) -> None:
    page = opened()
    field = page.locator("input[name=from]")
    field.focus()
    page.keyboard.type("06012024")
    assert "from=2024-05-01" in page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile("from=2024-06-01"))
    settled(page)


@pytest.mark.parametrize("width", [390, *WIDTHS])
def test_without_scripts_links_and_the_form_do_the_same(opened: Open, width: int) -> None:
    page = opened(width=width, java_script_enabled=False)
    assert not page.locator("[data-do=help]").is_visible()
    page.locator("[data-way=nearer]").click()
    assert length(page) == 60
    page.locator("[data-way=later]").click()
    assert days(page)[0] == date(2024, 6, 30)
    page.go_back()
    page.locator("select[name=country]").select_option("JP")
    page.locator("form.filter button").click()
    expect(page.locator(".events > li")).to_have_count(1)
    page.locator(".events > li a").first.click()
    expect(page.locator("h1")).to_contain_text("Japan")
    if width > 700:
        page.go_back()
        page.mouse.click(*shape(page, "japan1"))
        expect(page.locator("h1")).to_contain_text("Japan")


# --- links, errors ------------------------------------------------------------------------------


def test_fields_follow_the_days_that_one_moves_to(opened: Open) -> None:
    page = opened()
    page.locator("input[name=from]").focus()
    page.mouse.move(*empty(page))
    page.mouse.wheel(-20 * px_per_day(page), 0)
    shows(page, "2024-04-11", "2024-08-08")
    expect(page.locator("input[name=from]")).to_have_value("2024-04-11")
    expect(page.locator("input[name=from]")).to_be_focused()


def test_the_link_of_a_feed_can_be_copied(opened: Open) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.locator(".copy").first.click()
    expect(page.locator("#live")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert urlsplit(copied)[:3] == (*urlsplit(page.url)[:2], "/feed.json")
    assert parse_qs(urlsplit(copied).query)["from"] == ["2024-05-01"]


def test_links_of_the_region_load_only_the_region(opened: Open) -> None:
    page = opened()
    page.evaluate("window.stayed = true")
    page.locator("[data-way=later]").click()
    shows(page, "2024-06-30", "2024-10-27")
    expect(page.locator("#live")).to_contain_text("30 June 2024 to 27 October 2024")
    page.go_back()
    shows(page, "2024-05-01", "2024-08-28")
    page.go_forward()
    shows(page, "2024-06-30", "2024-10-27")
    assert page.evaluate("window.stayed")


def test_the_next_page_of_the_list_begins_at_its_head(opened: Open, events: list[Event]) -> None:
    for n in range(110):
        rows.event(f"many{n}", ["FR"], "2024-07-01")
    page = opened()
    page.locator(".pages a[rel=next]").click()
    page.wait_for_url(re.compile("after="))
    expect(page.locator("#events")).to_be_focused()
    expect(page.locator(".pages a[rel=prev]")).to_be_visible()


def test_no_answer_is_told_and_can_be_tried_again(opened: Open) -> None:
    page = opened()
    page.route("**/?from=*", lambda route: route.abort())
    page.keyboard.press("ArrowRight")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("no response")
    expect(page.locator(".plot")).not_to_have_attribute("transform", re.compile("."))  # back to what is drawn
    page.unroute("**/?from=*")
    alert.get_by_role("button", name="Try again").click()
    shows(page, "2024-05-31", "2024-09-27")
    expect(page.locator("#trouble")).to_be_hidden()


def test_what_cannot_be_meant_is_told_by_name(opened: Open) -> None:
    page = opened()
    page.evaluate("document.querySelector('select[name=country]').append(new Option('?', 'nowhere'))")
    page.locator("select[name=country]").select_option("nowhere")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("country")
    expect(alert).to_contain_text("nowhere")
    alert.get_by_role("button", name="Close").click()
    expect(alert).to_have_count(0)
    expect(page.locator(".events > li")).to_have_count(4)
    assert "nowhere" not in page.url
    page.locator("[data-way=later]").focus()
    page.keyboard.press("ArrowRight")
    shows(page, "2024-05-31", "2024-09-27")
    expect(alert).to_have_count(0)


def test_an_error_of_the_server_is_told(opened: Open) -> None:
    page = opened()
    page.route("**/?from=*", lambda route: route.fulfill(status=500, body="<h1>broken</h1>", content_type="text/html"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("alert")).to_contain_text("server error")


def test_a_slow_answer_that_was_overtaken_changes_nothing(opened: Open) -> None:
    page = opened()
    held: list[Route] = []
    page.route(re.compile("country=JP"), lambda route: held.append(route))
    page.locator("select[name=country]").select_option("JP")
    expect(page.locator("#progress")).to_be_visible()
    page.locator("select[name=country]").select_option("FR")
    expect(page.locator(".events > li")).to_have_count(1)
    for route in held:
        route.abort()
    expect(page.locator("#progress")).to_be_hidden()
    expect(page.locator("#trouble")).to_be_hidden()
    expect(page.locator("select[name=country]")).to_have_value("FR")
