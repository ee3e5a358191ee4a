"""The timeline in a browser: its events, what it shows, and how it is dragged."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import rows
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
        context.set_default_timeout(30_000)
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
    """Waits until what is drawn is what the address asks for, which may change meanwhile."""
    until = time.monotonic() + 10.0
    while not _is_settled(page):
        if time.monotonic() > until:
            pytest.fail(f"what is drawn is not what {page.url} asks for")
        page.wait_for_timeout(20)


def _is_settled(page: Page) -> bool:
    drawn = page.locator("#timeline")
    start, end, busy = (drawn.get_attribute(name) for name in ("data-start", "data-end", "aria-busy"))
    return busy != "true" and (start, end) == tuple(str(day) for day in days(page))


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
