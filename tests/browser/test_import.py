"""The whole way in a real browser: an article is imported, a real worker reads it, the page shows its events."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support.processes import WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = {  # title: the days that the article gives, and never a day that it does not
    "美国总统选举": "2024年11月5日（依法）",  # the article says November, the law the day
    "英国大选": "2024年底前",
    "澳大利亚大选": "2025年5月",
    "日本、加拿大加入奥库斯": "2024年第四季度或2025年第一季度",
}


@pytest.fixture
def site(celery_worker_process: WorkerProcess, live_server: LiveServer, shared: Path) -> str:
    """The address of a site that has read the samples and the article that newsdesk was thought up from."""
    call_command("load_gazetteer", verbosity=0)
    paths = [ROOT / "samples", shared / "corpus" / "rfi-aukus-2024-03-20.md"]
    call_command("import", *paths, "--wait", "--quiet")
    return str(live_server.url)


@pytest.fixture
def article_site(celery_worker_process: WorkerProcess, live_server: LiveServer, shared: Path) -> str:
    """The same with that one article alone."""
    call_command("load_gazetteer", verbosity=0)
    call_command("import", shared / "corpus" / "rfi-aukus-2024-03-20.md", "--wait", "--quiet")
    return str(live_server.url)


def listed(page: Page) -> dict[str, str]:
    """The events of the list: title and days."""
    rows = page.locator("ol.events > li")
    return {
        rows.nth(n).locator("h3 a").inner_text(): rows.nth(n).locator(".when").inner_text() for n in range(rows.count())
    }


def walk(page: Page, site: str) -> None:
    """Open the page, filter by country, open an event, check the sentence."""
    page.goto(site)
    expect(page.locator(".reason")).to_contain_text("最新")  # why it shows other days than the next 14 months
    shown = listed(page)
    assert {title: shown.get(title) for title in WINDOWS} == WINDOWS
    for title in WINDOWS:
        expect(page.locator(f'svg a.mark[aria-label^="{title}"]')).to_have_count(1)

    page.locator("select[name=country]").select_option("GB")
    page.get_by_role("button", name="显示").click()
    expect(page.locator("ol.events h3", has_text="澳大利亚大选")).to_have_count(0)
    assert "country=GB" in page.url
    assert "英国大选" in listed(page)

    page.locator("ol.events").get_by_role("link", name="英国大选").click()
    expect(page.locator("h1")).to_have_text("英国大选")
    quote = page.locator("ol.claims blockquote").first
    expect(quote).to_contain_text("英国将于今年年底前举行大选")
    expect(quote.locator("mark.date")).to_have_text(["今年年底前"])
    expect(quote.locator("mark.trigger")).to_have_text(["大选"])
    expect(quote.locator("mark.actor")).to_have_text(["英国"])
    expect(page.locator(".why").first).to_contain_text("2024-12-31")

    page.locator("ol.claims a").first.click()
    expect(page.locator(".text mark.date", has_text="未来14个月")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False])
def test_an_article_becomes_dated_events_on_a_timeline(chromium: Browser, article_site: str, scripts: bool) -> None:
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(30_000)
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    walk(page, article_site)
    assert errors == []
    context.close()


def test_the_samples_and_the_article_share_their_events(page: Page, site: str) -> None:
    page.goto(f"{site}/?from=2024-01&to=2025-06")
    shown = listed(page)
    assert shown["英国大选"] == "2024年7月4日"
    assert shown["澳大利亚大选"] == "2025年5月3日"
    page.goto(f"{site}/?from=2024-01&to=2025-06&as_of=2024-03-20")
    before = listed(page)
    assert before["英国大选"] == "2024年底前"
    assert before["澳大利亚大选"] == "2025年5月"
    page.goto(f"{site}/?country=GB&kind=election&from=2024-07-04")
    page.locator("ol.events").get_by_role("link", name="英国大选").click()
    assert page.locator("section[aria-labelledby=beliefs] tbody tr").count() >= 3


def test_english_readers_get_english_and_can_change_to_chinese(chromium: Browser, article_site: str) -> None:
    context = chromium.new_context(locale="en-US", java_script_enabled=False)
    page = context.new_page()
    page.goto(article_site)
    assert listed(page)["Australia: general election"] == "May 2025"
    page.get_by_role("button", name="简体中文").click()
    assert listed(page)["澳大利亚大选"] == "2025年5月"
    context.close()
