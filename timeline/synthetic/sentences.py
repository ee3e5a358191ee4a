"""Make Chinese sentences for random events: who, when, what, how sure."""

from __future__ import annotations

from typing import NamedTuple

from timeline.extraction import gazetteer
from timeline.synthetic.random_events import Dates

PREDICATES = {  # by type: the text before the trigger, the trigger, the text after it
    "presidential": ("举行", "总统选举", ""),
    "legislative": ("举行", "议会选举", ""),
    "general": ("举行", "大选", ""),
    "local": ("举行", "地方选举", ""),
    "supranational": ("举行", "欧洲议会选举", ""),
    "referendum": ("举行", "公投", ""),
    "leadership": ("举行执政党", "党首选举", ""),
    "by_election": ("举行议会", "补选", ""),
    "accession": ("正式", "加入", ""),
    "withdrawal": ("正式", "退出", ""),
    "agreement": ("", "签署", "合作协议"),
    "summit": ("举行", "峰会", ""),
    "meeting": ("举行", "会谈", ""),
    "exercise": ("展开", "联合军演", ""),
}
STAGE_WORDS = {"runoff": "第二轮", "call": "宣布提前", "result": "公布结果的"}
TEMPLATES = {  # {who} {when} {act}
    "scheduled": ("{who}将于{when}{act}。", "{who}定于{when}{act}。", "官方日程显示，{who}{when}{act}。"),
    "expected": ("预计{who}{when}{act}。", "{who}有望在{when}{act}。", "观察人士认为，{who}可能{when}{act}。"),
    "conditional": ("如果各方谈妥，{who}可能于{when}{act}。", "若议会通过法案，{who}将在{when}{act}。"),
    "occurred": ("{who}{when}{act}。", "{when}，{who}{act}，各方表示满意。", "{who}于{when}如期{act}。"),
    "postponed": ("{who}原定{when}{act}，现已推迟。", "{who}推迟了原定于{when}{act}的计划。"),
    "cancelled": ("{who}取消了原定于{when}{act}的计划。", "{who}原定{when}{act}，现已取消。"),
}
OPENINGS = ("", "", "据报道，", "外交部发言人说，", "多家通讯社的消息说，", "知情官员透露，")
HALVES = ("上半年", "下半年")
QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")


class Sentence(NamedTuple):
    """A sentence with the half-open offsets of its parts; those of the participants with their codes."""

    text: str
    date: tuple[int, int]
    trigger: tuple[int, int]
    mentions: tuple[tuple[int, int, str], ...]


def make_sentence(
    type: str, stage: str, place: str, codes: tuple[str, ...], when: Dates, status: str, variant: int
) -> Sentence:
    """Make a sentence. `variant` (from 0) chooses among those that say the same."""
    templates = TEMPLATES[status]
    template = OPENINGS[variant // len(templates) % len(OPENINGS)] + templates[variant % len(templates)]
    who, mentions, behind = _subject(type, place, codes)
    before, word, after = PREDICATES[type]
    days = dates_in_words(when)
    act = f"{before}{STAGE_WORDS.get(stage, '')}{word}{after}{behind}"
    text = template.format(who=who, when=days, act=act)
    at, date, trigger = text.index(who), text.index(days), text.index(act) + act.index(word)
    found = [(at + start, at + end, code) for start, end, code in mentions]
    if behind:
        end = trigger + len(word) + len(after) + len(behind)
        found.append((end - len(behind), end, codes[-1]))
    return Sentence(text, (date, date + len(days)), (trigger, trigger + len(word)), tuple(found))


def _subject(type: str, place: str, codes: tuple[str, ...]) -> tuple[str, list[tuple[int, int, str]], str]:
    """Return the subject, its mentions, and the bloc that is joined or left."""
    behind = chinese_name(codes[-1]) if type in ("accession", "withdrawal") and len(codes) > 1 else ""
    words, mentions = "", []
    for n, code in enumerate(codes[:-1] if behind else codes):
        words += ("、" if n < len(codes) - 2 else "和") if n else ""
        mentions.append((len(words), len(words) + len(chinese_name(code)), code))
        words += chinese_name(code)
    return words + (chinese_name(place) if place else ""), mentions, behind


def chinese_name(code: str) -> str:
    """Return the Chinese name of a country, bloc or place of the gazetteer."""
    actor = gazetteer.actors().get(code)
    return (actor or gazetteer.places()[code]).names["zh-Hans"]


def dates_in_words(when: Dates) -> str:
    """Write dates as `2025年5月3日`, `2025年第二季度` or `2025年年底或2026年年初`, not finer than their granularity."""
    start, end = when.start, when.end
    if start is None or end is None:
        day = when.day
        return f"{day.year}年{day.month}月" + ("起" if end is None else "底前")
    if when.alternatives:
        return f"{start.year}年底或{end.year}年初"
    if start == end:
        return f"{start.year}年{start.month}月{start.day}日"
    if when.modifier == "by":
        return f"{end.year}年底前"
    first = f"{start.year}年"
    if when.granularity in ("month", "quarter", "half"):
        return (
            first
            + {
                "month": f"{start.month}月",
                "quarter": QUARTERS[(start.month - 1) // 3],
                "half": HALVES[start.month > 6],
            }[when.granularity]
            + ("前后" if when.modifier == "about" else "")
        )
    if when.granularity == "part":
        return f"{first}{start.month}月下旬"
    if when.granularity == "year":
        return first if start.year == end.year else f"{first}至{end.year}年"
    year = "" if start.year == end.year else f"{end.year}年"
    return f"{first}{start.month}月{start.day}日至{year}{end.month}月{end.day}日"
