"""axe-core finds no serious violation on any page, in light and in dark (WCAG 2.2 AA)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import rows
from tests.support.axe import grave
from timeline.models import Article


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A page in one of the themes."""
    context = chromium.new_context(locale="en-US", color_scheme=request.param, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


SENTENCE = "英国将于2024年7月4日举行大选。"
WINDOW = "from=2024-01-01&to=2025-06-30"


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer) -> str:
    """A site with an event in each status, a window, a deadline, and an article with its evidence."""
    text = f"伦敦消息。{SENTENCE}"
    event = rows.event("britain1", ["GB"], "2024-07-04")
    said = rows.article(text, expressions=[rows.expression(text, "2024年7月4日", "2024-07-04", "2024-07-04")])
    rows.claim(
        event, said, SENTENCE, trigger="大选", mentions={"英国": "GB"}, expressions=[0], reasons=[["stated", []]]
    )
    states = ["scheduled", "expected", "conditional", "occurred", "postponed", "cancelled"]
    for n, status in enumerate(states):
        rows.event(f"point{n}", ["FR"], f"2024-{n + 2:02}-10", status=status)
        kind = {"kind": "alliance", "type": "treaty", "status": status}
        rows.event(f"window{n}", ["DE", "JP"], f"2024-{n + 2:02}-01", f"2024-{n + 4:02}-28", **kind)
    rows.event("deadline", ["US"], "2024-02-01", "2024-12-31", modifier="by")
    return str(live_server.url)


PATHS = [
    "/",
    f"/?{WINDOW}",
    f"/?{WINDOW}&as_of=2024-03-25&kind=election",
    f"/?{WINDOW}&event=britain1",
    "/?q=nothing-of-this-kind",
    "/?from=tomorrow",
    "/try/",
    "/events/britain1/",
    "/articles/{article}/",
    "/events/nothing/",
    "/desk/",
    "/desk/?as_of=2024-06-20",
    f"/facets/?{WINDOW}",
    "/feed/about/",
    "/login/",
    "/countries/US/",
    "/blocs/eu/",
]


def test_axe_finds_nothing_grave(chromium: Browser, site: str) -> None:
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    page, found = context.new_page(), dict[str, list[str]]()
    for path in PATHS:
        page.emulate_media(color_scheme="light")
        page.goto(site + path.replace("{article}", str(Article.objects.get().pk)))
        found[path] = grave(page)
        page.emulate_media(color_scheme="dark")  # which changes nothing but colours
        found[f"{path} in the dark"] = grave(page, "color-contrast")
    context.close()
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("width", [390, 820])
def test_no_page_scrolls_sideways(chromium: Browser, site: str, width: int) -> None:
    context = chromium.new_context(locale="zh-TW", viewport={"width": width, "height": 900})
    page = context.new_page()
    for path in [*PATHS, f"/?{WINDOW}&status=lapsed&as_of=2026-01-01&window="]:
        page.goto(site + path.replace("{article}", str(Article.objects.get().pk)))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_axe_finds_nothing_grave_in_what_opens(page: Page, site: str) -> None:
    page.goto(f"{site}/?{WINDOW}")
    page.locator('svg.picture a.mark[data-id="britain1"]').focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert grave(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#beside h2")).to_be_focused()
    assert grave(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert grave(page) == []


def test_axe_would_find_something_grave(page: Page, site: str) -> None:
    page.goto(f"{site}/?{WINDOW}")
    page.evaluate("document.body.append(Object.assign(document.createElement('p'), {textContent: 'pale', id: 'pale'}))")
    page.evaluate("document.querySelector('#pale').style = 'color: #808080; background: #888888'")
    assert [line for line in grave(page, "color-contrast") if "pale" in line]
    page.evaluate("document.querySelector('#timeline').append(document.createElement('select'))")
    assert [line for line in grave(page) if "select-name" in line]
