"""The date rules do what their examples say; each rule is needed; and the promises that hold for any text."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from tests.support.date_examples import (
    LANGUAGES,
    anchor,
    days,
    examples,
    examples_of_rules,
    keeps,
    read,
    rule_names,
    rules_file,
)
from tests.support.prove import unneeded
from timeline.extraction.article import Expression
from timeline.extraction.dates import absolute, english, find, finder, relative
from timeline.extraction.dates import days as days_of_weeks
from timeline.extraction.dates.calendar import months, nth_weekday, shift
from timeline.extraction.dates.grammar import MEANINGS, BadGrammar, grammar, load
from timeline.extraction.dates.holidays import day_of
from timeline.extraction.dates.index import Rule
from timeline.extraction.dates.patterns import BadPattern, compile_pattern
from timeline.extraction.reason import Code
from timeline.extraction.when import When

ZH = rules_file("zh")
ANCHOR = anchor("zh")
ALL = [e for language in LANGUAGES for e in examples(language)]
CHINESE = examples("zh")
TO_TRADITIONAL = [OpenCC("s2t"), OpenCC("s2tw"), OpenCC("s2hk")]
TO_SIMPLIFIED = OpenCC("t2s")


def found_in(text: str, day: date = ANCHOR, language: str = "zh") -> list[str]:
    return [f"{e.text} = {days(e)}" for e in find(text, day, language=language)]


# --- examples -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_are_read_as_they_say(language: str) -> None:
    broken = [example for example in examples(language) if not keeps(example)]
    assert {str(e): [f"{x.text} = {days(x)} ({x.rule})" for x in read(e)] for e in broken} == {}


@pytest.mark.parametrize("script", ["traditional", "simplified"])
def test_every_chinese_example_reads_the_same_in_the_other_script(script: str) -> None:
    for example in CHINESE:
        for converter in TO_TRADITIONAL if script == "traditional" else [TO_SIMPLIFIED]:
            text = converter.convert(example.text)
            assert keeps(example, text=text), (text, found_in(text))


def test_every_whole_phrase_has_exactly_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two rules match the same longest stretch, so the order of the rules means nothing."""
    longest, ties = finder.longest, set()

    def watched(text: str, position: int, rules: tuple[Rule, ...]) -> Any:
        ends: dict[int, set[str]] = {}
        for rule in rules:
            match = rule.match(text, position)
            if match is not None and match.end() > position:
                ends.setdefault(match.end(), set()).add(rule.name)
        if ends and len(ends[max(ends)]) > 1:
            ties.add((text[position : max(ends)], *sorted(ends[max(ends)])))
        return longest(text, position, rules)

    monkeypatch.setattr(finder, "longest", watched)
    for example in ALL:
        read(example)
    assert ties == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_and_modifier_has_examples_of_its_own(language: str) -> None:
    positive = {e.rule for e in examples_of_rules(language) if e.kind != "not"}
    negative = {e.rule for e in examples_of_rules(language) if e.kind == "not"}
    assert positive == set(rule_names(language))
    if language == "zh":
        assert set(rule_names(language)) - negative <= {"since"}, "a rule without a near miss"


@pytest.mark.parametrize("language", LANGUAGES)
def test_removing_any_rule_breaks_an_example(language: str) -> None:
    assert [entry.text for entry, need in unneeded(f"dates-{language}", rules=True) if need is False] == []


# --- forms of the answer --------------------------------------------------------------------------------


@cache
def answers() -> list[Expression]:
    return [e for example in ALL for e in read(example)]


def edtf_bounds(text: str) -> tuple[date | None, date | None]:
    value = parse_edtf(text)
    return tuple(None if isinstance(d, float) else date(*d[:3]) for d in (value.lower_strict(), value.upper_strict()))  # type: ignore[return-value]


def test_edtf_of_every_answer_comes_back_as_the_same_days() -> None:
    wanted = {e.edtf: (e.start, e.end) for e in answers() if e.edtf}
    assert len(wanted) > 250
    assert {text: edtf_bounds(text) for text in wanted} == wanted


