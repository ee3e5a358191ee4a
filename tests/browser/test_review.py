"""The inbox in a real browser: twenty items by keyboard alone, two editors at once, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support.articles import raw, read_all
from tests.support.axe import grave
from tests.support.inbox import INBOX, editor
from tests.support.processes import sign_in
from timeline.curation import decide
from timeline.curation.inbox import signals
from timeline.fetching.posts import RawArticle
from timeline.models import Correction, Event
from timeline.pipeline import actors

VOTERS = (
    *"法国 德国 意大利 西班牙 波兰 葡萄牙 希腊 荷兰 比利时 瑞典".split(),
    *"挪威 芬兰 丹麦 奥地利 匈牙利 日本 印度 巴西 加拿大 智利".split(),
)
MOST = 5  # key presses an item


def told(country: str, n: int) -> list[RawArticle]:
    """A vote that was put off: it needs a person."""
    today = timezone.localdate()
    first, later = today - timedelta(days=40), today - timedelta(days=20)
    year = today.year + 1
    return [
        raw(f"a{n}", first.isoformat(), f"{country}大选将于{year}年3月{n + 1}日举行。"),
        raw(f"b{n}", later.isoformat(), f"{country}大选推迟到{year}年4月{n + 1}日举行。", "two.example"),
    ]


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer) -> str:
    """A site whose inbox holds twenty elections that were put off."""
    actors.load_gazetteer()
    for n, country in enumerate(VOTERS):
        read_all(told(country, n))
    signals.refresh()
    return str(live_server.url)


@contextmanager
def signed_in(chromium: Browser, site: str, user: User, **options: object) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 900}, **options)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    sign_in(context, site, user)
    yield context
    context.close()


class Keys:
    """Presses keys and counts them, for the item that is shown and for all."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.counts: list[int] = []

    def item(self, *keys: str) -> None:
        """Decide one item; the next one (or the inbox) comes by itself."""
        for key in keys[:-1]:
            if len(key) == 1 and not key.isascii():
                self.page.keyboard.insert_text(key)  # as an input method does
            else:
                self.page.keyboard.press(key)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press(keys[-1])
        self.counts.append(len(keys))


def test_twenty_items_are_decided_by_keyboard_alone(chromium: Browser, site: str) -> None:
    ways = [
        ("a",),
        ("r",),
        ("c",),
        ("o",),
        ("d", "6", "月", "Enter"),
        ("e", "ArrowDown", "Enter"),
        ("w", "ArrowDown", "ArrowDown", "Enter"),
        ("j", "j", "k", "a"),
        ("n", "x", "Escape", "a"),
        ("g", "k", "Escape", "a"),
    ]
    errors: list[str] = []
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(site + INBOX)
        expect(page.locator("ol.items > li")).to_have_count(20)
        keys = Keys(page)
        keys.item("Enter")
        keys.counts.clear()
        for n in range(20):
            expect(page.locator(".progress")).to_have_text(f"{n + 1} of 20")
            keys.item(*ways[n % len(ways)])
        expect(page.locator(".empty")).to_contain_text("Nothing to review")
    assert errors == []
    assert len(keys.counts) == 20 and max(keys.counts) <= MOST
    assert sum(keys.counts) / 20 < 3
    decided = list(Correction.objects.order_by("pk").values_list("field", flat=True))
    assert len(decided) == 20
    assert {"accepted", "rejected", "status", "dates", "importance", "note"} == set(decided)
    corrected = Correction.objects.filter(field="dates")
    assert {value["start"][4:] for value in corrected.values_list("value", flat=True)} == {"-06-01"}
    assert {e.start.month for e in Event.objects.filter(pk__in=corrected.values("event")) if e.start} == {6}


def test_undo_later_and_a_typed_date_with_its_window(chromium: Browser, site: str) -> None:
    with signed_in(chromium, site, editor()) as context:
        page = context.new_page()
        page.goto(f"{site}{INBOX}next/")
        first = page.url
        keys = Keys(page)
        keys.item("r")
        keys.item("u")
        assert page.url == first and not Correction.objects.filter(undone_at=None).exists()
        keys.item("y")
        assert page.url == first and Correction.objects.filter(undone_at=None).count() == 1
        keys.item("u")
        keys.item("s")
        assert page.url != first
        page.keyboard.press("d")
        page.keyboard.insert_text("by end of June 2031")
        expect(page.locator("#window")).to_contain_text("30 June 2031")
        page.keyboard.press("Escape")
        page.keyboard.press("p")
        page.keyboard.press("End")
        page.keyboard.type(", 英")
        expect(page.locator(".names li").first).to_contain_text("GB")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#participants")).to_have_value(re.compile(r"^[A-Z]{2}, GB$"))
        assert not Correction.objects.filter(undone_at=None).exists()


def test_of_two_editors_on_one_item_the_second_is_warned_and_loses_no_input(chromium: Browser, site: str) -> None:
    with signed_in(chromium, site, editor("alice")) as one, signed_in(chromium, site, editor("bob")) as two:
        alice, bob = one.new_page(), two.new_page()
        alice.goto(f"{site}{INBOX}next/")
        bob.goto(alice.url)
        bob.keyboard.press("n")
        bob.keyboard.type("first free vote")
        bob.keyboard.press("Escape")
        bob.keyboard.press("g")
        bob.keyboard.type("said the minister")
        Keys(alice).item("c")
        with bob.expect_navigation() as answered:
            bob.keyboard.press("Enter")
        assert answered.value.status == 409
        expect(bob.locator(".notice")).to_contain_text("changed while you had it open")
        expect(bob.locator(".notice .steps")).to_contain_text("alice")
        expect(bob.locator("#note")).to_have_value("first free vote")
        expect(bob.locator("#reason")).to_have_value("said the minister")
        expect(bob.locator("#status")).to_have_value("cancelled")
        assert Correction.objects.count() == 1
        bob.keyboard.press("g")
        with bob.expect_navigation():
            bob.keyboard.press("Enter")
        note = Correction.objects.get(field="note")
        assert (note.value, note.reason, note.editor.username) == ("first free vote", "said the minister", "bob")
        assert Event.objects.get(pk=note.event_id).status == "cancelled"


def test_every_decision_works_without_scripts(chromium: Browser, site: str) -> None:
    with signed_in(chromium, site, editor(), java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site + INBOX)
        page.locator(".start .go").click()
        page.locator("#dates").fill("2031年5月")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#window")).to_contain_text("May 2031")
        assert not Correction.objects.exists()
        page.get_by_role("button", name="Save changes").last.click()
        assert Correction.objects.get().value["start"] == "2031-05-01"
        expect(page.locator(".progress")).to_have_text("2 of 20")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave_and_nothing_scrolls_sideways(chromium: Browser, site: str, theme: str) -> None:
    one = Event.objects.filter(merged_into=None).first()
    assert one is not None
    who = editor()
    decide.correct_field(one, "dates", {"start": "2031-05-01", "end": "2031-05-31", "granularity": "month"}, who, "why")
    with signed_in(chromium, site, who, color_scheme=theme) as context:
        page = context.new_page()
        for path in ("", f"event/{one.pk}/", "write/"):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(site + INBOX + path)
            assert grave(page) == [], path
            for width in (820, 390):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
