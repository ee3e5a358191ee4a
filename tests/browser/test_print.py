"""On paper: name, address, filter and day first, the picture uncut on the first sheet, then the list."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import rows

pytestmark = pytest.mark.django_db
SHEET: ViewportSize = {"width": 1047, "height": 718}  # A4 across within margins of 10 mm, in px
VIEW = "country=AU&from=2024-09-01&to=2027-12-31"


@pytest.fixture(params=["light", "dark"])
def paper(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(locale="en-GB", viewport=SHEET, color_scheme=request.param)
    page = context.new_page()
    page.emulate_media(media="print")
    yield page
    context.close()


@pytest.fixture
def events(transactional_db: None) -> None:
    for number in range(60):
        code = ["AU", "NZ", "JP", "IN", "FR", "DE", "GB", "CA"][number % 8]
        rows.event(f"e{number}", sorted({"AU", code}), f"{2024 + number // 24}-{1 + number // 2 % 12:02}-11")


@pytest.mark.usefixtures("events")
def test_the_first_sheet_has_name_address_filter_and_day_and_the_whole_picture(
    paper: Page, live_server: LiveServer
) -> None:
    paper.goto(f"{live_server}/?{VIEW}&utm_source=mail")
    head = paper.locator(".on-paper")
    expect(head).to_contain_text("newsdesk")
    expect(head).to_contain_text(f"{live_server}/?country=AU")
    expect(head).not_to_contain_text("utm_source")
    expect(head).to_contain_text("Australia")
    expect(head.locator("time")).to_have_attribute("datetime", localdate().isoformat())
    expect(paper.locator(".conditions")).to_be_hidden()
    boxes = [paper.locator(one).first.bounding_box() for one in (".on-paper", "svg.picture", "#events")]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 3 and tops == sorted(tops)
    picture = boxes[1]
    assert picture and picture["x"] >= 0
    assert picture["x"] + picture["width"] <= SHEET["width"] and picture["y"] + picture["height"] <= SHEET["height"]


@pytest.mark.usefixtures("events")
def test_sheets_are_white_whatever_the_colours_of_the_screen(paper: Page, live_server: LiveServer) -> None:
    for theme in ("", "&theme=dark", "&theme=light"):
        paper.goto(f"{live_server}/?{VIEW}{theme}")
        assert paper.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert paper.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


@pytest.mark.usefixtures("events")
def test_the_list_goes_on_over_more_sheets(paper: Page, live_server: LiveServer) -> None:
    paper.goto(f"{live_server}/?{VIEW}")
    sheets = re.findall(rb"/Type\s*/Page\b", paper.pdf(prefer_css_page_size=True, print_background=True))
    assert len(sheets) > 1


def test_on_a_screen_the_head_is_not_shown(paper: Page, live_server: LiveServer) -> None:
    paper.emulate_media(media="screen")
    paper.goto(str(live_server))
    expect(paper.locator(".on-paper")).to_be_hidden()
