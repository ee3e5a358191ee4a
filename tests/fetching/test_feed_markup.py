"""Feeds whose markup is unusual or broken: what was written is read, each entry with its own texts."""

# ruff: noqa: E501 - a document stands on one line

from __future__ import annotations

import pytest

from tests.support.feed_server import item, rss
from timeline.fetching.feeds import Entry, ParsedFeed, parse_feed

XHTML = "xmlns='http://www.w3.org/1999/xhtml'"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:m="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'


def parse(text: str) -> ParsedFeed:
    return parse_feed(text.encode(), "", "https://one.example/feed")


def raw(n: int, title: str, text: str, more: str = "") -> str:
    return f"<item><title>{title}</title><link>https://one.example/{n}</link><description>{text}</description>{more}</item>"


def first(text: str, more: str = "", title: str = "T") -> Entry:
    """The entry of a description, in front of another one that is whole."""
    one, two = parse(rss(raw(1, title, text, more), item(2, title="second", text="whole"))).entries
    assert (two.title, two.markup, two.link) == ("second", "whole", "https://one.example/2")
    return one


def atom(body: str, root: str = '<feed xmlns="http://www.w3.org/2005/Atom">') -> Entry:
    (one,) = parse(
        f"{root}<title>F</title><entry><id>1</id><link href='https://one.example/1'/>{body}</entry></feed>"
    ).entries
    return one


@pytest.mark.parametrize(
    ("body", "title", "markup"),
    [
        (f"<title type='xhtml'><div {XHTML}>Vote <em>today</em></div></title>", "Vote today", ""),
        (f"<title type='xhtml'><div {XHTML}>Vote<br/>today</div></title>", "Vote today", ""),
        (f"<title>T</title><content type='xhtml'><div {XHTML}><p>a &lt; b</p></div></content>", "T", "<p>a &lt; b</p>"),
        ("<title>T</title><content type='xhtml'><x:div xmlns:x='http://www.w3.org/1999/xhtml'><x:p>a</x:p></x:div></content>", "T", "<p>a</p>"),
        (f"<title>T</title><summary type='xhtml'><div {XHTML}><a id='x'/><p>a</p></div></summary>", "T", "<a id='x'></a><p>a</p>"),
        ("<title type='text'>a &lt;b&gt; c &amp;amp; d</title>", "a <b> c &amp; d", ""),
        ("<title type='html'>a &lt;b>c&lt;/b></title><summary type='text'>1 &lt; 2</summary>", "a c", "1 &lt; 2"),
    ],
)  # fmt: skip
def test_texts_of_atom_are_read_by_their_type(body: str, title: str, markup: str) -> None:
    entry = atom(body)
    assert entry.title == title and markup in entry.markup


@pytest.mark.parametrize(
    "text",
    [
        "<p>one</p><p>two</p>",
        "one <b>two</b> three",
        '<a href="https://one.example/?a=1&amp;b=2">one</a>',
        "one<br>two",
        "<p>one<p>two",
        "<img src=https://one.example/a.png>one",
        "<b>one<i>two</b></i>",
        "one</p> two",
        "<input checked>one",
        "<!-- x --><p>one</p>",
    ],
)
def test_markup_that_is_not_escaped_is_kept_as_markup(text: str) -> None:
    assert first(text).markup == text.replace("<!-- x -->", "")
    more = f"<content:encoded>{text}, and much more</content:encoded>"
    assert first("short", more).markup.startswith(text.replace("<!-- x -->", "").replace("&amp;", "&amp;")[:9])


@pytest.mark.parametrize("reference", ["&#150;", "&#x96;", "\x96"])
def test_numbers_of_windows_are_its_characters(reference: str) -> None:
    entry = first(f"9{reference}10", title=f"9{reference}10")
    assert (entry.title, entry.markup) == ("9–10", "9–10")


@pytest.mark.parametrize("reference", ["&#0;", "&#11;", "&#xD800;", "&#xFFFF;", "&#x110000;", "&#9999999999;"])
def test_numbers_of_no_character_are_replaced(reference: str) -> None:
    assert first("x", title=f"a{reference}b").title == "a\ufffdb"


@pytest.mark.parametrize("reference", ["&#xD800;", "&#99999999999;", "&nbsp;", "&"])
def test_references_after_a_section_that_never_ends_are_read_as_elsewhere(reference: str) -> None:
    one = "<item><title>one</title><description><![CDATA[a &amp; b</description></item>"
    feed = parse(rss(one, f"<item><title>a{reference}b</title><description>two</description></item>"))
    said = {"&nbsp;": "a b", "&": "a&b"}.get(reference, "a\ufffdb")
    assert [entry.title for entry in feed.entries] == ["one", said]
    assert feed.entries[0].markup.startswith("a &amp; b") and feed.entries[1].markup == "two"


