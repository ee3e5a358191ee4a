"""The Atom feed: read by a strict XML parser and by feedparser, complete by its pages, telling what was removed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.rows import article, claim, event
from timeline.feeds.tombstones import MAX_CHANGES_READ
from timeline.models import Change, Event
from timeline.pipeline import changelog

pytestmark = pytest.mark.django_db

ATOM, AT = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"
TEXT = "英国将于今年年底前举行大选。"


def fill() -> None:
    claim(event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by", granularity="year"), article(TEXT), TEXT)
    event("au1", ["AU"], "2025-05-01", "2025-05-31", granularity="month", since="2024-03-21")
    event("jp1", ["JP", "aukus"], "2024-10-01", kind="alliance", type="accession")


def read(client: Client, url: str = "/feed.atom") -> ET.Element:
    response = client.get(url)
    assert response.status_code == 200, response.content
    root = ET.fromstring(response.content)
    valid(root)
    return root


def valid(root: ET.Element) -> None:
    """RFC 4287, 4.1.1 and 4.1.2: what must stand once, and what must be unique."""
    assert root.tag == f"{ATOM}feed"
    for parent in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{ATOM}{name}")) == 1, name
        for name in ("updated", "published"):
            for found in parent.findall(f"{ATOM}{name}"):
                assert datetime.fromisoformat(str(found.text)).tzinfo is not None
        rels = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in parent.findall(f"{ATOM}link")]
        assert len(set(rels)) == len(rels)
        assert urlsplit(str(parent.findtext(f"{ATOM}id"))).scheme, "an id is an absolute IRI"
    assert root.findtext(f"{ATOM}author/{ATOM}name"), "the entries have none of their own"
    ids = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    gone = {str(tomb.get("ref")) for tomb in root.findall(f"{AT}deleted-entry")}
    assert not gone & set(ids), "an entry is there or deleted (RFC 6721, 3)"


def ids(root: ET.Element) -> list[str]:
    return [str(entry.findtext(f"{ATOM}id")).rpartition(":")[2] for entry in root.findall(f"{ATOM}entry")]


def links(root: ET.Element, rel: str) -> list[str]:
    return [str(link.get("href")) for link in root.findall(f"{ATOM}link") if link.get("rel") == rel]


def test_the_feed_is_read_by_feedparser_without_a_complaint(client: Client) -> None:
    fill()
    response = client.get("/feed.atom?lang=en")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    parsed: Any = feedparser.parse(response.content, response_headers={"content-type": "application/atom+xml"})
    assert (parsed.bozo, parsed.version) == (False, "atom10")
    assert [entry.id for entry in parsed.entries] == [f"urn:newsdesk:event:{pk}" for pk in ("au1", "gb1", "jp1")]
    gb = parsed.entries[1]
    assert gb.title == "United Kingdom: general election · by the end of 2024"
    assert gb.link == "http://testserver/events/gb1/"
    assert gb.published == "2024-03-20T12:00:00+00:00"
    terms = {(tag.scheme.rpartition("#")[2], tag.term) for tag in gb.tags}
    assert terms == {("kind", "election"), ("type", "general"), ("status", "lapsed"), ("participants", "GB")}
    assert TEXT in gb.content[0].value and gb.content[0].type == "text/html"


def test_pages_lead_to_every_event_exactly_once(client: Client) -> None:
    for n in range(230):
        event(f"e{n:03}", ["GB"], "2024-05-05")
    seen, url, urls = [], "/feed.atom?kind=election&lang=en", set()
    while url:
        assert url not in urls
        urls.add(url)
        root = read(client, url)
        assert links(root, "self") == [f"http://testserver{url}"]
        assert links(root, "first") == ["http://testserver/feed.atom?kind=election&lang=en"]
        assert root.findtext(f"{ATOM}id") == links(root, "first")[0], "all pages are one feed"
        seen += ids(root)
        following = "".join(links(root, "next"))
        url = following.removeprefix("http://testserver")
    assert sorted(seen) == sorted(Event.objects.values_list("pk", flat=True)) and len(urls) == 3


def test_an_empty_feed_is_a_feed(client: Client) -> None:
    root = read(client)
    assert ids(root) == [] and root.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"


def take_away(pk: str, into: str | None = None) -> None:
    row = Event.objects.get(pk=pk)
    before: dict[str, Any] = changelog.state_of(row, [p.actor_id for p in row.participants.all()]) or {}
    row.merged_into_id, row.retracted = into, into is None
    row.save()
    row.participants.all().delete()
    what = Change.What.MERGED if into else Change.What.RETRACTED
    Change.objects.create(event=row, what=what, before=before, merged_into_id=into)


def test_what_was_merged_or_withdrawn_stands_as_a_tombstone_with_its_heir(client: Client) -> None:
    fill()
    event("au0", ["AU"], "2025-05-03")
    event("au00", ["AU"], "2025-05-03")
    take_away("au00", "au0")
    take_away("au0", "au1")
    take_away("jp1")
    root = read(client, "/feed.atom?lang=en")
    tombs = {str(tomb.get("ref")).rpartition(":")[2]: tomb for tomb in root.findall(f"{AT}deleted-entry")}
    assert sorted(tombs) == ["au0", "au00", "jp1"]
    assert ids(root) == ["au1", "gb1"]
    assert links(tombs["au00"], "related") == ["http://testserver/events/au1/"], "the end of the chain"
    assert links(tombs["jp1"], "related") == []
    assert "Withdrawn" in str(tombs["jp1"].findtext(f"{AT}comment"))
    moment = datetime.fromisoformat(str(tombs["jp1"].get("when")))
    assert moment.tzinfo is not None
    assert datetime.fromisoformat(str(root.findtext(f"{ATOM}updated"))) >= moment


def test_what_came_back_is_no_longer_listed_as_removed(client: Client) -> None:
    fill()
    take_away("jp1")
    Event.objects.filter(pk="jp1").update(retracted=False)
    assert read(client).findall(f"{AT}deleted-entry") == []


@pytest.mark.parametrize(
    ("query", "told"),
    [("kind=alliance", 1), ("kind=election", 0), ("bloc=aukus", 1), ("country=AU", 0), ("type=accession", 1)],
)
def test_only_what_the_filter_could_have_given_is_listed_as_removed(client: Client, query: str, told: int) -> None:
    fill()
    take_away("jp1")
    assert len(read(client, f"/feed.atom?{query}").findall(f"{AT}deleted-entry")) == told


def test_removals_are_sought_in_the_newest_changes_alone(client: Client) -> None:
    fill()
    take_away("jp1")
    Change.objects.create(pk=Change.objects.latest("pk").pk + MAX_CHANGES_READ, event_id="gb1", what=Change.What.ADDED)
    assert read(client).findall(f"{AT}deleted-entry") == []


def test_a_page_costs_the_same_queries_however_many_events_it_holds(client: Client) -> None:
    fill()
    take_away("jp1")
    with CaptureQueriesContext(connection) as few:
        client.get("/feed.atom")
    for n in range(60):
        event(f"e{n:03}", ["GB"], "2024-05-05")
    with CaptureQueriesContext(connection) as many:
        client.get("/feed.atom")
    assert len(few) == len(many) <= 12
