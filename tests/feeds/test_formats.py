"""One filter, many formats: all give the same events, in both languages, whatever the texts hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import icalendar
import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support.rows import article, claim, event
from timeline.feeds.links import event_links, feed_links
from timeline.models import Actor
from timeline.query.filter import EventFilter

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ATOM = "{http://www.w3.org/2005/Atom}"
TEXT = "英国将于今年年底前举行大选。"
HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;]]>",
    "bell\x07 \x1b[31m \x0b \x85 \ufffe \u2028 \u2029 end",
    "\u202eright-to-left override \u2067isolate \u200fmark\u202c",
    "BEGIN:VEVENT\r\nUID:evil\r\nEND:VEVENT\r\n\r\nX-EVIL:1",
    "=cmd|' /C calc'!A0",
    "长" * 10_000,
]
LANGUAGES = ["zh-hans", "en"]


def _json(client: Client, query: str) -> list[str]:
    return [item["id"].rpartition(":")[2] for item in client.get(f"/feed.json?{query}").json()["items"]]


def _atom(client: Client, query: str) -> list[str]:
    root = ET.fromstring(client.get(f"/feed.atom?{query}").content)
    return [str(entry.findtext(f"{ATOM}id")).rpartition(":")[2] for entry in root.findall(f"{ATOM}entry")]


def _ics(client: Client, query: str) -> list[str]:
    parsed: Any = icalendar.Calendar.from_ical(client.get(f"/feed.ics?{query}&windows=1").content)
    return [str(entry["uid"]).removeprefix("event-").removesuffix("@newsdesk") for entry in parsed.walk("VEVENT")]


def _csv(client: Client, query: str) -> list[str]:
    text = client.get(f"/export.csv?{query}").getvalue().decode("utf-8-sig")
    return [row["id"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def _story(client: Client, query: str) -> list[str]:
    return [slide["unique_id"] for slide in client.get(f"/export/timelinejs.json?{query}").json()["events"]]


def _api(client: Client, query: str) -> list[str]:
    query = "&".join(part for part in query.split("&") if not part.startswith("lang="))
    return [row["id"] for row in client.get(f"/api/v1/events?{query}").json()["events"]]


FORMATS: dict[str, Callable[[Client, str], list[str]]] = {
    "json": _json,
    "atom": _atom,
    "ics": _ics,
    "csv": _csv,
    "timelinejs": _story,
    "api": _api,
}


def fill() -> None:
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by", status="expected")
    claim(vote, article(TEXT), TEXT)
    event("au1", ["AU"], "2025-05-01", "2025-05-31", granularity="month", since="2024-03-21")
    event("jp1", ["JP", "aukus"], "2024-10-01", None, kind="alliance", type="accession")
    event("us1", ["US"], "2024-11-05", type="presidential", status="cancelled")
    event("xx1", ["US"], "2024-11-05", retracted=True)
    event("xx2", ["US"], "2024-11-05", merged_into_id="us1")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "kind=alliance",
        "country=AU&country=GB",
        "bloc=aukus",
        "from=2025-01",
        "to=2024-10",
        "q=英国",
        "status=cancelled&status=lapsed",
        "type=presidential",
        "as_of=2024-03-20",
    ],
)
def test_same_answer_everywhere(client: Client, query: str) -> None:
    fill()
    for language in LANGUAGES:
        asked = f"{query}&lang={language}"
        chosen = EventFilter.parse(QueryDict(query))
        wanted = sorted(view.id for view in chosen.events(timezone.localdate()))
        assert wanted, "a query that finds nothing tests nothing"
        found = {name: sorted(read(client, asked)) for name, read in FORMATS.items()}
        assert found == dict.fromkeys(FORMATS, wanted)


def test_every_format_refuses_what_the_filter_does_not_know(client: Client) -> None:
    for link in feed_links("colour=red&from=2024-13"):
        response = client.get(link.url)
        assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
        assert {p["name"] for p in response.json()["invalid-params"]} == {"colour", "from"}


def test_every_link_leads_to_its_format(client: Client) -> None:
    fill()
    links = [*feed_links("country=GB"), *event_links("gb1")]
    for link in links:
        response = client.get(link.url, follow=True)
        assert response.status_code == 200
        assert response.headers["Content-Type"].partition(";")[0] == link.type
        assert response.getvalue()  # an export holds its place until it is read


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_speaks_the_language_asked_for(client: Client, language: str) -> None:
    fill()
    name, tag = {"en": ("United Kingdom", "en"), "zh-hans": ("英国", "zh-Hans")}[language]
    for link in feed_links(f"country=GB&lang={language}"):
        response = client.get(link.url + ("&windows=1" if link.type == "text/calendar" else ""))
        assert response.headers["Content-Language"] == tag
        assert name in response.getvalue().decode(), link.title


# --- hostile texts ------------------------------------------------------------------------------


@pytest.fixture(params=range(len(HOSTILE)))
def hostile(request: pytest.FixtureRequest) -> str:
    """A text that stands in the evidence and (as far as it fits) in the names of an event."""
    text: str = HOSTILE[request.param]
    claim(event("gb1", ["GB"], "2024-05-05"), article(text), text)
    Actor.objects.filter(pk="GB").update(name_en=text[:120], name_zh_hans=text[:120])
    return text


TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str) -> None:
    """What no reader of the format may be given: control characters, and marks that turn the rest of a line."""
    assert not [c for c in text if (ord(c) < 32 and c not in "\n\r\t") or 127 <= ord(c) < 160 or c in TURNING]
    assert not set(text) & {"\u2028", "\u2029", "\ufffe", "\uffff"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_feeds_carry_hostile_texts_as_text(client: Client, hostile: str, language: str) -> None:
    feed = client.get(f"/feed.json?lang={language}").json()
    (item,) = feed["items"]
    harmless(item["title"] + item["content_text"])
    assert "content_html" not in item, "nothing is taken for markup"
    if hostile.startswith(("<", "长", "=")):
        assert hostile in item["content_text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_atom_escapes_hostile_texts(client: Client, hostile: str, language: str) -> None:
    data = client.get(f"/feed.atom?lang={language}").content
    parsed: Any = feedparser.parse(data, sanitize_html=False)
    assert not parsed.bozo
    root = ET.fromstring(data)
    (entry,) = root.findall(f"{ATOM}entry")
    content = str(entry.findtext(f"{ATOM}content"))
    harmless(data.decode())
    tree = HTMLParser(content)
    assert {node.tag for node in tree.css("body *")} == {"p", "blockquote", "a", "code"}
    if hostile.startswith(("<", "长", "=")):
        (quoted,) = tree.css("blockquote")
        assert quoted.text() == hostile


@pytest.mark.parametrize("language", LANGUAGES)
def test_calendars_fold_hostile_texts_into_one_entry(client: Client, hostile: str, language: str) -> None:
    data = client.get(f"/feed.ics?lang={language}").content
    parsed: Any = icalendar.Calendar.from_ical(data)
    (entry,) = parsed.walk("VEVENT")
    assert entry["uid"] == "event-gb1@newsdesk" and "X-EVIL" not in entry
    assert max(map(len, data.split(b"\r\n"))) <= 75
    harmless(str(entry["summary"]) + str(entry["description"]))
    if hostile.startswith(("<", "长", "=")):
        assert hostile in str(entry["description"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_stories_show_hostile_texts_as_words(client: Client, hostile: str, language: str) -> None:
    (slide,) = client.get(f"/export/timelinejs.json?lang={language}").json()["events"]
    harmless(json.dumps(slide, ensure_ascii=False))
    for part, allowed in (("headline", set[str]()), ("text", {"p", "blockquote", "a"})):
        assert {node.tag for node in HTMLParser(slide["text"][part]).css("body *")} == allowed


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_hold_hostile_texts_in_one_cell(client: Client, hostile: str, language: str) -> None:
    text = client.get(f"/export.csv?lang={language}").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    harmless(text)
    assert row["id"] == "gb1" and None not in row
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_search_engines_are_given_hostile_texts_as_strings(client: Client, hostile: str) -> None:
    data = client.get("/events/gb1.jsonld?lang=en").json()
    harmless(data["name"] + data["description"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_about_the_feeds_explains_every_field(client: Client, language: str) -> None:
    fill()
    own = client.get("/feed.json").json()["items"][0]["_newsdesk"]
    page = client.get("/feed/about/", headers={"Accept-Language": language}).content.decode()
    told = {name.strip() for node in HTMLParser(page).css("th code") for name in node.text().split(",")}
    assert told == set(own), "neither more nor less than the feed carries"
    assert own["about"] == "http://testserver/feed/about/"
    (example,) = HTMLParser(page).css("pre code")
    assert set(json.loads(example.text())["_newsdesk"]) == set(own)
