"""Bytes of feeds → entries: the formats, encodings and identities that are read, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.feed_server import EXTERNAL, LAUGHS, PNG, item, rss
from timeline.fetching.dates import entry_date
from timeline.fetching.encoding import DecodeError, decode
from timeline.fetching.feeds import MAX_ENTRIES, Entry, NoFeedError, ParsedFeed, parse_feed
from timeline.fetching.identity import canonical, identify
from timeline.fetching.pages import NoArticleError, article_markup
from timeline.fetching.sanitize import sanitize

URL = "https://one.example/feeds/world"

NOW = datetime(2024, 3, 20, 16, 0, tzinfo=UTC)

SHANGHAI = ZoneInfo("Asia/Shanghai")

LONG = "英国政府表示，大选将于今年年底前举行，各政党已经开始准备，选举委员会将公布日程。" * 3

TRADITIONAL = "英國政府表示，大選將於今年年底前舉行，各政黨已經開始準備，選舉委員會將公布日程。" * 3


def parse(text: str | bytes, content_type: str = "") -> ParsedFeed:
    return parse_feed(text.encode() if isinstance(text, str) else text, content_type, URL)


# --- Formats ------------------------------------------------------------------------------------
RSS_091 = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Caf&eacute;</title><link>https://one.example/</link><language>fr</language>
<item><title>Élection</title><link>/1</link><description>Le vote</description></item></channel></rss>"""

RSS_090 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">
<channel><title>A</title><link>https://one.example/</link></channel>
<item><title>T</title><link>https://one.example/1</link></item></rdf:RDF>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://one.example/"><title>R</title>
<link>https://one.example/</link><dc:language>ja</dc:language></channel><item rdf:about="https://one.example/9"><title>T</title>
<link>https://one.example/9</link><description>D</description><dc:date>2024-03-20T15:00:00+09:00</dc:date></item></rdf:RDF>"""

ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>A</title><link rel="alternate" href="https://one.example/"/>
<entry><title>T</title><id>tag:1</id><link rel="alternate" href="https://one.example/1"/>
<issued>2024-03-20T15:00:00Z</issued><modified>2024-03-20T15:30:00Z</modified><content>C</content></entry></feed>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://one.example/deep/">
<title type="html">&lt;i>X&lt;/i></title>
<link href="https://one.example/" rel="alternate"/><link rel="self" href="https://one.example/atom"/><entry><id>tag:1</id>
<title>A &amp; B</title><link href="rel" rel="alternate"/><link rel="enclosure" href="x.mp3"/>
<updated>2024-03-20T15:30:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>hey</p></div></content><author><name>N</name></author></entry></feed>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "J <x>",
    "home_page_url": "https://one.example/",
    "language": "zh-Hant",
    "items": [
        {
            "id": 7,
            "url": "/1",
            "title": "標題",
            "content_html": "<p>文</p>",
            "date_published": "2024-03-20T15:00:00+08:00",
        },
        {"id": "8", "external_url": "https://two.example/2", "content_text": "a < b\nc", "authors": [{"name": "N"}]},
        "nonsense",
        {"id": None, "title": ["list"], "content_html": {"a": 1}, "authors": "x"},
    ],
}


@pytest.mark.parametrize(
    ("text", "kind", "title", "language"),
    [
        (rss(item(1)), "rss", "一号通讯社", "zh-cn"),
        (RSS_091, "rss", "Café", "fr"),
        (RSS_090, "rdf", "A", ""),
        (RDF, "rdf", "R", "ja"),
        (ATOM_03, "atom", "A", ""),
        (ATOM, "atom", "X", "en"),
        (json.dumps(JSON_FEED), "json", "J <x>", "zh-Hant"),
    ],
)
def test_every_format_is_read(text: str, kind: str, title: str, language: str) -> None:
    feed = parse(text)
    assert (feed.kind, feed.title, feed.home, feed.language) == (kind, title, "https://one.example/", language)
    first = feed.entries[0]
    assert first.title and first.link.startswith("https://one.example/")


def test_links_dates_and_markup_of_entries() -> None:
    (entry,) = parse(ATOM).entries
    assert (entry.id, entry.link, entry.title, entry.author) == ("tag:1", "https://one.example/deep/rel", "A & B", "N")
    assert entry.date == "2024-03-20T15:30:00Z" and sanitize(entry.markup) == "<div><p>hey</p></div>"
    assert parse(ATOM_03).entries[0].date == "2024-03-20T15:00:00Z"
    assert parse(RDF).entries[0].date == "2024-03-20T15:00:00+09:00"
    first, second, *_ = parse(json.dumps(JSON_FEED)).entries
    assert (first.id, first.link, first.markup) == ("7", "https://one.example/1", "<p>文</p>")
    assert (second.link, second.title, second.markup) == ("https://two.example/2", "a < b c", "<p>a &lt; b</p><p>c</p>")
    assert second.author == "N"


