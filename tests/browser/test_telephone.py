"""A telephone: the strip, the list as a vertical timeline, and the filter folded to one line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import rows

pytestmark = pytest.mark.django_db
WINDOW = "from=2024-09-01&to=2025-12-31"


@pytest.fixture(params=["light", "dark"])
def telephone(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(
        locale="en-GB", viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=request.param
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def events(transactional_db: None) -> None:
    for number, day in enumerate(["2024-09-10", "2024-10-01", "2024-10-09", "2025-06-01"]):
        rows.event(f"e{number}", ["AU"], day)


def test_three_events_stand_on_the_first_screen(
    telephone: Page, live_server: LiveServer, transactional_db: None
) -> None:
    for number in range(4):
        rows.event(f"e{number}", ["AU"], (localdate() + timedelta(days=20 * number + 5)).isoformat())
    telephone.goto(live_server.url)
    box = telephone.locator(".events > li").nth(2).locator("h3").bounding_box()
    assert box and box["y"] + box["height"] <= 844
    expect(telephone.locator(".overview")).to_be_visible()
    assert telephone.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.usefixtures("events")
def test_the_filter_and_the_signs_unfold_without_scripts_too(telephone: Page, live_server: LiveServer) -> None:
    telephone.goto(f"{live_server}/?{WINDOW}")
    country = telephone.locator("form.filter select[name=country]")
    expect(country).to_be_hidden()
    telephone.locator("label[for=all-filters]").click()
    expect(country).to_be_visible()
    expect(telephone.locator(".stage .legend")).to_be_hidden()
    telephone.locator("label[for=all-signs]").click()
    expect(telephone.locator(".stage .legend")).to_be_visible()


@pytest.mark.usefixtures("events")
def test_targets_are_large_enough_for_a_finger(telephone: Page, live_server: LiveServer) -> None:
    telephone.goto(f"{live_server}/?{WINDOW}")
    targets = ".fold-label, .filter button, .filter input[type=search], .ways a, .places a, .languages button"
    heights = telephone.locator(targets).evaluate_all(
        "all => all.filter(one => one.offsetParent).map(one => [one.textContent, one.getBoundingClientRect().height])"
    )
    assert len(heights) > 8 and [row for row in heights if row[1] < 44] == []


@pytest.mark.usefixtures("events")
def test_links_of_a_country_are_large_enough_too(telephone: Page, live_server: LiveServer) -> None:
    telephone.goto(f"{live_server}/countries/AU/")
    heights = telephone.locator("main a").evaluate_all(
        "all => all.map(one => [one.textContent, one.getBoundingClientRect().height])"
    )
    assert len(heights) > 4 and [row for row in heights if row[1] < 44] == []


@pytest.mark.usefixtures("events")
def test_distances_are_those_of_the_days_and_long_gaps_are_folded(telephone: Page, live_server: LiveServer) -> None:
    telephone.goto(f"{live_server}/?{WINDOW}")
    measure = "all => all.map(one => parseFloat(getComputedStyle(one).marginTop))"
    margins = telephone.locator(".events > li").evaluate_all(measure)
    assert margins[1] == pytest.approx(3 * margins[2], abs=1) and margins[2] > 0  # three weeks, one week
    assert "gap-far" in (telephone.locator(".events > li").nth(3).get_attribute("class") or "")
