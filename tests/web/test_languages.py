"""In which language a reader is answered, and that choosing one needs no token and leaves no other cookie."""

from __future__ import annotations

import pytest
from django.test import Client
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support import rows

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("zh-TW,zh;q=0.8", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("zh-Hant-HK,en;q=0.5", "zh-Hant"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-Hans-MY", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("en-AU,zh-TW;q=0.5", "en"),
        ("fr-FR,de;q=0.5", "en"),
        ("fr, zh-tw;q=0.2", "zh-Hant"),
        ("", "en"),
        ("*", "en"),
        ("zh-\x00", "en"),
    ],
)
def test_the_browser_says_which_language_is_wanted(wanted: str, given: str) -> None:
    response = Client(headers={"accept-language": wanted} if wanted else None).get("/desk/")
    tree = HTMLParser(response.content.decode())
    assert tree.css("html")[0].attributes["lang"] == given
    chosen = tree.css(".languages [aria-pressed]")
    assert [button.attributes["lang"] for button in chosen] == [given]


def test_actors_and_days_are_named_as_taiwan_names_them() -> None:
    rows.event("aa", ["AU"], "2025-07-01", "2025-09-30", granularity="quarter")
    page = Client(headers={"accept-language": "zh-TW"}).get("/?from=2025&to=2025").content.decode()
    assert "澳洲大選" in page
    assert "2025年第三季" in page
    assert "澳大利亚" not in page


def test_a_language_is_chosen_without_a_token_and_stored_in_its_own_cookie_alone() -> None:
    reader = Client(enforce_csrf_checks=True)
    assert reader.get("/").cookies == {}
    chosen = reader.post("/i18n/setlang/", {"language": "zh-hant", "next": "/desk/"})
    assert (chosen.status_code, chosen["Location"]) == (302, "/desk/")
    assert list(chosen.cookies) == ["django_language"]
    assert '<html lang="zh-Hant">' in reader.get("/").content.decode()


def test_choosing_a_language_leads_to_no_other_site() -> None:
    chosen = Client().post("/i18n/setlang/", {"language": "en", "next": "https://elsewhere.example/"})
    assert chosen["Location"] == "/"


def test_feeds_name_their_language_in_full() -> None:
    feed = Client().get("/feed.json?lang=zh-hant").json()
    assert feed["language"] == "zh-Hant"
