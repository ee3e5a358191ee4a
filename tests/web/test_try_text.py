"""The page on which a reader tries a text: the same findings with and without scripts, bounded, and nothing stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from timeline.display.try_text import MAX_ROWS, MAX_TEXT_CHARS
from timeline.sandbox.caller import SANDBOX
from timeline.web.try_text import TRIALS

TEXT = "英国将于今年年底前举行大选，澳大利亚2025年5月投票。\n\n日前有人说，离开医院一周后再谈。"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def ready() -> None:
    """The sandbox, whose start takes longer than a browser waits."""
    SANDBOX.call("mark", text="今天", day="2024-03-20", language="en")


def one(tree: HTMLParser, selector: str) -> str:
    """The text of the only element that fits."""
    found = tree.css(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0].text()


def send(client: Client, text: str, day: str = "2024-03-20", **more: Any) -> tuple[int, HTMLParser]:
    response = client.post("/try/", {"text": text, "day": day}, **more)
    return response.status_code, HTMLParser(response.content.decode())


def test_a_text_is_read_on_submit_without_scripts(english: Client) -> None:
    status, tree = send(english, TEXT)
    assert status == 200
    assert [m.text() for m in tree.css(".text mark")] == ["今年年底前", "2025年5月", "日前", "一周后"]
    cells = [[cell.text() for cell in row.css("th, td")] for row in tree.css("tbody tr")]
    assert cells[0][:5] == [
        "今年年底前",
        "2024-03-20 … 2024-12-31",
        "今年年底前: counted from the reference date 2024-03-20 → 2024-03-20…2024-12-31",
        "2024-03-20/2024-12-31",
        "DATE 2024-Q4 ON_OR_BEFORE",
    ]
    assert cells[3][1] == "—"
    assert one(tree, "textarea") == TEXT
    assert tree.css("input[name=day]")[0].attributes["value"] == "2024-03-20"


def test_a_script_gets_the_findings_alone(english: Client) -> None:
    status, tree = send(english, TEXT, headers=FRAGMENT)
    assert status == 200
    assert tree.css("form") == []
    assert len(tree.css("tbody tr")) == 4


def test_reasons_are_in_the_language_of_the_reader() -> None:
    _, tree = send(Client(headers={"accept-language": "zh-Hans"}), "将于11月举行大选")
    assert tree.css("tbody td")[1].text() == "11月: 未写年份，从起算日2024-03-20看指将来 → 2024-11-01…2024-11-30"


@pytest.mark.django_db
def test_nothing_is_stored(english: Client) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        send(english, TEXT)
    assert [q["sql"] for q in queries.captured_queries] == []


def test_markup_that_was_typed_stays_text(english: Client) -> None:
    response = english.post("/try/", {"text": "<script>alert(1)</script>2025年5月<img src=x>", "day": "2024-03-20"})
    body = response.content.decode()
    assert "<script>alert" not in body and "<img" not in body
    assert "&lt;script&gt;" in body


@pytest.mark.parametrize(
    ("text", "day", "says"),
    [
        ("年" * (MAX_TEXT_CHARS + 1), "2024-03-20", "100001 characters"),
        ("今天", "2024-02-30", "“2024-02-30” is not a date"),
        ("今天", "yesterday", "“yesterday” is not a date"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_a_reason_and_nothing_is_lost(
    english: Client, text: str, day: str, says: str
) -> None:
    status, tree = send(english, text, day)
    assert status == 400
    assert says in one(tree, "[role=alert]")
    assert one(tree, "textarea") == text


def test_the_longest_text_is_read_and_the_table_says_what_it_leaves_out(english: Client) -> None:
    text = "今天，" * (MAX_TEXT_CHARS // 3)
    status, tree = send(english, text)
    assert status == 200
    assert len(tree.css(".text mark")) == MAX_TEXT_CHARS // 3
    assert len(tree.css("tbody tr")) == MAX_ROWS
    assert f"{MAX_TEXT_CHARS // 3 - MAX_ROWS} more are marked in the text." in one(tree, "#findings")


def test_a_text_without_dates_says_what_to_try(english: Client) -> None:
    _, tree = send(english, "没有日子的一句话。")
    assert "No dates found" in one(tree, "#findings")


@pytest.mark.usefixtures("minute")
def test_a_client_with_too_many_requests_gets_429_with_retry_after(english: Client) -> None:
    for _ in range(TRIALS):
        assert send(english, "今天", headers=FRAGMENT)[0] == 200
    response = english.post("/try/", {"text": "今天"}, headers=FRAGMENT)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Too many texts" in response.content.decode()
    other = Client(headers={"accept-language": "en"}, REMOTE_ADDR="192.0.2.7")
    assert send(other, "今天")[0] == 200


def test_a_form_without_a_token_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/try/", {"text": "今天"}).status_code == 403


def test_other_methods_are_refused(english: Client) -> None:
    assert english.put("/try/").status_code == 405
    assert english.get("/try/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_findings_appear_as_one_types(ready: None, live_server: LiveServer, chromium: Browser) -> None:
    page = chromium.new_page(locale="en")
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{live_server.url}/try/")
    page.get_by_label("Day of the article").fill("2024-03-20")
    page.get_by_label("Text").press_sequentially("英国将于今年年底前举行大选")
    expect(page.locator("#findings .days")).to_have_text("2024-03-20 … 2024-12-31")
    page.get_by_label("Day of the article").fill("2025-03-20")
    expect(page.locator("#findings .days")).to_have_text("2025-03-20 … 2025-12-31")
    expect(page.get_by_label("Text")).to_have_value("英国将于今年年底前举行大选")
    assert wrong == []
    page.close()


@pytest.mark.django_db(transaction=True)
def test_a_text_that_is_refused_since_another_is_being_read_is_sent_again_by_itself(
    ready: None, live_server: LiveServer, chromium: Browser
) -> None:
    page = chromium.new_page(locale="en")
    page.goto(f"{live_server.url}/try/")
    page.get_by_label("Day of the article").fill("2024-03-20")
    with SANDBOX._lock:
        page.get_by_label("Text").fill("英国将于今年年底前举行大选")
        expect(page.locator("#findings")).to_contain_text("Another text is being processed")
    expect(page.locator("#findings .days")).to_have_text("2024-03-20 … 2024-12-31")
    page.close()
