"""What a file is, it tells by itself: a post, a saved feed, JSON lines, a list of feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.support.feed_server import item, rss
from timeline.fetching.import_forms import Refused, read_file
from timeline.fetching.posts import RawArticle

POST = "<!--1710947702000-->\n[标题](https://www.rfi.fr/cn/1)\n------\n\n<p>英国将于今年年底前举行大选。</p>\n"
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>N</title><id>x</id>
<entry><id>1</id><title>One</title><link href="https://one.example/1"/><updated>2024-03-20T08:00:00Z</updated>
<content type="html">&lt;p&gt;Britain votes on July 4.&lt;/p&gt;</content></entry></feed>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "N",
        "items": [
            {
                "id": "1",
                "url": "https://one.example/1",
                "title": "One",
                "content_text": "Britain votes on July 4.",
                "date_published": "2024-03-20T08:00:00Z",
            }
        ],
    }
)
LINE = {"url": "https://one.example/1", "title": "One", "published": "2024-03-20T08:00:00Z", "text": "a < b\nc"}


def articles(data: str | bytes, name: str = "file") -> list[RawArticle]:
    read = list(read_file(data.encode() if isinstance(data, str) else data, name))
    assert not [one for one in read if isinstance(one, Refused)]
    return [one for one in read if isinstance(one, RawArticle)]


def refused(data: str) -> list[Refused]:
    return [one for one in read_file(data.encode(), "file") if isinstance(one, Refused)]


@pytest.mark.parametrize("data", [POST, rss(item(1)), ATOM, JSON_FEED, json.dumps(LINE)])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_tells_by_itself_what_it_is(data: str | bytes, mark: bytes) -> None:
    (one,) = articles(mark + (data.encode() if isinstance(data, str) else data))
    assert one.url.startswith("https://") and one.title and one.markup and one.published.year >= 2024


def test_a_saved_feed_gives_its_dated_entries_and_says_what_the_others_lack() -> None:
    (one,) = articles(ATOM)
    assert (one.title, one.published) == ("One", datetime(2024, 3, 20, 8, tzinfo=UTC))
    (why,) = refused(ATOM.replace("<updated>2024-03-20T08:00:00Z</updated>", ""))
    assert why.where == "entry 1" and "no date of publication" in why.reason


def test_markup_of_a_saved_feed_is_stored_without_anything_that_acts() -> None:
    (one,) = articles(ATOM.replace("Britain", "&lt;script&gt;x()&lt;/script&gt;Britain"))
    assert one.markup == "<p>Britain votes on July 4.</p>"


def test_lines_of_json_are_articles_each_with_its_own_fate() -> None:
    lines = [LINE, {**LINE, "url": "https://one.example/2", "html": "<p>x</p>"}, {**LINE, "title": ""}, [1]]
    data = "\n".join([*map(json.dumps, lines), "{nonsense", "", "[" * 100_000])
    read = list(read_file(data.encode(), "file"))
    good = [one for one in read if isinstance(one, RawArticle)]
    assert [one.markup for one in good] == ["a < b\nc", "<p>x</p>"]
    assert [one.where for one in read if isinstance(one, Refused)] == ["line 3", "line 4", "line 5", "line 7"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"url": "javascript:x"}, "address"),
        ({"url": 7}, "`url`"),
        ({"title": None}, "`title`"),
        ({"published": ""}, "date of publication"),
        ({"published": "soon"}, "soon"),
    ],
)
def test_what_a_line_lacks_is_named(change: dict[str, object], word: str) -> None:
    (why,) = refused(json.dumps({**LINE, **change}))
    assert word in why.reason


def test_a_date_without_a_zone_is_read_in_that_of_the_newsroom() -> None:
    (one,) = articles(json.dumps({**LINE, "url": "https://www.rfi.fr/1", "published": "2024-03-20 09:00"}))
    assert (one.published, one.published_from) == (datetime(2024, 3, 20, 8, tzinfo=UTC), "zone")


def test_a_list_of_feeds_is_no_article_and_says_where_it_belongs() -> None:
    (why,) = refused('<?xml version="1.0"?><opml version="2.0"><body/></opml>')
    assert "add_sources" in why.reason


@pytest.mark.parametrize("data", ["<?xml version='1.0'?><x/>", "<rss", "{", "{}", "nothing"])
def test_a_file_that_is_none_of_these_is_refused_with_a_reason(data: str) -> None:
    (why,) = refused(data)
    assert why.reason