@pytest.mark.parametrize("title", ["部長談<晨報>社論", "A <B> C", "1 < 2 > 0", "<3", "x<y", "AT&T <i>"])
def test_brackets_of_a_title_are_no_markup(title: str) -> None:
    escaped = title.replace("&", "&amp;").replace("<", "&lt;")
    for form in (escaped, escaped.replace(">", "&gt;"), f"<![CDATA[{title}]]>", escaped.replace("&", "&amp;")):
        assert first("x", title=form).title == title
    assert first("x", title="a &lt;b>c&lt;/b>&lt;br/>d").title == "a c d"
    assert first("x", title="a <b>c</b><br>d").title == "a c d"


@pytest.mark.parametrize("prefix", ["media", "m", "itunes"])
def test_other_vocabularies_do_not_win_over_the_feed(prefix: str) -> None:
    said = "".join(
        f"<{prefix}:{name}>other, and far longer</{prefix}:{name}>" for name in ("title", "description", "summary")
    )
    for body in (said + raw(1, "own", "mine")[6:-7], raw(1, "own", "mine")[6:-7] + said):
        (entry,) = parse(rss(f"<item>{body}</item>").replace("<rss ", f"<rss {MEDIA} ")).entries
        assert (entry.title, entry.markup) == ("own", "mine")
    only = atom(
        "<title>T</title><media:group><media:title>x</media:title><media:description>alone</media:description></media:group>"
    )
    assert (only.title, only.markup) == ("T", "alone")


@pytest.mark.parametrize(
    "junk",
    [
        "\n \n",
        "\ufeff\ufeff",
        "Warning: x in <b>y.php</b><br />\n",
        "<!-- <rss> -->",
        "HTTP/1.1 200 OK\n\n",
        "&nbsp;",
        "<?php ?>",
    ],
)
def test_what_stands_before_the_document_is_skipped(junk: str) -> None:
    assert [entry.title for entry in parse(junk + rss(item(1), item(2))).entries] == ["标题1", "标题2"]


def test_usual_prefixes_need_no_declaration() -> None:
    entry = first("short", "<content:encoded><![CDATA[<p>much longer</p>]]></content:encoded><dc:creator>N</dc:creator>"
                  "<dc:date>2024-03-20T15:00:00Z</dc:date><zzz:x y:z='1'>?</zzz:x>")  # fmt: skip
    assert (entry.markup, entry.author, entry.date) == ("<p>much longer</p>", "N", "2024-03-20T15:00:00Z")
    assert atom("<title>T</title>", "<feed>").title == "T"
    assert atom("<title>T</title>", '<feed xmlns="https://www.w3.org/2005/Atom/">').title == "T"


def test_the_link_of_an_entry_is_found() -> None:
    link = "https://one.example/1"
    for form in (
        f"<atom:link rel='self' href='https://one.example/x'/><link>{link}</link>",
        f"<link>{link}</link><atom:link rel='self' href='https://one.example/x'/>",
        f"<link/>{link}",
        f"<atom:link href='{link}'/>",
        f"<link><![CDATA[ {link} ]]></link>",
    ):
        (entry,) = parse(rss(f"<item><title>T</title>{form}<description>d</description></item>")).entries
        assert (entry.link, entry.markup) == (link, "d"), form


WHOLE = rss(*(raw(n, f"T{n}", f"text {n}", "<guid>g</guid>") for n in (1, 2, 3)))


@pytest.mark.parametrize(
    "document",
    [
        WHOLE.replace("</channel></rss>", ""),
        WHOLE.replace("text 2</description>", "text 2"),
        WHOLE.replace("T2</title>", "T2"),
        WHOLE.replace("</item>", "", 1),
        WHOLE.replace("<item>", "<item a=1 b>"),
        WHOLE.replace("<item>", '<item a="1" a="2">'),
        WHOLE.replace("item>", "Item>").replace("description", "DESCRIPTION"),
        WHOLE.replace("</guid>", "</link>", 1),
        WHOLE.replace("</guid>", "", 1),
        WHOLE.replace('version="2.0"', "version=2.0"),
        WHOLE.replace("T2", "T\x002\x1b"),
        WHOLE + WHOLE,
        WHOLE + "<script>",
    ],
)
def test_what_is_not_well_formed_loses_no_entry(document: str) -> None:
    entries = parse(document).entries
    assert [(one.title, one.link, one.markup) for one in entries] == [
        (f"T{n}", f"https://one.example/{n}", f"text {n}") for n in (1, 2, 3)
    ]


def test_a_section_may_hold_anything() -> None:
    text = "<p>&lt;</item><item></description> ]] > &amp; <!-- </p>"
    assert first(f"<![CDATA[{text}]]>").markup == text