def test_dates_stay_as_they_are_written() -> None:
    texts = ["Wed, 20 Mar 2024 15:00:00", "2024年3月20日 15:00", "yesterday", "Wed, 20 Mar 2024 15:00:00 CST"]
    feed = parse(rss(*(item(n, date=text) for n, text in enumerate(texts))))
    assert [entry.date for entry in feed.entries] == texts


def test_the_longest_text_of_an_entry_is_taken() -> None:
    more = f"<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'><![CDATA[<p>{LONG}</p>]]></content:encoded>"
    (entry,) = parse(rss(item(1).replace("</item>", more + "</item>"))).entries
    assert entry.markup == f"<p>{LONG}</p>"


def test_what_feeds_get_wrong_is_read_all_the_same() -> None:
    wrong = item(1, title="A & B &nbsp;&hellip; &unknown; <![CDATA[C & D]]>", link="https://one.example/?a=1&b=2")
    (entry,) = parse("\ufeff\n" + rss(wrong + "\x08\x00")).entries
    assert entry.title == "A & B … &unknown; C & D"
    assert entry.link == "https://one.example/?a=1&b=2"
    cut = rss(item(1), item(2), item(3))
    entries = parse(cut[: cut.index("第3篇")]).entries
    assert [entry.title for entry in entries][:2] == ["标题1", "标题2"]


def test_many_entries_are_cut_off_and_counted() -> None:
    feed = parse(rss(*(item(n) for n in range(MAX_ENTRIES + 7))))
    assert (len(feed.entries), feed.left_out) == (MAX_ENTRIES, 7)
    assert feed.entries[0].title == "标题0"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (LAUGHS.encode(), "declares entities"),
        (EXTERNAL.encode(), "declares entities"),
        (LAUGHS.replace("<!DOCTYPE", "<!-- x --><?x y?>\n<!doctype").encode(), "declares entities"),
        (PNG, "is an image"),
        (b"GIF89a", "is an image"),
        (b"%PDF-1.7", "is a PDF"),
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"just words", "neither XML nor JSON|no XML"),
        (b"<!doctype html><html>", "is a web page"),
        (b"<html><head>", "is a web page"),
        (b"<svg/>", "begins with <svg>"),
        (b"{}", "not a JSON Feed"),
        (b"[]", "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": 3}', "not a JSON Feed"),
        (b"[" * 100_000, "no JSON"),
        (b"{", "no JSON"),
        (bytes(range(128, 256)) * 100, "encoding|XML"),
    ],
)
def test_what_is_no_feed_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NoFeedError, match=reason):
        parse(data)


@pytest.mark.parametrize("text", [LAUGHS, EXTERNAL])
def test_entities_hidden_behind_junk_stay_unread(text: str) -> None:
    """A forgiving parser may look behind what it does not know: it must not find a DOCTYPE there."""
    try:
        feed = parse("junk " + text)
    except NoFeedError:
        return
    assert "ha" not in feed.title and "root:" not in feed.title and all("ha" not in e.title for e in feed.entries)


# --- Encodings ----------------------------------------------------------------------------------


def declared(name: str) -> str:
    return rss(item(1, title=LONG), declaration=f'<?xml version="1.0" encoding="{name}"?>')


@pytest.mark.parametrize(
    ("says", "header", "actual"),
    [
        ("gb2312", "", "gb18030"),
        ("GBK", "text/xml; charset=utf-8", "gb18030"),
        ("gb2312", "text/xml; charset=ISO-8859-1", "gb18030"),
        ("utf-8", "text/xml; charset=gb2312", "utf-8"),
        ("utf-8", "text/xml; charset=gb2312", "gb18030"),
        ("utf-8", "text/xml", "gb18030"),
        ("iso-8859-1", "", "gb18030"),
        ("iso-8859-1", "", "utf-8"),
        ("no-such-encoding", "text/xml; charset=klingon", "gb18030"),
        ("hex", "text/xml; charset=zlib", "gb18030"),
        ("utf-16", "", "utf-16"),
        ("utf-16", "", "utf-16-le"),
        ("utf-8", "", "utf-8-sig"),
    ],
)
def test_what_is_there_is_believed_before_what_is_declared(says: str, header: str, actual: str) -> None:
    feed = parse(declared(says).encode(actual), header)
    assert feed.entries[0].title == LONG


@pytest.mark.parametrize(
    ("says", "header"), [("big5", ""), ("utf-8", "text/xml; charset=big5"), ("gb2312", ""), ("", "")]
)
def test_big5_is_distinguished_from_gb18030(says: str, header: str) -> None:
    text = rss(
        item(1, title=TRADITIONAL), title="台灣", declaration=f'<?xml version="1.0" encoding="{says}"?>' if says else ""
    )
    assert (
        parse(text.replace("标题", "").replace("英国将于今年年底前举行大选。第1篇。", "").encode("big5hkscs"), header)
        .entries[0]
        .title
        == TRADITIONAL
    )