@pytest.mark.parametrize("extent", ["within", "throughout"])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2024, 3, 20), date(2025, 5, 20)),
        (None, date(2024, 12, 31)),
        (date(2024, 10, 1), None),
        (date(2024, 3, 20), date(2024, 3, 20)),
    ],
)
def test_edtf_of_an_event_comes_back_as_the_same_days(extent: str, start: date | None, end: date | None) -> None:
    assert edtf_bounds(When(start, end, extent=extent).edtf) == (start, end)


TIMEX3_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d\d)(?:-(?P<day>\d\d))?|W(?P<week>\d\d)(?P<weekend>-WE)?"
    r"|Q(?P<quarter>\d)|H(?P<half>\d)|(?P<season>SP|SU|FA|WI)))?|(?P<decade>\d{3})"
)


def timex3_days(value: str) -> tuple[date, date]:
    """The days of a TIMEX3 date value (TimeML 1.2.1), by the calendar alone."""
    if "/" in value:
        first, last = value.split("/")
        return date.fromisoformat(first), date.fromisoformat(last)
    m = TIMEX3_DATE.fullmatch(value)
    assert m is not None, value
    if m["decade"]:
        return date(int(m["decade"]) * 10, 1, 1), date(int(m["decade"]) * 10 + 9, 12, 31)
    year = int(m["year"])
    if m["day"]:
        return (date.fromisoformat(value),) * 2
    if m["week"]:
        monday = date.fromisocalendar(year, int(m["week"]), 1)
        return monday + timedelta(days=5 if m["weekend"] else 0), monday + timedelta(days=6)
    season = {"SP": (3, 5), "SU": (6, 8), "FA": (9, 11), "WI": (12, 14)}.get(m["season"] or "")
    if season:
        return months(year, *season)
    for name, size in (("month", 1), ("quarter", 3), ("half", 6)):
        if m[name]:
            return months(year, (int(m[name]) - 1) * size + 1, int(m[name]) * size)
    return date(year, 1, 1), date(year, 12, 31)


def test_timex3_of_every_answer_comes_back_as_the_same_days() -> None:
    mods = {"", "ON_OR_BEFORE", "ON_OR_AFTER", "AFTER", "APPROX", "START", "MID", "END"}
    compared = 0
    for e in answers():
        kind, value, mod = e.timex3["type"], e.timex3["value"], e.timex3["mod"]
        assert mod in mods
        if e.vague:
            assert value in {"PAST_REF", "FUTURE_REF", "PRESENT_REF"}
        elif kind == "DURATION":
            assert re.fullmatch(r"P\d+(\.5)?[DWMQY]|PT\d+H", value), value
        else:
            first, last = timex3_days(value)
            if mod == "ON_OR_BEFORE":
                assert last == e.end, e
            elif mod in ("ON_OR_AFTER", "AFTER"):
                assert first == e.start, e
            elif mod in ("START", "MID", "END"):
                assert first <= e.start <= e.end <= last, e  # type: ignore[operator]
            elif e.granularity not in ("year", "month", "week") or (e.start, e.end) == (first, last):
                assert (first, last) == (e.start, e.end), e
            compared += 1
    assert compared > 500


def test_the_reasons_name_every_step() -> None:
    expression = find("未来14个月", date(2024, 3, 20), anchor_from="published")[0]
    assert expression.reasons == (
        (Code.PHRASE, ("未来14个月",)),
        (Code.SPAN_FROM, (14, "month", "published", "2024-03-20")),
        (Code.DAYS, ("2024-03-20", "2025-05-20")),
    )


# --- promises for any text ------------------------------------------------------------------------------

PIECES = [*"0123456789年月日号周一二三十廿上下本今明去前后至到底初-（），。第个半几的“”将了", "以来", "2024", "大选"]
SENTENCES = [e.text for e in CHINESE]


def check_spans(text: str, language: str = "zh") -> None:
    end = 0
    for e in find(text, ANCHOR, language=language):
        assert end <= e.start_char < e.end_char <= len(text)
        assert text[e.start_char : e.end_char] == e.text
        assert e.start is None or e.end is None or e.start <= e.end
        end = e.end_char


@given(st.text(max_size=300), st.sampled_from(["zh", "en", "fr"]))
def test_any_text_is_read_without_an_error(text: str, language: str) -> None:
    check_spans(text, language)


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_text_made_of_the_rules_own_words_is_read_without_an_error(text: str) -> None:
    check_spans(text)


