"""Bytes of web pages → articles, and markup that is stored without anything that acts."""

from __future__ import annotations

import pytest

from timeline.fetching.pages import NoArticleError, article_markup, is_summary, named_feeds
from timeline.fetching.sanitize import sanitize

URL = "https://one.example/feeds/world"

LONG = "英国政府表示，大选将于今年年底前举行，各政党已经开始准备，选举委员会将公布日程。" * 3


# --- Pages --------------------------------------------------------------------------------------
PAGE = f"""<html><head><meta charset="utf-8"><title>英国大选</title>
<link rel="alternate" type="application/rss+xml" title="要闻" href="/rss.xml">
<link rel="ALTERNATE nofollow" type="application/atom+xml; charset=utf-8" href="https://two.example/atom">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<link rel="alternate" hreflang="en" href="/en"></head>
<body><nav><a href="/">首页</a></nav><article><h1>英国大选</h1><p>{LONG}</p><p onclick="x()">第二段：{LONG}</p>
<script>alert(1)</script></article><footer>版权所有</footer></body></html>"""


def test_the_article_of_a_page_is_read_without_what_surrounds_it() -> None:
    markup = article_markup(PAGE.encode(), "text/html", URL)
    assert LONG in markup and "第二段" in markup
    assert not any(word in markup for word in ("首页", "版权所有", "alert", "onclick"))


def test_a_page_in_another_encoding_is_read_by_its_meta() -> None:
    page = PAGE.replace('charset="utf-8"', 'charset="gb2312"').encode("gb18030")
    assert LONG in article_markup(page, "text/html; charset=iso-8859-1", URL)


@pytest.mark.parametrize("page", ["", "<html></html>", "<p>404</p>", "<div>" * 50_000 + LONG, "\x00" * 100])
def test_a_page_without_an_article_is_refused(page: str) -> None:
    with pytest.raises(NoArticleError):
        article_markup(page.encode(), "text/html", URL)


def test_the_feeds_that_a_page_names_are_found() -> None:
    title, feeds = named_feeds(PAGE.encode(), "text/html", URL)
    assert title == "英国大选"
    assert [(feed.url, feed.title) for feed in feeds] == [
        ("https://one.example/rss.xml", "要闻"),
        ("https://two.example/atom", ""),
    ]


def test_a_summary_is_distinguished_from_an_article() -> None:
    assert is_summary("<p>英国将于年底举行大选。</p>")
    assert is_summary(f"<p>{LONG * 5}…</p>") and is_summary(f"<p>{LONG * 5}</p><a>阅读全文 »</a>")
    assert not is_summary(f"<p>{LONG * 5}</p>")


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<style>@import 'http://evil.example'</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<base href='javascript:alert(1)//'>",
    "<meta http-equiv=refresh content='0;javascript:alert(1)'>",
    "<" + "div>" * 3000 + "<script>alert(1)</script>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_is_stored_without_anything_that_acts(payload: str) -> None:
    kept = sanitize(f"<p>大选</p>{payload}").lower()
    assert "<p>大选</p>" in kept or "大选" in kept
    for bad in (
        "<script",
        "onerror",
        "onload",
        "javascript:",
        "<iframe",
        "<svg",
        "<style",
        "style=",
        "<form",
        "<base",
        "<meta",
        "srcdoc",
        "data:",
    ):
        assert bad not in kept


def test_the_structure_of_a_text_survives() -> None:
    text = (
        '<div class="share">分享</div><h2 id="a">题</h2><ul><li>一</li></ul><table><tbody><tr><td>1</td></tr></tbody>'
    )
    text += "</table>"
    assert sanitize(text) == text
    assert sanitize("a < b") in ("a &lt; b", "a < b") and sanitize("plain & text") == "plain & text"
