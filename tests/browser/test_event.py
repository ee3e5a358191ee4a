"""The page of an event in a real browser: the chart at two widths, by mouse and keyboard, without barriers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(live_server: LiveServer) -> str:
    event = rows.event("often", ["AU"], "2025-05-01", "2025-05-31", granularity="month")
    rows.believe(event, "2024-08-01", "2025-05-03", "2025-05-03", change="narrowed")
    for n in range(12):
        on = str(date(2024, 3, 20) + timedelta(days=20 * n))
        text = f"第{n}次报道：澳大利亚将举行大选。"
        more = {"status": "expected"} if n < 4 else {}
        days = {"start": rows.day("2025-05-01"), "end": rows.day("2025-05-31")} if n < 7 else {}
        rows.claim(event, rows.article(text, on=on, of=f"s{n % 3}"), text, **days, **more)
    return f"{live_server.url}/events/often/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "shown", "hidden"), [(1280, "wide", "narrow"), (390, "narrow", "wide")])
def test_each_width_has_its_own_chart_and_no_barrier(
    chromium: Browser, address: str, scheme: str, width: int, shown: str, hidden: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    expect(page.locator(f"svg.belief-chart.{shown}")).to_be_visible()
    expect(page.locator(f"svg.belief-chart.{hidden}")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_mark_leads_to_its_claim_by_mouse_and_by_keyboard(chromium: Browser, address: str, scripts: bool) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(address)
    marks = page.locator("svg.wide a.mark")
    marks.nth(0).click()
    expect(page.locator(".claims li:target blockquote")).to_contain_text("第0次报道")
    marks.nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".claims li:target blockquote")).to_contain_text("第1次报道")
    page.goto(address)
    page.locator(".skip-chart a").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#claims")
    context.close()


def test_the_arrow_keys_walk_from_claim_to_claim(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    marks = page.locator("svg.wide a.mark")
    marks.first.focus()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(marks.first).to_be_focused()
    assert errors == []
    context.close()


def test_no_two_words_of_the_chart_lie_on_one_another(chromium: Browser, address: str) -> None:
    for locale, width in (("zh-CN", 1280), ("en-US", 1280), ("zh-CN", 390), ("en-US", 390)):
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=locale)
        page = context.new_page()
        page.goto(address)
        boxes = page.locator("svg.belief-chart:visible text").evaluate_all(
            "all => all.map(t => { const b = t.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] })"
        )
        assert len(boxes) > 6
        pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
        assert [p for p in pairs if meets(*p)] == [], (locale, width)
        context.close()


def meets(a: list[float], b: list[float]) -> bool:
    """Whether two boxes share more than the white of their line heights."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    return across > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 4
