"""Who is named: countries, blocs, seats, leaders and places, and what only looks like one."""

from __future__ import annotations

from datetime import date

import opencc
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from timeline.extraction import gazetteer
from timeline.extraction.gazetteer import find_mentions, members
from timeline.extraction.script import fold, is_traditional

DAY = date(2024, 3, 20)
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


def named(text: str, day: date = DAY) -> list[str]:
    return [
        f"{text[m.start : m.end]} {'+'.join(m.codes)}{' @' + m.place if m.place else ''}"
        for m in find_mentions(text, day)
    ]


def test_every_actor_is_found_by_its_three_names() -> None:
    for actor in gazetteer.actors().values():
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


# --- promises of the data -----------------------------------------------------------------------


def test_every_country_of_the_standard_has_three_names() -> None:
    codes = {c for c in map(str, Locale("en").territories) if len(c) == 2 and c.isalpha()} - NOT_COUNTRIES
    countries = {code: a for code, a in gazetteer.actors().items() if a.kind == "country"}
    assert countries.keys() == codes
    assert all(len(a.names) == 3 and all(a.names.values()) for a in countries.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("中非总统", "CF"),
        ("刚果（金）", "CD"),
        ("刚果民主共和国", "CD"),
        ("民主刚果", "CD"),
        ("刚果（布）", "CG"),
        ("几内亚比索", "GW"),
        ("布吉纳法索", "BF"),
        ("吉尔吉斯坦", "KG"),
        ("塞浦鲁斯", "CY"),
        ("卡达", "QA"),
        ("白罗斯", "BY"),
        ("馬其頓", "MK"),
        ("科索伏", "XK"),
        ("波赫", "BA"),
        ("摩爾多瓦", "MD"),
        ("沙烏地", "SA"),
        ("阿聯", "AE"),
        ("科特迪瓦", "CI"),
        ("史瓦濟蘭", "SZ"),
        ("維德角", "CV"),
        ("甘比亞", "GM"),
        ("貝南", "BJ"),
        ("馬利", "ML"),
        ("茅利塔尼亞", "MR"),
        ("英格蘭", "GB"),
        ("北愛爾蘭", "GB"),
        ("巴布亞紐幾內亞", "PG"),
        ("巴新", "PG"),
        ("外蒙古", "MN"),
        ("羅馬教廷", "VA"),
        ("Kenyan", "KE"),
        ("Ivory Coast", "CI"),
        ("DPRK", "KP"),
        ("Democratic Republic of the Congo", "CD"),
    ],
)
def test_a_country_is_found_by_what_newsrooms_call_it(text: str, code: str) -> None:
    assert [m.codes for m in find_mentions(f"在{text}。", DAY)] == [(code,)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("其中非常重要", []),
        ("青少年中非常受欢迎", []),
        ("马里兰州和马里奥", ["马里兰州 US @US-MD"]),
        ("索马利兰", []),
        ("新墨西哥和新几内亚", []),
        ("美国乔治亚州", ["美国 US"]),
        ("理查德·马尔斯", ["理查德·马尔斯 AU"]),
        ("理查德", []),
        ("加沙地带", ["加沙地带 PS @PS-GZA"]),
        ("海南非法捕鱼", []),
        ("参加国和增加国防开支", []),
        ("在采访中说", []),
        ("可以方便地", []),
        ("执法方式、立法方面", []),
        ("对台方针", []),
        ("对华为的制裁", []),
        ("对法律和对日常工作", []),
        ("事实上合作", []),
        ("包罗万象", []),
        ("武汉城里", []),
        ("雷达卡车", []),
        ("华沙条约与贝鲁特港", []),
        ("（路透北京8月3日电）", []),
        ("东京股市和伦敦大学", []),
        ("据韩国媒体报道", []),
        ("德国智库与华盛顿智库", []),
        ("台湾旅行法", []),
        ("英国《金融时报》", []),
        ("南海与中国南海", []),
        ("惠特梅尔州长", []),
        ("公布哈里斯为副手", []),
        ("日内瓦", []),
        ("驻德黑兰大使", ["德黑兰 IR"]),
        ("对日内瓦", []),
        ("驻华盛顿大使", ["华盛顿 US"]),
        ("对美国", ["美国 US"]),
        ("法国总统府", ["法国总统府 FR"]),
        ("总统府", ["总统府 TW"]),
        ("朝鲜外务省", ["朝鲜外务省 KP"]),
        ("New Jersey and Indiana", []),
    ],
)
def test_a_short_name_is_none_inside_other_words(text: str, wanted: list[str]) -> None:
    assert named(text, date(2023, 6, 1)) == wanted


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("国家杜马", "RU"),
        ("联邦议院", "DE"),
        ("立法院", "TW"),
        ("立法会", "HK"),
        ("国会山", "US"),
        ("全国人大", "CN"),
        ("克奈塞特", "IL"),
        ("最高拉达", "UA"),
        ("荷里路德", "GB"),
        ("青瓦台", "KR"),
        ("愛麗舍宮", "FR"),
        ("赫爾辛基", "FI"),
        ("奈比多", "MM"),
        ("馬拉坎南宮", "PH"),
        ("葉里溫", "AM"),
    ],
)
def test_a_seat_stands_for_its_government(text: str, code: str) -> None:
    assert [(m.codes, m.how) for m in find_mentions(text, DAY)] == [((code,), "seat")]


