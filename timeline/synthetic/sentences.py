"""Chinese sentences of our own for events that were invented (`inventing`): who, when, what, how sure."""

from __future__ import annotations

from typing import NamedTuple

from timeline.extraction import gazetteer
from timeline.synthetic.random_events import When

ACTS = {  # the word that names it, with what stands before and behind it
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
STEPS = {"runoff": "第二轮", "call": "宣布提前", "result": "公布结果的"}
SAYINGS = {  # {who} {when} {act}
    "scheduled": ("{who}将于{when}{act}。", "{who}定于{when}{act}。", "官方日程显示，{who}{when}{act}。"),
    "expected": ("预计{who}{when}{act}。", "{who}有望在{when}{act}。", "观察人士认为，{who}可能{when}{act}。"),
    "conditional": ("如果各方谈妥，{who}可能于{when}{act}。", "若议会通过法案，{who}将在{when}{act}。"),
    "occurred": ("{who}{when}{act}。", "{when}，{who}{act}，各方表示满意。", "{who}于{when}如期{act}。"),
    "postponed": ("{who}原定{when}{act}，现已推迟。", "{who}推迟了原定于{when}{act}的计划。"),
    "cancelled": ("{who}取消了原定于{when}{act}的计划。", "{who}原定{when}{act}，现已取消。"),
}
LEADS = ("", "", "据报道，", "外交部发言人说，", "多家通讯社的消息说，", "知情官员透露，")
HALVES = ("上半年", "下半年")
QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")


class Phrase(NamedTuple):
    """A sentence and where its parts stand in it: half-open offsets, those of the participants with their codes."""

    text: str
    date: tuple[int, int]
    trigger: tuple[int, int]
    mentions: tuple[tuple[int, int, str], ...]


def phrase(type: str, stage: str, place: str, codes: tuple[str, ...], when: When, status: str, variant: int) -> Phrase:
    """The sentence; `variant` (any number from 0) chooses among those that say the same."""
    sayings = SAYINGS[status]
    saying = LEADS[variant // len(sayings) % len(LEADS)] + sayings[variant % len(sayings)]
    who, mentions, behind = _who(type, place, codes)
    before, word, after = ACTS[type]
    days = words_of(when)
    act = f"{before}{STEPS.get(stage, '')}{word}{after}{behind}"
    text = saying.format(who=who, when=days, act=act)
    at, date, trigger = text.index(who), text.index(days), text.index(act) + act.index(word)
    found = [(at + start, at + end, code) for start, end, code in mentions]
    if behind:
        end = trigger + len(word) + len(after) + len(behind)
        found.append((end - len(behind), end, codes[-1]))
    return Phrase(text, (date, date + len(days)), (trigger, trigger + len(word)), tuple(found))


def _who(type: str, place: str, codes: tuple[str, ...]) -> tuple[str, list[tuple[int, int, str]], str]:
    """The subject with its mentions, and the bloc that is joined or left."""
    behind = name_of(codes[-1]) if type in ("accession", "withdrawal") and len(codes) > 1 else ""
    words, mentions = "", []
    for n, code in enumerate(codes[:-1] if behind else codes):
        words += ("、" if n < len(codes) - 2 else "和") if n else ""
        mentions.append((len(words), len(words) + len(name_of(code)), code))
        words += name_of(code)
    return words + (name_of(place) if place else ""), mentions, behind


def name_of(code: str) -> str:
    """The Chinese name of a country, bloc or place of the gazetteer."""
    actor = gazetteer.actors().get(code)
    return (actor or gazetteer.places()[code]).names["zh-Hans"]


def words_of(when: When) -> str:
    """`2025年5月3日`, `2025年第二季度`, `2025年10月至12月或2026年1月至3月`; never more than the grain gives."""
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
