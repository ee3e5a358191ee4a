"""Which events a sentence holds: type, participants, days and status; and what is no event."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.extraction import Article, EventMention, read_article
from timeline.extraction.cleaning import clean
from timeline.extraction.events.lexicon import BadLexicon, Lexicon
from timeline.fetching.newsrooms import newsroom_of
from timeline.fetching.posts import parse_post

ANCHOR = date(2024, 3, 20)
LEXICON = tomllib.loads(files("timeline.extraction.events").joinpath("zh.toml").read_text("utf-8"))


def events(text: str, title: str = "") -> list[EventMention]:
    return list(read_article(Article(title, text, datetime(2024, 3, 20, 12, tzinfo=UTC), anchor=ANCHOR)).events)


def short(e: EventMention) -> str:
    who = " ".join((*e.participants, *([f"@{e.place}"] if e.place else [])))
    stage = f"/{e.stage}" if e.stage and e.stage != "vote" else ""
    return f"{e.type}{stage} {who} {e.when.start or ''}/{e.when.end or ''} {e.status}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("英国将于今年年底前举行大选。", ["general GB 2024-03-20/2024-12-31 scheduled"]),
        ("英國將於今年年底前舉行大選。", ["general GB 2024-03-20/2024-12-31 scheduled"]),
        ("美国大选将于11月5日举行。", ["presidential US 2024-11-05/2024-11-05 scheduled"]),
        ("日本众议院选举将于10月27日举行。", ["legislative JP 2024-10-27/2024-10-27 scheduled"]),
        ("高雄市长补选将于本月30日举行。", ["by_election TW @TW-KHH 2024-03-30/2024-03-30 scheduled"]),
        ("欧洲议会选举将于6月6日至9日举行。", ["supranational eu 2024-06-06/2024-06-09 scheduled"]),
        (
            "香港立法会选举推迟到明年9月举行。",
            ["legislative/postponement HK 2025-09-01/2025-09-30 postponed"],
        ),
        ("日本和加拿大有望在2024年底或2025年初加入奥库斯。", ["accession JP CA aukus 2024-10-01/2025-03-31 expected"]),
        ("瑞典已于3月7日正式加入北约。", ["accession SE nato 2024-03-07/2024-03-07 occurred"]),
        ("北约峰会将于7月9日至11日在华盛顿举行。", ["summit nato 2024-07-09/2024-07-11 scheduled"]),
        ("美日韩三国将于下月举行联合军演。", ["exercise US JP KR 2024-04-01/2024-04-30 scheduled"]),
        ("英国外交大臣卡梅伦本周将前往澳洲与澳大利亚同行举行会谈。", ["meeting GB AU 2024-03-18/2024-03-24 scheduled"]),
        ("若特朗普在11月的美国大选中获胜，美国可能会退出北约。", [
            "presidential US 2024-11-01/2024-11-30 scheduled",
            "withdrawal US nato 2024-11-01/ conditional",
        ]),
        ("原定4月5日举行的美中外长会议取消。", ["summit US CN 2024-04-05/2024-04-05 cancelled"]),
    ],
)  # fmt: skip
def test_a_sentence_gives_these_events(text: str, wanted: list[str]) -> None:
    assert [short(e) for e in events(text)] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "尚未就日本和韩国在年底前加入奥库斯协议作出任何决定。",
        "新西兰不能保证今年年底前加入奥库斯协议。",
        "特朗普周五告诉记者，他还没做好选举之夜的计划。",
        "英国首相近日表示将举行大选。",
        "2024年3月19日，伦敦下了雨。",
        "她2019年加入公司。",
    ],
)
def test_no_event_stands_where_the_text_denies_it_or_gives_no_date(text: str) -> None:
    assert [short(e) for e in events(text) if e.status != "cancelled"] == []


def test_one_event_stands_once_with_its_most_precise_date() -> None:
    text = "英国将于今年举行大选。首相说，英国大选将于7月4日举行。"
    assert [short(e) for e in events(text)] == ["general GB 2024-07-04/2024-07-04 scheduled"]


def test_an_election_in_three_countries_is_three_events() -> None:
    text = "英国、美国和澳大利亚都受关注，三国将于明年举行选举。"
    assert [short(e) for e in events(text)] == [
        "general AU 2025-01-01/2025-12-31 scheduled",
        "general GB 2025-01-01/2025-12-31 scheduled",
        "general US 2025-01-01/2025-12-31 scheduled",  # by law no president is elected then
    ]


def test_a_day_without_a_year_of_american_midterms_is_that_of_the_law() -> None:
    told = datetime(2025, 3, 24, tzinfo=UTC)
    found = read_article(Article("", "中期选举将于11月3日举行。", told)).events
    assert [short(e) for e in found] == ["legislative US 2026-11-03/2026-11-03 scheduled"]


def test_whose_vote_of_a_shared_name_is_meant_the_title_may_say() -> None:
    found = events("中期选举定于2025年5月12日举行。", "菲律宾中期选举在即")
    assert [short(e) for e in found] == ["legislative PH 2025-05-12/2025-05-12 scheduled"]
    assert [e.participants for e in events("中期选举定于2026年11月3日举行。", "菲律宾与美国军演")] == [("US",)]


def test_a_summit_of_three_days_lasts_and_a_month_is_when_it_happens() -> None:
    assert [e.when.extent for e in events("北约峰会将于7月9日至11日举行。")] == ["throughout"]
    assert [e.when.extent for e in events("北约峰会将于7月举行。")] == ["within"]


def test_the_text_names_who_says_so() -> None:
    (event,) = events("一位外交官透露说，日本有望在2025年5月加入奥库斯协议。")
    assert event.said_by == "一位外交官"


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for e in events(text):
        assert 0 <= e.evidence_start < e.evidence_end <= len(text)


PIECES = [
    "访问",
    "的",
    "通电话",
    "双方",
    "三国",
    "总理",
    "11月3日",
    "两年后",
    "推迟到",
    "从",
    "总统府",
    "图林根州议会选举",
    "四方安全对话",
    "（",
    "）",
    "将",
    "表示",
    "宣誓就职",
    "美国",
    "后",
    "英国",
    "美日韩",
    "北约",
    "将于",
    "明年5月",
    "举行",
    "大选",
    "，",
    "。",
    "加入",
    "退出",
    "若",
    "三国",
    "该协议",
    "11月",
    "之前",
    "签署",
    "协议",
    "峰会",
    "或",
    "2025年初",
    "会谈",
    "不会",
    "推迟",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_sentence_of_its_own_words_is_read_without_an_error(text: str) -> None:
    for e in events(text):
        assert text[e.evidence_start : e.evidence_end] == e.evidence
        assert e.participants and (e.when.start or e.when.end)


def test_a_mistake_in_the_lexicon_is_refused() -> None:
    row, who = LEXICON["trigger"][0], LEXICON["who"]
    assert Lexicon({"who": who, "trigger": [row]}).entries
    mistakes = ({"kindd": "x"}, {"rule": "nobody"}, {"form": "adverb"}, {"traits": ["unheard_of"]})
    for mistake in mistakes:
        with pytest.raises(BadLexicon, match=row["name"]):
            Lexicon({"who": who, "trigger": [row | mistake]})
    with pytest.raises(BadLexicon, match="stands twice"):
        Lexicon({"who": who, "trigger": [row, row]})


def test_the_article_that_newsdesk_was_thought_up_from_is_read_as_by_hand(shared: Path) -> None:
    """All 10 dated expressions with their intervals, 最近 vague, and all 10 events without a spurious one."""
    gold = next(json.loads(line) for line in (shared / "gold" / "dev.jsonl").open() if '"id": "seed"' in line)
    path = shared / "corpus" / "rfi-aukus-2024-03-20.md"
    raw = parse_post(path.read_bytes(), path.stem)
    zone = newsroom_of(raw.url).zone
    reading = read_article(Article(raw.title, clean(raw.markup, raw.title), raw.published, zone, raw.url))
    assert reading.anchor is not None and (reading.anchor.day, reading.anchor.source) == (ANCHOR, "byline")
    found = [(e.text, str(e.start or ""), str(e.end or ""), e.vague) for e in reading.expressions]
    assert found == [(t["quote"], t["start"] or "", t["end"] or "", t["vague"]) for t in gold["timexes"]]
    read = sorted(
        (e.type, sorted(e.participants), str(e.when.start), str(e.when.end), e.status) for e in reading.events
    )
    by_hand = [(e["type"], sorted(e["participants"]), e["start"], str(e["end"]), e["status"]) for e in gold["events"]]
    assert read == sorted(by_hand)
