"""What editors do most, in a real browser, with counted presses: a click and a key are a press each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support.articles import raw, read_all
from tests.support.inbox import INBOX, editor
from tests.support.processes import sign_in
from timeline.curation import decide
from timeline.curation.inbox import signals
from timeline.curation.manual import ManualEvent
from timeline.extraction.when import When
from timeline.models import Claim, Correction, Event
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer) -> str:
    actors.load_gazetteer()
    return str(live_server.url)


@contextmanager
def signed_in(chromium: Browser, site: str, user: User) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
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
            if not key.isascii():
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


def doubtful() -> Claim:
    read_all([raw("h", "2024-03-20", "英国首相表示支持，而选举将于7月4日举行。")])
    signals.refresh()
    return Claim.objects.get()


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


def test_a_doubtful_reading_is_corrected_and_accepted_in_five_presses(chromium: Browser, site: str) -> None:
    claim = doubtful()
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.goto(f"{site}{INBOX}claim/{claim.pk}/")
        presses = Presses(page)
        for key in ("d", "6", "月"):
            presses.key(key)
        presses.key("Enter", leaves=True)
        assert presses.count <= 5
    event = Event.objects.get(merged_into=None, retracted=False)
    assert event.start and event.end and (event.start.month, event.start.day, event.end.day) == (6, 1, 30)
    assert {"accepted", "dates"} == set(Correction.objects.values_list("field", flat=True))


def test_a_note_asks_on_leaving_survives_a_reload_and_is_saved_by_ctrl_enter(chromium: Browser, site: str) -> None:
    event = one_event()
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        address = f"{site}{INBOX}event/{event.pk}/"
        page.goto(address)
        page.keyboard.press("n")
        page.keyboard.type("the first free vote")
        asked: list[str] = []

        def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        page.on("dialog", answer)
        page.goto(f"{site}{INBOX}")
        assert asked == ["beforeunload"]
        page.goto(address)
        expect(page.locator("#note")).to_have_value("the first free vote")
        expect(page.locator(".notice")).to_contain_text("unsaved entries")
        page.reload()
        expect(page.locator("#note")).to_have_value("the first free vote")
        page.locator("#participants").focus()
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        assert Correction.objects.get().value == "the first free vote"
        asked.clear()
        page.goto(address)
        page.goto(f"{site}{INBOX}")
        assert asked == []  # nothing is left to save


def test_a_typed_note_is_kept_whatever_is_decided(chromium: Browser, site: str) -> None:
    event = one_event()
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.goto(f"{site}{INBOX}event/{event.pk}/")
        page.keyboard.press("n")
        page.keyboard.type("a rumour")
        page.keyboard.press("Escape")
        with page.expect_navigation():
            page.keyboard.press("r")
    assert set(Correction.objects.values_list("field", "value")) == {("note", "a rumour"), ("rejected", True)}


def test_a_merge_key_says_what_it_will_do_before_the_second_press(chromium: Browser, site: str) -> None:
    who = editor("first")
    for day in (1, 11):
        when = When(date(2031, 3, day), date(2031, 3, day))
        event = decide.add_manual_event(
            ManualEvent("alliance", "summit", ("FR", "DE"), when, "scheduled", "said the ministry"), who
        )
    known = Correction.objects.count()
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.goto(f"{site}{INBOX}event/{event.pk}/")
        page.keyboard.press("1")
        expect(page.locator(".armed-words")).to_contain_text("1 March 2031")
        page.keyboard.press("Escape")
        expect(page.locator(".armed-words")).to_have_count(0)
        assert Correction.objects.count() == known
        page.keyboard.press("1")
        with page.expect_navigation():
            page.keyboard.press("1")
    assert Correction.objects.latest("pk").field == "merged"


VOTERS = (
    *"法国 德国 意大利 西班牙 波兰 葡萄牙 希腊 荷兰 比利时 瑞典".split(),
    *"挪威 芬兰 丹麦 奥地利 匈牙利 日本 印度 巴西 加拿大 智利".split(),
)


def lapsed(count: int) -> None:
    today = timezone.localdate()
    for n, name in enumerate(VOTERS[:count]):
        day = today - timedelta(days=10 + n)
        text = f"{name}大选将于{day.year}年{day.month}月{day.day}日举行。"
        read_all([raw(f"l{n}", (day - timedelta(days=60)).isoformat(), text)])
    signals.refresh()


def test_twenty_lapsed_events_are_confirmed_in_twelve_presses_and_undone_by_one(chromium: Browser, site: str) -> None:
    lapsed(20)
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.goto(f"{site}{INBOX}")
        presses = Presses(page)
        presses.count += 1
        page.locator("a.reason.lapsed").click()
        expect(page.locator("ol.items > li")).to_have_count(20)
        presses.key("*")
        presses.key("o", leaves=True)
        assert presses.count <= 12
        expect(page.locator(".messagelist")).to_contain_text("20 items")
        expect(page.locator("ol.items > li")).to_have_count(0)
        assert Event.objects.filter(status="occurred", merged_into=None).count() == 20
        presses.key("u", leaves=True)
        assert Event.objects.filter(status="occurred", merged_into=None).count() == 0
        page.goto(f"{site}{INBOX}?reason=lapsed")
        expect(page.locator("ol.items > li")).to_have_count(20)
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
        with page.expect_navigation():
            page.keyboard.press("r")
        expect(page.locator("ol.items > li")).to_have_count(18)