@given(st.lists(st.sampled_from([e.text for e in examples("en")]), max_size=4).map(" ".join))
def test_english_made_of_the_examples_is_read_without_an_error(text: str) -> None:
    check_spans(text, "en")


@given(st.lists(st.sampled_from([*SENTENCES, "，", "。", "他说：“", "”"]), max_size=6).map("".join))
def test_a_traditional_text_is_read_like_its_simplified_form(text: str) -> None:
    simplified = TO_SIMPLIFIED.convert(text)
    traditional = TO_TRADITIONAL[0].convert(simplified)
    if len(traditional) == len(simplified):
        same = [(e.start_char, e.end_char, days(e)) for e in find(simplified, ANCHOR)]
        assert [(e.start_char, e.end_char, days(e)) for e in find(traditional, ANCHOR)] == same


@cache
def relative_words() -> list[str]:
    """Phrases that name a day, a week or a weekend by the day of the article alone."""
    out = []
    for example in CHINESE:
        if example.kind != "whole":
            continue
        grain = {e.granularity for e in read(example)}
        text = example.text
        plain = all(not e.modifier for e in read(example))
        if plain and grain <= {"day", "week", "weekend"} and re.search("今|昨|明|后天|周|星期|礼拜|天后", text):
            out.append(text)
    return [t for t in out if not re.search("[0-9月年节日]|第", t)]


@given(st.data(), st.integers(-3000, 3000))
def test_moving_the_anchor_by_weeks_moves_a_relative_day_by_as_many(data: st.DataObject, weeks: int) -> None:
    words = relative_words()
    assert len(words) > 20
    word, moved = data.draw(st.sampled_from(words)), timedelta(weeks=weeks)
    for before, after in zip(find(word, ANCHOR), find(word, ANCHOR + moved), strict=True):
        assert before.start and before.end and after.start and after.end
        assert (before.start + moved, before.end + moved) == (after.start, after.end)


# --- what must not be read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("2月30日", "2023年2月29日举行", "4月31日", "13月", "13月5日", "0月3日", "5月0日", "5月32日"),
        *("三中全会", "九二共识", "十国集团", "二十国集团", "G20", "5G", "双11", "9·11", "911事件", "2030年议程"),
        *("新冠19", "COVID-19", "第19届", "每年", "每四年一次", "目前", "为期三天", "执政14年", "年仅3岁", "下午3点"),
        *("比分3-1", "3:2获胜", "电话010-12345678", "13800138000", "1000美元", "20.5亿", "第25条", "第十条"),
        *("美国大选2020", "十月革命", "一二·九运动", "版本2.0.1", "IP 10.20.30.40"),
        *("1234567年", "航班CA1234", "公元前221年", "50-50", "超级星期二", "超级碗", "五四运动", "六四事件"),
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert found_in(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("他15日表示：「明天將投票。」", ["15日 = 2024-03-15/2024-03-15", "明天 = 2024-03-16/2024-03-16"]),
        ("他15日抵达。他说：“明天投票。”", ["15日 = 2024-03-15/2024-03-15", "明天 = 2024-03-21/2024-03-21"]),
        (
            "他曾于3月8日发推文称：“投票。”在这篇推文中，他表示“今天要来”。",
            ["3月8日 = 2024-03-08/2024-03-08", "今天 = 2024-03-08/2024-03-08"],
        ),
    ],
)
def test_a_word_in_a_quotation_counts_from_the_day_it_was_said(text: str, wanted: list[str]) -> None:
    assert found_in(text) == wanted


def test_other_languages_give_spans_that_name_their_year() -> None:
    found = find("Les élections auront lieu le 12 mai 2025, puis en juin 2026.", ANCHOR, language="fr")
    assert [(e.text, e.start, e.end) for e in found] == [
        ("12 mai 2025", date(2025, 5, 12), date(2025, 5, 12)),
        ("juin 2026", date(2026, 6, 1), date(2026, 6, 30)),
    ]


