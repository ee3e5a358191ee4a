"""Lists of feeds: OPML in and out, addresses one a line."""

from __future__ import annotations

import pytest

from timeline.fetching.outlines import MAX_FEEDS, MAX_LIST_BYTES, ListError, parse_list, write_opml

OPML = """<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><head><title>x</title></head><body>
<outline text="Asia"><outline type="rss" text="One" xmlUrl="https://One.example/feed#x" htmlUrl="https://one.example"/>
<outline text="in it"><outline title="Two &amp; more" XMLURL="https://two.example/rss"/></outline></outline>
<outline text="One again" xmlUrl="https://one.example/feed"/><outline text="local" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


def test_the_feeds_of_all_folders_are_found_once() -> None:
    found = parse_list(OPML.encode())
    assert [(feed.url, feed.title) for feed in found.feeds] == [
        ("https://one.example/feed", "One"),
        ("https://two.example/rss", "Two & more"),
    ]
    assert found.feeds[0].home == "https://one.example"
    (problem,) = found.problems
    assert "file:///etc/passwd" in problem


def test_addresses_are_read_one_a_line() -> None:
    text = (
        "# ours\r\nhttps://one.example/feed  # the first\n\n  two.example/rss \nhttps://one.example/feed\nftp://x/y\n"
    )
    found = parse_list(text.encode())
    assert [feed.url for feed in found.feeds] == ["https://one.example/feed", "https://two.example/rss"]
    assert len(found.problems) == 1


def test_what_is_written_is_read_again() -> None:
    rows = [('"A" & <B>', "One\n", "https://one.example/feed?a=1&b=2"), ("C", "", "https://two.example/rss")]
    found = parse_list(write_opml("a < b", rows).encode())
    assert [feed.url for feed in found.feeds] == [url for _, _, url in rows]
    assert [feed.title for feed in found.feeds] == ["One", "https://two.example/rss"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"# nothing\n",
        b"<opml></opml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><opml><outline xmlUrl="&a;"/></opml>',
        b"x" * (MAX_LIST_BYTES + 1),
        b"\x00\x01\x02",
    ],
)
def test_a_list_that_names_no_feed_is_refused(data: bytes) -> None:
    with pytest.raises(ListError):
        parse_list(data)


def test_a_list_without_end_is_cut_and_says_so() -> None:
    found = parse_list("".join(f"https://one.example/{n}\n" for n in range(MAX_FEEDS + 7)).encode())
    assert len(found.feeds) == MAX_FEEDS and "are taken" in found.problems[-1]