BLOCS = """
nato eu un aukus quad five-eyes g7 g20 asean sco brics cptpp rcep opcw who new-start open-skies jcpoa paris-agreement
usmca gcc au oas mercosur csto eaeu cis wto apec opec opec-plus icc unhrc inf tpnw ctbt schengen eurozone coe
arab-league oic ecowas pif commonwealth weimar bucharest-nine visegrad i2u2 ipef lancang-mekong ceec bimstec saarc
turkic-states normandy six-party-talks cai ecfa us-taiwan-trade bri focac celac aiib oecd osce asem eas abraham-accords
sahel-alliance democracy-summit
""".split()


def test_the_blocs_of_the_news_are_known() -> None:
    assert set(BLOCS) <= {code for code, actor in gazetteer.actors().items() if actor.kind == "bloc"}


@pytest.mark.parametrize(
    ("bloc", "day", "inside", "outside"),
    [
        ("nato", "2024-03-08", "SE FI TR", "UA"),
        ("nato", "2023-04-03", "MK", "FI SE"),
        ("brics", "2024-01-01", "ZA EG ET IR AE", "AR ID SA"),
        ("brics", "2025-01-06", "ID", "SA"),
        ("cptpp", "2024-12-15", "GB CL", "CN US"),
        ("cptpp", "2024-12-14", "BN", "GB"),
        ("rcep", "2023-06-02", "PH ID", "IN"),
        ("asean", "2025-10-26", "TL", "PG"),
        ("sco", "2024-07-04", "BY IR IN", "TM"),
        ("g20", "2023-09-10", "au eu ZA", "ES"),
        ("open-skies", "2020-11-23", "RU GB", "US"),
        ("open-skies", "2021-12-19", "GB", "US RU"),
        ("inf", "2019-08-02", "US RU", "CN"),
        ("inf", "2019-08-03", "", "US RU"),
        ("new-start", "2026-02-05", "US RU", "CN"),
        ("new-start", "2026-02-06", "", "US RU"),
        ("jcpoa", "2018-05-09", "IR eu GB FR DE RU CN", "US"),
        ("coe", "2022-03-17", "UA TR GB", "RU BY"),
        ("ecowas", "2025-01-30", "NG GH", "ML BF NE"),
        ("sahel-alliance", "2024-07-06", "ML BF NE", "NG"),
        ("opec", "2024-01-01", "GA", "AO QA"),
        ("schengen", "2024-04-01", "BG RO HR CH", "IE GB CY"),
        ("eurozone", "2026-01-01", "BG HR", "SE DK"),
        ("au", "2017-01-31", "MA", "IL"),
        ("arab-league", "2020-01-01", "PS", "SY"),
        ("arab-league", "2023-06-01", "SY", "IR"),
        ("abraham-accords", "2021-01-06", "IL AE BH MA SD", "SA"),
        ("ceec", "2021-05-23", "CN HU EE", "LT"),
        ("ipef", "2022-05-27", "FJ IN", "TW"),
        ("usmca", "2020-07-01", "US CA MX", "GB"),
        ("nafta", "2020-07-01", "", "US CA MX"),
        ("pif", "2022-08-01", "PF NC", "KI"),
        ("oas", "2023-11-20", "BR", "NI"),
        ("bucharest-nine", "2024-01-01", "PL RO", "DE"),
        ("weimar", "2024-01-01", "DE FR PL", "GB"),
        ("turkic-states", "2024-01-01", "TR UZ", "TM"),
    ],
)
def test_members_by_day(bloc: str, day: str, inside: str, outside: str) -> None:
    found = members(bloc, date.fromisoformat(day))
    assert set(inside.split()) <= found
    assert not found & set(outside.split())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("“一带一路”倡议", ["“一带一路”倡议 bri"]),
        ("台湾海峡与世贸中心", []),
        ("明斯克集团和明斯克协议", ["明斯克集团 minsk-group", "明斯克协议 minsk-agreements"]),
        ("AUKUS第二支柱", ["AUKUS第二支柱 aukus"]),
        ("布加勒斯特九国", ["布加勒斯特九国 bucharest-nine"]),
        ("東協加三", ["東協加三 asean-plus-three"]),
        ("新墨西哥與新《削減戰略武器條約》", ["新《削減戰略武器條約》 new-start"]),
    ],
)
def test_blocs_are_found_by_their_other_names(text: str, wanted: list[str]) -> None:
    assert named(text) == wanted