def test_western_text_is_not_taken_for_chinese() -> None:
    text = "Le président a été élu à la majorité, près de Genève, où l'été fut très doux. " * 20
    assert decode(text.encode("latin-1"), "text/html; charset=iso-8859-1") == text


def test_one_broken_character_does_not_lose_a_text() -> None:
    data = LONG.encode("gb18030") * 5
    assert LONG[:20] in decode(data[:301] + data[302:], "text/html; charset=gbk")
    assert LONG[:20] in decode(data[:-1], "text/html; charset=gbk")
    assert decode(LONG.encode()[:-1]) == LONG[:-1]


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DecodeError, match="tried utf-8"):
        decode(bytes(range(128, 256)) * 100)


# --- Identity -----------------------------------------------------------------------------------


def entries(*rows: tuple[str, str, str]) -> list[Entry]:
    return [Entry(id, link, title, "", "", "") for id, link, title in rows]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://One.Example/a?utm_source=rss&id=3&utm_medium=x#top", "https://one.example/a?id=3"),
        ("https://one.example?fbclid=1", "https://one.example/"),
        ("https://one.example/a?b=&c", "https://one.example/a?b=&c"),
        ("https://one.example/a?b=%2F&at_campaign=64&UTM_Term=1", "https://one.example/a?b=%2F"),
        ("javascript:alert(1)", ""),
        ("tag:one.example,2024:1", ""),
    ],
)
def test_what_tracks_readers_is_no_part_of_an_address(link: str, expected: str) -> None:
    assert canonical(link) == expected


def test_an_id_outlives_an_edited_title_and_a_moved_link() -> None:
    (before,) = identify(entries(("1", "https://one.example/a", "A")), URL)
    (after,) = identify(entries(("1", "https://one.example/b", "A, updated")), URL)
    assert before.id_key == after.id_key and before.link_key != after.link_key


def test_ids_that_stand_twice_tell_nothing() -> None:
    first, second, third = identify(
        entries(
            ("0", "https://one.example/a", "A"),
            ("0", "https://one.example/b", "B"),
            ("3", "https://one.example/c", "C"),
        ),
        URL,
    )
    assert (first.id_key, second.id_key) == ("", "") and third.id_key
    assert first.link_key != second.link_key and first.url == "https://one.example/a"


def test_entries_of_one_link_are_distinguished_by_id_else_by_title() -> None:
    live = "https://one.example/live"
    a, b = identify(entries(("1", live + "#1", "A"), ("2", live + "#2", "B")), URL)
    assert a.url != b.url and a.url.startswith(live + "#")
    c, d = identify(entries(("", live, "A"), ("", live, "B")), URL)
    assert c.url != d.url and not c.id_key
    assert [one.url for one in identify(entries(("", live, "B"), ("", live, "A")), URL)] == [d.url, c.url]


def test_an_entry_without_link_lives_under_its_feed() -> None:
    (one,) = identify(entries(("tag:1", "", "A")), "https://one.example/")
    assert one.url.startswith("https://one.example/#")
    (two,) = identify(entries(("https://one.example/7", "", "A")), "https://one.example/")
    assert two.url == "https://one.example/7"


def test_what_stands_twice_word_for_word_is_one() -> None:
    row = ("1", "https://one.example/a", "A")
    assert len(identify(entries(row, row, row), URL)) == 1
    assert identify(entries(row, row), URL)[0].id_key


# --- Anything at all ----------------------------------------------------------------------------
WORDS = [
    "<rss>",
    "<channel>",
    "<item>",
    "<title>",
    "</title>",
    "</item>",
    "<pubDate>",
    "]]>",
    "<![CDATA[",
    "<!--",
    "&",
    "&nbsp;",
]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=40))
def test_no_feed_raises_anything_but_its_refusal(words: list[str]) -> None:
    try:
        feed = parse("".join(words).encode("utf-8", "surrogatepass"))
    except NoFeedError:
        return
    assert all(one.url for one in identify(feed.entries, feed.home))


@given(
    st.binary(max_size=400), st.sampled_from(["", "text/xml; charset=big5", "text/html; charset=utf-7", "charset=idna"])
)
def test_no_bytes_raise_anything_but_their_refusal(data: bytes, content_type: str) -> None:
    for act in (lambda: parse(data, content_type), lambda: article_markup(data, content_type, URL)):
        try:
            act()
        except (NoFeedError, NoArticleError):
            pass


@given(st.text(max_size=60))
def test_no_date_raises_anything(text: str) -> None:
    assert entry_date(text, NOW, SHANGHAI, "local").moment <= NOW


def test_what_nests_without_end_holds_no_entries() -> None:
    try:
        assert parse(b"<rss>" + b"<a>" * 100_000).entries == ()
    except NoFeedError:
        pass