# --- the calendar -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holiday", "year", "wanted"),
    [
        (["lunar", 1, 1], 2025, date(2025, 1, 29)),
        (["lunar", 8, 15], 2020, date(2020, 10, 1)),
        (["lunar", 5, 5], 2023, date(2023, 6, 22)),
        (["eve", 1, 1], 2024, date(2024, 2, 9)),
        (["term", "清明"], 2025, date(2025, 4, 4)),
        (["term", "冬至"], 2024, date(2024, 12, 21)),
        (["easter", 0], 2024, date(2024, 3, 31)),
        (["hijri", 10, 1], 2024, date(2024, 4, 10)),
        (["weekday", 11, 3, 4], 2024, date(2024, 11, 28)),
        (["weekday", 5, 0, -1], 2024, date(2024, 5, 27)),
        (["solar", 12, 25], 2024, date(2024, 12, 25)),
    ],
)
def test_holidays_fall_on_the_days_of_their_calendars(holiday: list[Any], year: int, wanted: date) -> None:
    assert day_of(holiday, year) == wanted


@pytest.mark.parametrize("holiday", [["lunar", 1, 1], ["term", "清明"], ["hijri", 10, 1]])
def test_a_calendar_without_a_table_for_the_year_says_so(holiday: list[Any]) -> None:
    with pytest.raises(ValueError):
        day_of(holiday, 2900)


@pytest.mark.parametrize(
    ("day", "count", "unit", "wanted"),
    [
        (date(2024, 1, 31), 1, "month", date(2024, 2, 29)),
        (date(2024, 3, 20), 5, "half-month", date(2024, 6, 4)),
        (date(2024, 3, 22), 1, "workday", date(2024, 3, 25)),
        (date(2024, 3, 23), 0, "workday", date(2024, 3, 22)),
        (date(2024, 3, 20), 25, "hour", date(2024, 3, 22)),
        (date(2024, 3, 20), -24, "hour", date(2024, 3, 19)),
    ],
)
def test_shifting_a_day(day: date, count: int, unit: str, wanted: date) -> None:
    assert shift(day, count, unit) == wanted


def test_the_last_weekday_of_a_month_is_counted_from_its_end() -> None:
    assert nth_weekday(date(2024, 5, 1), date(2024, 5, 31), 6, -1) == date(2024, 5, 26)
    assert nth_weekday(date(2024, 5, 1), date(2024, 5, 31), 6, 6) is None


# --- language files -----------------------------------------------------------------------------------------


def broken(**changes: Any) -> dict[str, Any]:
    return {**ZH, "rule": [{**ZH["rule"][0], **changes}]}


@pytest.mark.parametrize(
    "data",
    [
        broken(meening="year"),
        broken(meaning="no such meaning"),
        broken(pattern="{n}"),
        {**ZH, "rules": []},
        {**ZH, "rule": [ZH["rule"][0], ZH["rule"][0]]},
        {**ZH, "after": [{"name": "x", "words": ["x"], "meaning": "no such"}]},
    ],
)
def test_a_language_file_with_a_mistake_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(BadGrammar):
        load(data)


def test_no_two_modules_give_a_meaning_of_one_name_and_a_rule_uses_each() -> None:
    assert len(MEANINGS) == sum(len(module.MEANINGS) for module in (absolute, days_of_weeks, relative, english))
    rows = [row for language in LANGUAGES for part in ("rule", "before", "after") for row in rules_file(language)[part]]
    assert {row["meaning"] for row in rows if "meaning" in row} >= set(MEANINGS)


@pytest.mark.parametrize("pattern", ["{nothing}年", "(a|b", "a]"])
def test_a_pattern_with_a_mistake_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compile_pattern(pattern, {})


def test_a_language_without_rules_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        grammar("tlh")


@pytest.mark.parametrize("words", ["腊月二十举行了大选", "正月初八举行了大选", "冬月初五举行了大选"])
def test_a_lunar_day_of_the_past_lies_behind_whatever_the_day_of_the_article(words: str) -> None:
    for year in (1925, 2024, 2060):
        for day in (date(year, 1, 1) + timedelta(days=n) for n in range(0, 365, 3)):
            (told,) = find(words, day)
            assert told.start is not None and day - timedelta(days=400) <= told.start <= day, day