@pytest.mark.parametrize(
    ("text", "day", "wanted"),
    [
        ("拜登", "2021-03-01", "US"),
        ("拜登", "2034-03-01", ""),
        ("施紀賢", "2024-09-01", "GB"),
        ("斯塔默", "2010-09-01", ""),
        ("陸克文", "2013-07-01", "AU"),
        ("赛义德总统", "2022-07-01", "TN"),
        ("穆罕默德六世", "2020-12-01", "MA"),
        ("翁山蘇姬", "2015-11-08", "MM"),
        ("昂山素季", "2015-11-08", "MM"),
        ("尹錫悅", "2022-03-09", "KR"),
        ("朴槿惠", "2013-02-25", "KR"),
        ("佩通坦", "2024-08-16", "TH"),
        ("總統紐西", "2019-10-15", "MZ"),
        ("米萊", "2023-11-19", "AR"),
        ("希拉里•克林顿", "2016-11-08", "US"),
        ("容克", "2016-06-24", "eu"),
        ("潘基文", "2016-06-24", "un"),
        ("马克·吕特", "2025-06-24", "nato"),
        ("首相吕特", "2017-03-15", "NL"),
        ("Starmer", "2024-09-01", "GB"),
    ],
)
def test_persons_stand_for_governments(text: str, day: str, wanted: str) -> None:
    assert [m.codes[0] for m in find_mentions(text, date.fromisoformat(day))] == wanted.split()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("青森縣知事", ["青森縣 JP @JP-02"]),
        ("东京都议会", ["东京都 JP @JP-13"]),
        ("德里首席部长", ["德里 IN @IN-DL"]),
        ("邦萨摩洛选举", ["邦萨摩洛 PH @PH-14"]),
        ("苏格兰首席大臣", ["苏格兰 GB @GB-SCT"]),
        ("柔佛州选举", ["柔佛州 MY @MY-01"]),
        ("索马里兰总统选举", ["索马里兰 SO @SO-SL"]),
        ("莫斯科市杜马", ["莫斯科市 RU @RU-MOW"]),
        ("哥伦比亚特区选举人团", []),
        ("华沙", ["华沙 PL"]),
    ],
)
def test_places_count_with_what_votes_there(text: str, wanted: list[str]) -> None:
    assert named(text) == wanted


@pytest.mark.parametrize(
    ("country", "type", "stage", "window", "wanted"),
    [
        ("US", "presidential", "vote", "2024-11-01 2024-11-30", "2024-11-05"),
        ("US", "presidential", "result", "2020-12-01 2020-12-31", "2020-12-14"),
        ("US", "presidential", "result", "2024-12-01 2024-12-31", "2024-12-17"),
        ("US", "presidential", "result", "2025-01-01 2025-01-31", "2025-01-20"),
        ("US", "presidential", "result", "2024-12-01 2025-01-31", ""),
        ("MX", "presidential", "vote", "2024-06-01 2024-06-30", "2024-06-02"),
        ("MX", "presidential", "vote", "2021-06-01 2021-06-30", ""),
        ("MX", "legislative", "vote", "2021-06-01 2021-06-30", "2021-06-06"),
        ("CL", "presidential", "runoff", "2021-12-01 2021-12-31", "2021-12-19"),
        ("CO", "presidential", "runoff", "2022-06-01 2022-06-30", "2022-06-19"),
        ("KR", "legislative", "vote", "2024-04-01 2024-04-30", "2024-04-10"),
        ("KR", "legislative", "vote", "2020-04-01 2020-04-30", "2020-04-15"),
        ("KR", "local", "vote", "2026-06-01 2026-06-30", "2026-06-03"),
        ("FI", "legislative", "vote", "2023-04-01 2023-04-30", ""),
        ("GB", "local", "vote", "2024-05-01 2024-05-31", "2024-05-02"),
        ("EE", "legislative", "vote", "2023-03-01 2023-03-31", "2023-03-05"),
        ("DE", "legislative", "vote", "2025-02-01 2025-02-28", ""),
        ("US", "presidential", "vote", "2024-11-05 2024-11-05", ""),
    ],
)
def test_a_law_tells_the_only_day_of_a_window(country: str, type: str, stage: str, window: str, wanted: str) -> None:
    start, end = map(date.fromisoformat, window.split())
    found = gazetteer.day_by_law(country, type, stage, start, end)
    assert str(found or "") == wanted


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
