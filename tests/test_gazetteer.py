"""Who is named: countries, blocs, seats, leaders and places, and what only looks like one."""

from __future__ import annotations

from datetime import date

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.extraction import gazetteer
from timeline.extraction.gazetteer import find_mentions, members
from timeline.extraction.script import fold, is_traditional

DAY = date(2024, 3, 20)


def named(text: str, day: date = DAY) -> list[str]:
    return [
        f"{text[m.start : m.end]} {'+'.join(m.codes)}{' @' + m.place if m.place else ''}"
        for m in find_mentions(text, day)
    ]


@pytest.mark.parametrize("actor", gazetteer.actors().values(), ids=lambda a: a.code)
def test_every_actor_is_found_by_its_three_names(actor: gazetteer.Actor) -> None:
    for name in actor.names.values():
        found = find_mentions(f"（{name}）", DAY)
        assert [(m.codes, m.end - m.start) for m in found] == [((actor.code,), len(name))], name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("美日韩三国", ["美日韩 US+JP+KR"]),
        ("澳英美三边安全伙伴关系", ["澳英美 AU+GB+US", "三边安全伙伴关系 aukus"]),
        ("中俄元首会晤", ["中俄 CN+RU"]),
        ("紐西蘭與義大利", ["紐西蘭 NZ", "義大利 IT"]),
        ("白宫和克里姆林宫", ["白宫 US", "克里姆林宫 RU"]),
        ("高雄市長補選", ["高雄 TW @TW-KHH"]),
        ("拜登访华", ["拜登 US", "访华 CN"]),
        ("Britain and the US joined NATO", ["Britain GB", "US US", "NATO nato"]),
        ("朝鲜半岛", ["朝鲜 KP"]),
    ],
)
def test_names_stand_for_their_actors(text: str, wanted: list[str]) -> None:
    assert named(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "美丽的法院",
        "加上日前",
        "集中日夜",
        "以后",
        "美国之音报道",
        "南美和中美洲",
        "印度洋",
        "USELESS",
        "东京奥运会",
        "德行",
        "法定",
        "英文",
    ],
)
def test_what_only_holds_a_name_is_no_mention(text: str) -> None:
    assert named(text) == []


def test_a_person_stands_for_a_country_around_the_term() -> None:
    assert named("卡梅伦说", date(2024, 3, 20)) == ["卡梅伦 GB"]
    assert named("卡梅伦说", date(2005, 3, 20)) == []
    assert named("斯塔默说", date(2018, 3, 20)) == []
    assert named("斯塔默与拜登会谈", date(2024, 9, 13)) == ["斯塔默 GB", "拜登 US"]
    assert named("特朗普说", date(2016, 3, 20)) == ["特朗普 US"]


def test_members_are_those_of_the_day() -> None:
    assert "GB" in members("eu", date(2020, 1, 15))
    assert "GB" not in members("eu", date(2020, 2, 15))
    assert len(members("eu", date(2024, 1, 1))) == 27
    assert len(members("nato", date(2024, 3, 6))) == 31
    assert "SE" in members("nato", date(2024, 3, 7))
    assert members("aukus", date(2022, 1, 1)) == {"AU", "GB", "US"}


# --- script -------------------------------------------------------------------------------------


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    "text", ["臺灣總統大選將於後年舉行", "歐洲議會選舉預計於六月舉行", "東協與日本領袖會議", "美國國務卿龐培歐訪問韓國"]
)
def test_folding_gives_what_opencc_gives_character_by_character(text: str) -> None:
    convert = opencc.OpenCC("t2s").convert
    assert fold(text) == "".join(convert(c) for c in text)


def test_signs_become_half_width() -> None:
    assert fold("２０２５年５月（週三）～，：") == "2025年5月(周三)~,:"


@pytest.mark.parametrize(("text", "is_it"), [("美國大選", True), ("美国大选", False), ("大家好", False), ("", False)])
def test_the_script_is_recognised(text: str, is_it: bool) -> None:
    assert is_traditional(text) is is_it
