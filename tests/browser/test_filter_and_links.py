"""The filter, the links and the errors of the timeline, with and without scripts."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support import rows
from tests.support.timeline_page import (
    WIDTHS,
    Open,
    days,
    empty,
    events,
    length,
    opened,
    px_per_day,
    settled,
    shape,
    shows,
)
from timeline.models import Event

__all__ = ["events", "opened"]


def unfold(page: Page) -> None:
    """On a narrow screen the filter is one line."""
    if page.locator("[for=all-filters]").is_visible():
        page.locator("[for=all-filters]").click()


# --- the filter ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, *WIDTHS])
def test_the_filter_submits_itself_and_keeps_the_focus(opened: Open, width: int) -> None:
    page = opened(width=width)
    unfold(page)
    page.locator("select[name=country]").select_option("JP")
    expect(page.locator(".events > li")).to_have_count(1)
    assert "country=JP" in page.url
    assert "bloc=" not in page.url and "q=" not in page.url  # what is empty is left out
    expect(page.locator("#live")).to_have_text("1 event, 1 May 2024 to 28 August 2024")
    page.go_back()
    expect(page.locator(".events > li")).to_have_count(4)
    words = page.locator("input[name=q]")
    words.focus()
    page.keyboard.type("英国将于 ")
    expect(page.locator(".events > li")).to_have_count(1)
    expect(words).to_be_focused()
    expect(words).to_have_value("英国将于 ")
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
    unfold(page)
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


def test_the_link_of_the_page_can_be_copied(opened: Open) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.locator(".copy").first.click()
    expect(page.locator("#live")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url


def test_a_calendar_can_be_subscribed_to_with_the_same_filter(opened: Open) -> None:
    page = opened()
    there = urlsplit(page.locator("a.subscribe").get_attribute("href") or "")
    assert there[:3] == ("webcal", urlsplit(page.url).netloc, "/feed.ics")
    assert parse_qs(there.query)["from"] == ["2024-05-01"]


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


def test_a_missing_response_is_reported_and_can_be_retried(opened: Open) -> None:
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


def test_invalid_parameters_are_named(opened: Open) -> None:
    page = opened()
    page.evaluate("document.querySelector('select[name=country]').append(new Option('?', 'nowhere'))")
    page.locator("select[name=country]").select_option("nowhere")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("country")
    expect(alert).to_contain_text("NOWHERE")
    alert.get_by_role("button", name="Close").click()
    expect(alert).to_have_count(0)
    expect(page.locator(".events > li")).to_have_count(4)
    assert "NOWHERE" not in page.url
    page.locator("[data-way=later]").focus()
    page.keyboard.press("ArrowRight")
    shows(page, "2024-05-31", "2024-09-27")
    expect(alert).to_have_count(0)


def test_a_server_error_is_reported(opened: Open) -> None:
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
    expect(page.locator(".chips")).to_contain_text("France")
    expect(page.locator(".chips")).not_to_contain_text("Japan")


def test_the_way_back_leads_to_the_filter_that_one_came_from(opened: Open) -> None:
    page = opened("from=2024-05-01&to=2024-08-28&kind=election")
    page.locator("ol.events h3 a", has_text="United Kingdom: general election").click()
    page.locator("ol.claims a").first.click()
    expect(page.locator(".text")).to_be_visible()
    page.locator("a[data-back]").click()
    expect(page.locator("#timeline")).to_have_attribute("data-start", "2024-05-01")
    assert "kind=election" in page.url


@pytest.mark.parametrize("scripts", [True, False])
def test_several_countries_are_chosen_one_after_the_other(opened: Open, scripts: bool) -> None:
    page = opened(java_script_enabled=scripts)
    for code in ("GB", "JP"):
        page.locator("select[name=country]").select_option(code)
        if not scripts:
            page.get_by_role("button", name="Show").click()
        count = {"GB": 4, "JP": 5}[code]  # with two days, and one that clears all
        expect(page.locator(".chips li")).to_have_count(count)
    query = parse_qs(urlsplit(page.url).query)
    assert query["country"] == ["GB", "JP"]
    expect(page.locator("ol.events h3")).to_have_count(3)
    expect(page.locator("select[name=country] option").first).to_have_text("add…")
    page.locator(".chips a", has_text="United Kingdom").click()
    expect(page.locator("ol.events h3")).to_have_count(1)
