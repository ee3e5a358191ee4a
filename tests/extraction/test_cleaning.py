"""The text shown: paragraphs of the article, without what is around it, whatever the markup."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from timeline.extraction.cleaning import SPACE, clean
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


STORY = "<p>港口城市的选举委员会公布了各区的投票时间，并说选票已经全部印好。</p>"
STORY += "<p>反对党对选民名册提出疑问，委员会答应在一周之内逐条核对并公开结果。</p>" * 3
TEXT = clean(STORY)


@pytest.mark.parametrize(
    "around",
    [
        "<figure><img src=a><figcaption>2011年8月3日，总统在码头。</figcaption></figure>",
        "<img src=a><div><small>2011年8月3日，总统在码头</small></div>",
        "<img alt='2011年8月3日，总统在码头。' src=a><div class=x1><span>2011年8月3日，总统在码头。</span></div>",
        "<div><img src=a><b>旧照</b>：2011年8月3日，总统在码头。</div>",
        "<div><img src=a><br>2011年8月3日，总统在码头。</div>" * 4,
        "<h3>相关图集：码头往事</h3>" + "<div><img src=a><b>旧照</b>：2011年8月3日。</div>" * 3,
        "<div class='fullPic'><div class='picInfo'>2011年8月3日，总统在码头。</div></div>",
        "<p>总统在码头视察。（本社资料照片）</p>",
        "<p>總統在碼頭視察。記者林某某攝 100年8月3日</p>",
        "<p>资料图片：2011年8月3日，总统在码头。</p>",
        "<p>The president at the port, 3 August 2011. © Getty Images</p>",
        "<div class=BoxInner><div>訂閱週報 每天5分鐘</div><input><div>請輸入信箱</div><a href=x>訂閱</a></div>",
        "<div class='mySubscriptionBox'>订阅晨报</div>",
        "<p><a href=a>另一个标题，上月3日的</a></p><p><a href=b>又一个标题，下周二的</a></p>",
        "<ol><li><a href=a>另一个标题</a></li><li><b><a href=b>又一个标题</a></b></li></ol>",
        "<div>14 分钟前</div>",
        "<time>最近更新： 3 小时前</time>",
        "<div>Updated 2 hours ago</div>",
        "<div>2 hrs ago</div>",
        "<div class='post-tags'><a href=a>港口</a> <a href=b>2011年</a></div>",
        "<i>Wed, 20 Mar 2024 15:42:00 GMT</i><br>",
        "<i>2024-03-20T15:42:00.123Z</i><br>",
        "<p>— Someone (@someone) March 3, 2024</p>",
        "<p>在 Instagram 查看这则帖子</p><p>Someone（@some.one）分享的帖子 於 2024 年 3月 3 日张贴</p>",
        "<p>＝＝＝＝＝＝</p><p>***</p>",
        "<p>图为2011年8月3日选民在码头。海港社记者 林某某 摄</p>",
        '<p>This article appeared in the Christmas section of the print edition under the headline "Ports"</p>',
        "<p>This story was originally published in the Summer 2023 issue.</p>",
        "<p>本文原载于海港月刊2024年3月号</p>",
    ],
)
@pytest.mark.parametrize("place", ["before", "within", "after"])
def test_what_stands_around_an_article_is_left_out_wherever_it_stands(around: str, place: str) -> None:
    half = STORY.index("</p>") + 4
    whole = {"before": around + STORY, "within": STORY[:half] + around + STORY[half:], "after": STORY + around}
    assert clean(f"<div>{whole[place]}</div>") == TEXT


@pytest.mark.parametrize(
    "end",
    [
        "<p>記者 王某 報導 責編 李某 網編 張某</p>",
        "<p>编译 王某/李某；审校 张某</p>",
        "<p>翻译：王某、李某</p><p>点击查看本文英文版。</p>",
        "<p>王某是本报驻海港城记者，2011年加入本报，此前任编辑。</p><p>李某对本文有报道贡献。</p>",
        "<p>Jo Doe is a correspondent in the port city; she joined the paper in 2011.</p>",
        "<p>Reporting by Jo Doe; editing by Max Moe</p>",
    ],
)
def test_who_wrote_it_is_left_out_at_the_end_and_only_there(end: str) -> None:
    assert clean(STORY + end) == TEXT
    assert clean(end + STORY) != TEXT


@pytest.mark.parametrize("credit", ["（编辑：王某）1130320", "（譯者：王某/核稿：李某）", "(完)", "（編輯：王某）"])
def test_an_editor_behind_the_last_sentence_is_cut_off_and_the_sentence_stays(credit: str) -> None:
    assert clean(f"<p>会议在海港城开始。{credit}</p>") == "会议在海港城开始。"


@pytest.mark.parametrize(
    "markup",
    [
        "<div class='article subscribe-wall'>" + STORY * 3 + "</div>",  # named like a form, and holds the article
        "<div class='share'>" + STORY * 3 + "</div>",
        "<div><img src=a><p>议会周三通过预算。</p><p>投票在周五。</p></div>",  # a picture and paragraphs
        "<div><img src=a>" + "议会周三通过预算，周五投票。" * 30 + "</div>",  # a text behind a picture
        # linked sentences
        "<p><a href=a>总统周三宣布，议会选举在10月举行。</a></p><p><a href=b>反对党说要抵制。</a></p>",
        "<p>外长周三乘飞机前往（路透社）海港城。</p>",
        "<p>记者问总统：“你何时辞职？”总统没有回答。</p><p>他说，编辑部的决定与他无关。</p>",
        "<p>这家报纸的编辑王某周三出庭作证。</p>" * 2,
        "<p>预算为3 小时前所提的数目，议会周三表决。</p>",
        "<p>议会周三开会。</p><p>王某是海港城的公民记者，2011年被捕，判刑四年。</p>",
        "<p>议会周三开会。</p><p>海港大学的学者认为，反对党自去年起失去了许多选民。</p>",
        "<p>议会周三开会。</p><p>“我们相信编辑王某会回来”</p>",
        "<p>The council met.</p><p>Jo Doe is a reporter whom the police arrested on May 3.</p>",
    ],
)
def test_sentences_of_the_article_are_never_taken_for_what_is_around_it(markup: str) -> None:
    assert SPACE.sub("", clean(markup)) == SPACE.sub("", LexborHTMLParser(markup).body.text())  # type: ignore[union-attr]


def test_pictures_alone_give_no_text_and_so_no_event() -> None:
    one = "<div><img src=a><br><b>第一张</b>：2031年5月4日，两国总统在海港城签署同盟条约。</div>"
    assert clean(f"<div>{one}{one.replace('5月', '6月')}</div>") == ""


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
    "named parts": "<div class=share>" * 900 + "x" * 3_000_000 + "</div>" * 900,
    "pictures": "<div><img>x" * 900 + "y" * 3_000_000 + "</div>" * 900,
    "fields": ("<div><input>" * 900 + "y" * 100) * 20,
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


def test_nothing_is_lost_of_real_articles_but_captions_stamps_and_names(shared: Path) -> None:
    """49 articles cleaned by hand, captions and editors left in: every line is theirs, and the sentences of an
    article are all there. Of the annotated events only those of picture galleries and captions may go.
    """
    lost = events = 0
    for line in (shared / "gold" / "dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        folder = shared if row["article"].startswith("corpus") else shared / "gold" / "articles"
        path = folder / (row["article"] if folder == shared else Path(row["article"]).name)
        raw = parse_post(path.read_bytes(), path.stem)
        cleaned, by_hand = clean(raw.markup, raw.title), SPACE.sub(" ", row["text"])
        assert all(part in by_hand for part in cleaned.split("\n")), row["id"]
        if not cleaned:  # a gallery
            continue
        whole = SPACE.sub(" ", cleaned)
        events += len(row["events"])
        lost += sum(SPACE.sub(" ", event["quote"]) not in whole for event in row["events"])
    assert events > 60
    assert lost <= 2  # both told by captions
