"""What editors do most, in a real browser, with counted presses: a click and a key are a press each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support.articles import raw, read_all
from tests.support.inbox import INBOX, editor
from tests.support.processes import sign_in
from timeline.curation.inbox import signals
from timeline.models import Correction, Event
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer) -> str:
    actors.load_gazetteer()
    return str(live_server.url)


@contextmanager
def signed_in(chromium: Browser, site: str, user: User) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    sign_in(context, site, user)
    yield context
    context.close()


class Presses:
    """Presses keys and clicks, and counts both."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def key(self, key: str, *, leaves: bool = False) -> None:
        self.count += 1
        if not leaves:
            if len(key) == 1 and not key.isascii():
                self.page.keyboard.insert_text(key)  # as an input method does
            else:
                self.page.keyboard.press(key)
            return
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press(key)


def one_event(text: str = "法国大选将于2031年3月1日举行。") -> Event:
    read_all([raw("a", "2030-01-01", text)])
    signals.refresh()
    return Event.objects.get(merged_into=None, retracted=False)


def test_an_event_seen_on_its_public_page_is_corrected_in_six_presses(chromium: Browser, site: str) -> None:
    event = one_event()
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.goto(f"{site}/events/{event.pk}/")
        presses = Presses(page)
        presses.key("e", leaves=True)
        for key in ("d", "6", "月"):
            presses.key(key)
        presses.key("Enter", leaves=True)
        assert page.url == f"{site}/events/{event.pk}/"  # back where it was seen
        expect(page.locator(".message")).to_contain_text("France")
        expect(page.locator("dl.facts")).to_contain_text("June")
        assert presses.count <= 6
    assert Correction.objects.get().field == "dates"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/events/{pk}/",
        "/articles/{article}/",
        "/admin/timeline/event/",
        "/admin/timeline/event/{pk}/change/",
        "/admin/timeline/event/{pk}/history/",
    ],
)
def test_every_page_about_an_event_leads_to_its_review_by_link_and_key(chromium: Browser, site: str, path: str) -> None:
    event = one_event()
    claim = event.claims.get()
    place = path.format(pk=event.pk, article=claim.article_id)
    if path == "/":
        place = "/?from=2031-01-01&to=2031-12-31"
    with signed_in(chromium, site, editor("editor", "view_event", "view_correction")) as context:
        page = context.new_page()
        page.goto(site + place)
        link = page.locator("[data-review]").first
        expect(link).to_be_visible()
        if path == "/":
            page.keyboard.press("n")  # the first event of the list
        with page.expect_navigation():
            page.keyboard.press("e")
        expect(page).to_have_url(re.compile(rf"{INBOX}event/{event.pk}/"))


def test_the_beside_panel_and_the_marks_know_the_key_too(chromium: Browser, site: str) -> None:
    event = one_event()
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.goto(f"{site}/?from=2031-01-01&to=2031-12-31&event={event.pk}")
        expect(page.locator("#beside [data-id]")).to_be_visible()
        with page.expect_navigation():
            page.keyboard.press("e")
        expect(page).to_have_url(re.compile(rf"{INBOX}event/{event.pk}/"))
        page.go_back()
        page.goto(f"{site}/?from=2031-01-01&to=2031-12-31")
        page.locator("svg.picture a.mark[data-id]").first.focus()
        with page.expect_navigation():
            page.keyboard.press("e")
        expect(page).to_have_url(re.compile(rf"{INBOX}event/{event.pk}/"))
