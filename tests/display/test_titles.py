"""What events and days are called in each language, and that every message of the interface is translated."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import polib
import pytest
from django.utils import translation

from tests.support import messages
from timeline.display.dates import span_words
from timeline.display.titles import title
from timeline.extraction import gazetteer
from timeline.extraction.when import When, day_of
from timeline.models import Actor
from timeline.pipeline.actors import NAME_COLUMNS


def actor(code: str) -> Actor:
    known = gazetteer.actors().get(code)
    kind, names = (known.kind, known.names) if known else (Actor.Kind.PLACE, gazetteer.places()[code].names)
    return Actor(code=code, kind=kind, **{column: names[language] for language, column in NAME_COLUMNS.items()})


@dataclass
class Titled:
    kind: str
    type: str
    stage: str
    place: Actor | None
    participants: list[Actor]
    enlarges: bool = False


def in_both(kind: str, type: str, codes: str, *, stage: str = "", place: str = "", lane: str = "") -> tuple[str, str]:
    event = Titled(kind, type, stage, actor(place) if place else None, [actor(c) for c in codes.split()])
    with translation.override("zh-hans"):
        chinese = title(event, lane=lane)
    with translation.override("en"):
        return chinese, title(event, lane=lane)


@pytest.mark.parametrize(
    ("type", "codes", "more", "chinese", "english"),
    [
        ("general", "AU", {}, "澳大利亚大选", "Australia: general election"),
        ("presidential", "US", {}, "美国总统选举", "United States: presidential election"),
        ("presidential", "FR", {"stage": "runoff"}, "法国总统选举第二轮投票", "France: presidential election, runoff"),
        ("legislative", "FR", {"stage": "result"}, "法国议会选举结果", "France: legislative election, result"),
        ("by_election", "TW", {"place": "TW-KHH"}, "高雄补选", "Kaohsiung: by-election"),
        ("supranational", "eu", {}, "欧洲议会选举", "European Parliament election"),
        ("general", "AU", {"lane": "AU"}, "大选", "General election"),
    ],
)
def test_elections_are_named_by_who_votes(
    type: str, codes: str, more: dict[str, str], chinese: str, english: str
) -> None:
    assert in_both("election", type, codes, **more) == (chinese, english)


@pytest.mark.parametrize(
    ("type", "codes", "chinese", "english"),
    [
        ("accession", "JP CA aukus", "日本、加拿大加入奥库斯", "Japan and Canada: accession to AUKUS"),
        ("withdrawal", "US aukus", "美国退出奥库斯", "United States: withdrawal from AUKUS"),
        ("meeting", "GB AU", "英国、澳大利亚会谈", "United Kingdom and Australia: talks"),
        ("summit", "nato", "北约峰会", "NATO summit"),
        ("exercise", "US JP KR PH AU", "美国、日本等5国联合军演", "United States, Japan and 3 others: joint exercise"),
        ("accession", "aukus", "奥库斯扩员", "AUKUS: enlargement"),
    ],
)
def test_alliances_are_named_by_who_does_what(type: str, codes: str, chinese: str, english: str) -> None:
    assert in_both("alliance", type, codes) == (chinese, english)


def test_a_name_with_markup_or_percent_signs_is_only_a_name() -> None:
    odd = Actor(code="XX", kind="country", name_zh_hans="%(who)s<b>", name_zh_hant="", name_en="%s")
    with translation.override("zh-hans"):
        assert title(Titled("election", "general", "vote", None, [odd])) == "%(who)s<b>大选"


# --- as Taiwan writes ---------------------------------------------------------------------------

ELECTIONS = {"general", "presidential", "legislative", "by_election", "supranational"}


@pytest.mark.parametrize(
    ("type", "codes", "more", "expected"),
    [
        ("general", "AU", {}, "澳洲大選"),
        ("presidential", "FR", {"stage": "runoff"}, "法國總統選舉第二輪投票"),
        ("legislative", "FR", {"stage": "result"}, "法國國會選舉結果"),
        ("by_election", "TW", {"place": "TW-KHH"}, "高雄補選"),
        ("supranational", "eu", {}, "歐洲議會選舉"),
        ("general", "GB", {"stage": "call"}, "英國大選：宣布舉行"),
        ("accession", "JP CA aukus", {}, "日本、加拿大加入AUKUS"),
        ("summit", "nato", {}, "北約峰會"),
        ("exercise", "US JP KR PH AU", {}, "美國、日本等5國聯合軍演"),
        ("meeting", "GB NZ", {}, "英國、紐西蘭會談"),
    ],
)
def test_titles_in_traditional_characters_use_the_words_of_taiwan(
    type: str, codes: str, more: dict[str, str], expected: str
) -> None:
    kind = "election" if type in ELECTIONS else "alliance"
    place = actor(more["place"]) if "place" in more else None
    cast = [actor(code) for code in codes.split()]
    with translation.override("zh-hant"):
        assert title(Titled(kind, type, more.get("stage", ""), place, cast)) == expected


# --- days in words ------------------------------------------------------------------------------


def window(start: str, end: str, grain: str, modifier: str = "", alternatives: str = "") -> When:
    pairs = tuple((day_of(first), day_of(last)) for first, last in (pair.split("/") for pair in alternatives.split()))
    return When(day_of(start), day_of(end), grain, modifier, alternatives=pairs)


def words(asked: When, *, short: bool = False) -> tuple[str, str]:
    with translation.override("zh-hans"):
        chinese = span_words(asked, short=short)
    with translation.override("en"):
        return chinese, span_words(asked, short=short)


SPANS = [
    (window("2024-11-05", "2024-11-05", "day"), "2024年11月5日", "5 November 2024"),
    (window("2025-05-01", "2025-05-31", "month"), "2025年5月", "May 2025"),
    (window("2024-07-01", "2024-09-30", "quarter"), "2024年第三季度", "Q3 2024"),
    (window("2024-07-01", "2024-12-31", "half"), "2024年下半年", "second half of 2024"),
    (window("2025-01-01", "2025-12-31", "year"), "2025年", "2025"),
    (window("2020-01-01", "2029-12-31", "decade"), "2020年代", "2020s"),
    (window("2024-10-01", "2024-12-31", "part"), "2024年底", "late 2024"),
    (window("2024-03-11", "2024-03-20", "part"), "2024年3月中旬", "mid-March 2024"),
    (window("2024-06-06", "2024-06-09", "day"), "2024年6月6日至9日", "6–9 June 2024"),
    (window("2024-05-30", "2024-06-02", "day"), "2024年5月30日至6月2日", "30 May – 2 June 2024"),
    (window("2024-03-20", "2024-12-31", "year", "by"), "2024年底前", "by the end of 2024"),
    (window("2024-03-20", "2024-11-30", "month", "by"), "2024年11月底前", "by the end of November 2024"),
    (window("2024-03-20", "2025-01-28", "day", "by"), "最迟2025年1月28日", "by 28 January 2025"),
    (window("2024-03-20", "2024-06-30", "half", "by"), "2024年上半年结束前", "by the end of the first half of 2024"),
    (window("2024-11-01", "", "month", "from"), "2024年11月起", "from November 2024"),
    (window("2024-03-20", "2025-05-20", "span"), "2024年3月至2025年5月间", "between March 2024 and May 2025"),
    (window("2024-03-20", "2024-04-03", "span"), "2024年3月20日至4月3日间", "between 20 March and 3 April 2024"),
    (window("2024-03-20", "2024-05-20", "span"), "2024年3月至5月间", "between March and May 2024"),
    (
        window("2026-12-01", "2027-03-31", "part", "", "2026-12-01/2026-12-31 2027-03-21/2027-03-31"),
        *("2026年12月或2027年3月下旬", "December 2026 or late March 2027"),
    ),
    (window("2024-03-01", "2024-03-31", "part"), "2024年3月", "March 2024"),
    (window("2024-03-20", "2024-12-31", "year"), "2024年晚些时候", "later in 2024"),
    (window("2024-05-01", "2024-05-31", "month", "about"), "2024年5月左右", "around May 2024"),
    (
        window("2024-10-01", "2025-03-31", "part", "", "2024-10-01/2024-12-31 2025-01-01/2025-03-31"),
        *("2024年底或2025年初", "late 2024 or early 2025"),
    ),
    (window("", "", "day"), "日期不详", "no known date"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "chinese", "english"), SPANS, ids=[english for _, _, english in SPANS])
def test_days_are_worded_as_the_source_gave_them(asked: When, chinese: str, english: str) -> None:
    assert words(asked) == (chinese, english)


TAIWAN = {
    "Q3 2024": "2024年第三季",
    "later in 2024": "2024年稍晚",
    "by 28 January 2025": "最遲2025年1月28日",
    "by the end of the first half of 2024": "2024年上半年結束前",
    "between March 2024 and May 2025": "2024年3月至2025年5月間",
    "6–9 June 2024": "2024年6月6日至9日",
    "around May 2024": "2024年5月左右",
    "late 2024 or early 2025": "2024年底或2025年初",
    "no known date": "日期不詳",
}


@pytest.mark.parametrize(("asked", "english"), [(asked, en) for asked, _, en in SPANS if en in TAIWAN])
def test_days_in_traditional_characters_use_the_words_of_taiwan(asked: When, english: str) -> None:
    with translation.override("zh-hant"):
        assert span_words(asked) == TAIWAN[english]


@pytest.mark.parametrize("grain", ["month", "quarter", "half", "year", "decade", "part", "season"])
@pytest.mark.parametrize("modifier", ["", "by", "from", "after", "since", "until", "about"])
@pytest.mark.parametrize(
    "days", [("2024-03-20", "2024-12-31"), ("2024-10-01", "2025-03-31"), ("", "2024-06-30"), ("2025-01-01", "")]
)
def test_a_day_that_no_source_gave_is_never_shown(grain: str, modifier: str, days: tuple[str, str]) -> None:
    chinese, english = words(window(*days, grain, modifier))
    assert "日" not in chinese
    assert not re.search(r"\b\d{1,2} [A-Z]", english)


def test_the_short_form_leaves_out_the_year_only_where_one_year_is_meant() -> None:
    assert words(window("2024-06-06", "2024-06-09", "day"), short=True) == ("6月6日至9日", "6–9 June")
    assert words(window("2024-03-20", "2027-03-20", "span"), short=True) == words(
        window("2024-03-20", "2027-03-20", "span")
    )


# --- the catalogues -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_message_of_code_and_templates_is_translated_and_none_is_left_over(language: str) -> None:
    entries = {messages.key_of(e): e for e in polib.pofile(str(messages.catalogue(language))) if not e.obsolete}
    wanted = messages.messages()
    assert set(wanted) - set(entries) == set()
    assert set(entries) - set(wanted) == set()
    assert [key for key, entry in entries.items() if not entry.translated() or entry.fuzzy] == []


def test_no_message_stands_inside_an_f_string() -> None:
    """The extractor does not see it there on Python 3.11, so nobody would be asked to translate it."""
    names = set(messages.KEYWORDS)
    for path in sorted((messages.ROOT / "timeline").rglob("*.py")):
        for outer in [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.JoinedStr)]:
            calls = [node.func for node in ast.walk(outer) if isinstance(node, ast.Call)]
            called = {
                f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, ast.Name | ast.Attribute)
            }
            assert not called & names, f"{path}, line {outer.lineno}"


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_compiled_catalogue_is_current(language: str) -> None:
    path = messages.catalogue(language)
    source, compiled = polib.pofile(str(path)), polib.mofile(str(path.with_suffix(".mo")))

    def plain(entries: list[polib.POEntry] | list[polib.MOEntry]) -> dict[messages.Key, object]:
        return {
            (e.msgctxt or "", e.msgid, e.msgid_plural or ""): (e.msgstr, dict(e.msgstr_plural or {})) for e in entries
        }

    assert plain(list(source)) == plain(list(compiled))


def test_translations_hold_no_placeholder_that_the_message_lacks() -> None:
    for entry in [e for name in ("zh_Hans", "zh_Hant") for e in polib.pofile(str(messages.catalogue(name)))]:
        given = set(re.findall(r"%\((\w+)\)s", entry.msgid + entry.msgid_plural))
        for text in (entry.msgstr, *(entry.msgstr_plural or {}).values()):
            used = set(re.findall(r"%\((\w+)\)s", text))
            # Names of months and days come in several forms, of which a language picks its own.
            assert used <= given | {"number", "last_number", "first", "last", "first_short", "last_short", "all"}, text
