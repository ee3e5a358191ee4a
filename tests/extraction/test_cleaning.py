"""The text shown: paragraphs of the article, without what is around it, whatever the markup."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.extraction.cleaning import clean
from timeline.extraction.markup import is_parsable
from timeline.fetching.posts import parse_post, plain
from timeline.fetching.sanitize import sanitize


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>甲<b>乙</b>丙</p><p>丁<br>戊</p>", "甲乙丙\n丁\n戊"),
        ("<div>20/03/2024 - 15:42</div><p>文</p>", "20/03/2024 - 15:42\n文"),
        ("<p>a&nbsp;\u3000 b</p>", "a b"),
        ("<p>文</p><script>alert(1)</script><style>p{}</style><!-- x -->", "文"),
        ("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", "<script>alert(1)</script>"),
        ("<p>文<p>没有结束<div>又一段", "文\n没有结束\n又一段"),
        ("<p>文</p><div>延伸閱讀</div><ul><li><a href=x>别的标题</a></li></ul><p>别的</p>", "文"),
        ("<p>文</p><div class='share'>分享</div><div id='dfp-ad-1'>广告</div>", "文"),
        ("<p>文</p><ul><li><a href=x>链接一</a></li><li><a href=y>链接二</a></li></ul>", "文"),
        ("<p>文</p><hr><div>获取更多RSS：<br><a href='https://feedx.net'>https://feedx.net</a></div>", "文"),
        ("<p>甲&#x1b;乙&#x202e;丙&#xe;丁</p>", "甲乙丙丁"),
        ("没有标签的文字\n第二段", "没有标签的文字\n第二段"),
        ("", ""),
    ],
)
def test_markup_becomes_paragraphs(markup: str, text: str) -> None:
    assert clean(markup) == text


def test_a_title_repeated_at_the_beginning_is_left_out() -> None:
    assert clean("<h1>标题</h1><p>文</p>", "标题") == "文"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<div>" * 200_000 + "深", "深"),
        ("<p>" * 300_000 + "深", "深"),
        ("<" * 500_000, "<" * 500_000),
        ("&" * 500_000, "&" * 500_000),
        ("深" * 3_000_000, "深" * 3_000_000),
        ("<" + "a" * 1_000_000, "<" + "a" * 1_000_000),
        ("<a" * 500_000, "<a" * 500_000),
        ("<p>" + ("a" * 250 + "<i>b</i>") * 19_000, ("a" * 250 + "b") * 19_000),
        ("<p>分享" + "\n" * 1_000_000 + "x", "分享 x"),
    ],
    ids=["deep", "unclosed", "brackets", "ampersands", "long", "letters", "open tags", "pieces", "blanks"],
)
def test_monstrous_markup_is_read_in_one_pass(markup: str, text: str) -> None:
    """A squared pass over any of these takes minutes to days; the time limit of every test ends it."""
    assert clean(markup) == text


MARKUP = {
    "nested": "<div>" * 39_000,
    "nested, and others closed": "<b></i>" * 15_000,
    "nested, and closed in comments": "<div><!--</div>-->" * 13_000,
    "attributes": "<a " + " ".join(f"a{n}" for n in range(200_000)) + ">",
    "attributes behind a quoted tag": "<a b='<p>' " + " ".join(f"a{n}" for n in range(200_000)) + ">",
    "attributes of the page": "".join(f"<html a{n}>" for n in range(39_000)),
    "styles, opened anew in every paragraph": "".join(f"<b id={n}>" for n in range(500)) + "<p>x" * 30_000,
    "styles behind markup that is odd": "<a b=''c>" + "".join(f"<b id={n}>" for n in range(500)) + "<p>x" * 30_000,
    "different styles": "".join(f"<font id={n}>" for n in range(39_000)),
    "lists": "<ul>" * 900 + "<li><a>x</a>" * 10_000 + "y" * 3_000_000,
    "tags": "<p>x" * 1_000_000,
    "no-break spaces": "<p>" + "a\xa0" * 1_600_000,
    "entities of no-break spaces": "<p>" + "&nbsp;" * 800_000,
}


@pytest.mark.parametrize("markup", MARKUP.values(), ids=MARKUP)
def test_markup_for_which_parsers_take_squared_time_or_memory_is_read_all_the_same(markup: str) -> None:
    """Half a second each; a parser takes from 20 s to hours, or more memory than there is."""
    begun = time.process_time()
    text = clean(markup + "<p>深</p>")
    stored = sanitize(markup + "<p>深</p>")
    assert time.process_time() - begun < 15
    assert text.endswith("深") and clean(stored).endswith("深")


def test_honest_markup_is_given_to_the_parser() -> None:
    """Much of everything, as a long page has it: closed styles, quoted values, shapes, scripts."""
    section = (
        '<section class="a b" data-x=\'{"a": 1}\'><h2 id=h>题</h2><svg viewBox="0 0 9 9"><path d="M0 0"/></svg>'
        "<p>文<b>粗</b><i class=icon></i><a href='https://a.example/?a=1&b=2' title=\"it's > that\">链</a>"
        "<ul><li>一<li>二</ul><table><tr><td>a<td>b</table><br/><img src=x alt=''><script>if (a<b) x = '<p>'</script>"
        "<strong><a href=/>链</a></strong></section><!-- <div> -->"
    )
    assert is_parsable("<html><body class=x>" + section * 300 + "</body></html>")


@pytest.mark.parametrize("number", ["9" * 5_000, "0" * 5_000 + "65", "9" * 1_000_000])
def test_a_number_that_no_integer_is_read_from_stands_for_no_character(number: str) -> None:
    assert clean("<div>" * 2_000 + f"甲&#{number};乙") == "甲\ufffd乙"
    assert plain(f"甲&#{number};乙") == "甲\ufffd乙"


@given(st.text(st.characters() | st.sampled_from(list("<>&/=\"'pdiv")), max_size=400))
def test_any_markup_gives_clean_text(markup: str) -> None:
    for c in clean(markup):
        assert c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")


def test_most_real_articles_are_cleaned_as_by_hand(shared: Path) -> None:
    """49 articles cleaned by hand: at least 35 identical, line by line (lists of headlines left in by some hands)."""
    same = 0
    for line in (shared / "gold" / "dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        folder = shared if row["article"].startswith("corpus") else shared / "gold" / "articles"
        path = folder / (row["article"] if folder == shared else Path(row["article"]).name)
        raw = parse_post(path.read_bytes(), path.stem)
        wanted = [part.strip() for part in row["text"].split("\n") if part.strip()]
        same += clean(raw.markup, raw.title).split("\n") == wanted
    assert same >= 35
