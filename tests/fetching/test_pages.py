"""Bytes of web pages → articles, and markup that is stored without anything that acts."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.fetching.pages import NoArticleError, article_markup, is_better, is_summary, named_feeds, page_date
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


@pytest.mark.parametrize(
    "bulk",
    [
        "<script>" + "var x = '<div><div>';" * 60_000 + "</script>",
        "<style>" + ".a{color:red}" * 90_000 + "</style>",
        "<!-- " + "<div>" * 50_000 + " -->",
        "<svg>" + "<g><path/></g>" * 45_000 + "</svg>",
    ],
    ids=["script", "style", "comment", "drawing"],
)
def test_what_no_reader_sees_does_not_count_towards_the_limits_of_a_page(bulk: str) -> None:
    page = PAGE.replace("<body>", f"<body>{bulk}")
    assert "第二段" in article_markup(page.encode(), "text/html", URL)


@pytest.mark.parametrize("opening", ["<script>", "<!--", "<style>", "<svg>"])
def test_a_page_full_of_scripts_that_are_never_closed_is_read_in_one_pass(opening: str) -> None:
    """A squared pass takes hours; the time limit of every test ends it."""
    with pytest.raises(NoArticleError):
        article_markup(f"{opening} x".encode() * 300_000, "text/html", URL)


SUMMARY = "<p>港口城的议会周三表决预算，反对党说要抵制会议。</p>"
ARTICLE = "<p>港口城的议会周三表决预算，反对党称将抵制会议。" + "议长说，表决不会推迟，各党已经得到文件。" * 25 + "</p>"
NOTICE = "<p>本文仅供会员阅读。请登录或订阅，即可阅读全部内容，并获得每日要闻与独家分析。</p>"


@pytest.mark.parametrize(
    ("page", "better"),
    [
        (ARTICLE, True),
        (NOTICE, False),
        (NOTICE * 20, False),
        (SUMMARY, False),
        ("", False),
        (SUMMARY + NOTICE, True),  # the summary, with a notice: no worse
        ("<p>港口城</p>", False),
    ],
)
def test_a_page_replaces_the_summary_of_its_article_only_where_it_says_more_of_it(page: str, better: bool) -> None:
    assert is_better(page, SUMMARY, "港口城议会表决预算") == better


def test_a_page_is_better_than_no_summary() -> None:
    assert is_better(ARTICLE, "", "") and not is_better("", "", "")


DATES = [
    '<meta property="article:published_time" content="2024-03-20T09:00:00+01:00">',
    '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2024-03-20T09:00:00Z"}</script>',
    '<meta name="date" content="2024-03-20">',
]


@pytest.mark.parametrize("said", DATES)
def test_the_day_of_a_page_is_what_the_page_says(said: str) -> None:
    page = PAGE.replace("</head>", f"{said}</head>").encode()
    assert page_date(page, "text/html", URL, date(2024, 4, 1)) == date(2024, 3, 20)
    assert page_date(page, "text/html", URL, date(2024, 3, 19)) is None  # it would lie in the future


@pytest.mark.parametrize("page", [PAGE, "", "<div>" * 50_000, "\x00" * 100])
def test_a_page_that_says_no_day_has_none(page: str) -> None:
    assert page_date(page.encode(), "text/html", URL, date(2024, 4, 1)) is None


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
