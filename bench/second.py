"""Score the second reader: a careful reader's events, turned into answers of a model, some of them spoilt.

The answers are of the annotators' own kind, so the figures show what newsdesk keeps of a good model's answers, not how
good a model is.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bench.corpus import shared
from bench.matching import count_events, f1
from bench.table import table
from timeline.extraction.article import Article, EventMention, Reading
from timeline.extraction.reader import read_article
from timeline.extraction.second import MarkedText, check_answer, mark, prompt_of
from timeline.extraction.second.combine import combine

SEED = 2020
SPOILT = 200
Row = Mapping[str, Any]


@dataclass
class Annotated:
    """An annotated article as the product sees it. `second`: the other reader's events."""

    row: Row
    second: Sequence[Row]
    reading: Reading
    marked: MarkedText | None


def articles() -> list[Annotated]:
    rows = {row["id"]: row for row in lines_of("gold/train.jsonl")}
    found = []
    for second in lines_of("gold/second.jsonl"):
        row = rows[second["id"]]
        anchor = date.fromisoformat(row["anchor"])
        reading = read_article(Article(row["title"], row["text"], None, anchor=anchor, language=row["language"]))
        marked = mark(row["text"], row["title"], reading.expressions, anchor, row["language"].partition("-")[0])
        found.append(Annotated(row, second["events"], reading, marked))
    return found


def lines_of(name: str) -> Iterator[dict[str, Any]]:
    with shared(name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def answer_of(marked: MarkedText, events: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what a model would answer that means these events."""
    return [answer for event in events if (answer := _event(marked, event)) is not None]


def _event(marked: MarkedText, event: Row) -> dict[str, Any] | None:
    start, end = event["trigger"]
    dates = [
        i
        for a, b in event["date"]
        for i in sorted(marked.dates)
        if marked.expressions[i].start_char < b and a < marked.expressions[i].end_char
    ]
    sentence = marked.sentence_at(start)
    who = [
        _mention(marked, code, start) for code in (event["participants"] if not event["place"] else [event["place"]])
    ]
    if event["place"] and None in who:
        who = [_mention(marked, code, start) for code in event["participants"]]
    return {
        "s": sentence + 1,
        "trigger": marked.text[start : min(end, marked.sentences[sentence][1])],
        "dates": list(dict.fromkeys(dates)),
        "who": [i for i in who if i is not None],
        "type": event["type"],
        "stage": event["stage"],
        "status": event["status"],
        "extent": event["extent"],
    }


def _mention(marked: MarkedText, code: str, near: int) -> int | None:
    """Return the nearest mention of an actor, one that names nobody else before those that do."""
    found = [
        (len(m.codes), marked.is_in_title(i), abs(m.start - near), i)
        for i, m in enumerate(marked.mentions)
        if code in m.codes or code == m.place
    ]
    return min(found)[3] if found else None


def as_row(event: EventMention) -> dict[str, Any]:
    when = event.when
    return {
        "kind": event.kind,
        "type": event.type,
        "stage": event.stage,
        "participants": event.participants,
        "start": when.start.isoformat() if when.start else None,
        "end": when.end.isoformat() if when.end else None,
        "status": event.status,
    }


def spoilt(rng: random.Random, marked: MarkedText, events: list[dict[str, Any]]) -> str:
    """Return an answer that was spoilt in one way."""
    way = rng.randrange(10)
    body = {"events": [dict(event) for event in events], "missing": []}
    one = body["events"][rng.randrange(len(events))]
    match way:
        case 0:
            one["s"] = len(marked.sentences) + 7
        case 1:
            one["who"] = [len(marked.mentions) + 3]
        case 2:
            one["dates"] = [len(marked.expressions) + 3]
        case 3:
            one["dates"] = ["2031-05-01"]
        case 4:
            one["who"] = ["Atlantis"]
        case 5:
            one["trigger"] = "zzyzx summit"
        case 6:
            one["type"] = "coronation"
        case 7:
            one["status"] = "certain"
        case 8:
            return f"Here is what I found:\n```json\n{json.dumps(body, ensure_ascii=False)}\n```\nAnything else?"
        case _:
            return json.dumps(body, ensure_ascii=False)[:-20]
    return json.dumps(body, ensure_ascii=False)


def run() -> str:
    found = articles()
    sums: dict[str, Counter[str]] = {name: Counter() for name in ("embedded", "second", "both")}
    dropped: Counter[str] = Counter()
    ratios, with_words = list[float](), list[float]()
    for article in found:
        wanted, own = article.row["events"], article.reading.events
        answers = answer_of(article.marked, article.second) if article.marked else []
        second: tuple[EventMention, ...] = ()
        if article.marked is not None:
            checked = check_answer(article.marked, to_json(answers))
            second = checked.events
            dropped.update(why.value for why in checked.dropped)
            system, user = prompt_of(article.marked)
            tokens = count_tokens(article.row["title"] + article.row["text"])
            ratios.append(count_tokens(user) / tokens)
            with_words.append(count_tokens(system + user) / tokens)
        sums["embedded"].update(count_events(wanted, [as_row(e) for e in own]))
        sums["second"].update(count_events(wanted, [as_row(e) for e in second]))
        both = [e for e in combine(own, second if article.marked else None) if not e.doubts]
        sums["both"].update(count_events(wanted, [as_row(e) for e in both]))
    carried = _carried_spoilt(found)
    head = ["", "P", "R", "F1", "exact F1", "type", "stage", "status", "participants"]
    rows = [[name, *_figures(n)] for name, n in sums.items()]
    return (
        table(head, rows)
        + f"\nDropped of the answers: {dict(dropped)}. Of {SPOILT} spoilt answers {carried} made a claim not meant.\n"
        + f"Tokens of the question by those of the article (an estimate): mean {sum(ratios) / len(ratios):.2f}, "
        + f"with the instructions {sum(with_words) / len(with_words):.2f}.\n"
    )


def _figures(n: Counter[str]) -> list[str]:
    matched = n["matched"]
    p, r = matched / max(n["given"], 1), matched / max(n["wanted"], 1)
    shares = [n[name] / max(matched, 1) for name in ("type", "stage", "status", "participants")]
    return [
        f"{x:.3f}"
        for x in (p, r, f1(matched, n["given"], n["wanted"])[2], f1(n["exact"], n["given"], n["wanted"])[2], *shares)
    ]


def _carried_spoilt(found: Sequence[Annotated]) -> int:
    """Count the spoilt answers with an event that none of the answer's events, each asked about alone, gives."""
    rng, wrong = random.Random(SEED), 0
    usable = [(a.marked, answers) for a in found if a.marked and (answers := answer_of(a.marked, a.second))]
    for n in range(SPOILT):
        marked, answers = usable[n % len(usable)]
        meant = {_identity(e) for one in answers for e in check_answer(marked, to_json([one])).events}
        wrong += not {_identity(e) for e in check_answer(marked, spoilt(rng, marked, answers)).events} <= meant
    return wrong


def to_json(events: Sequence[Any]) -> str:
    return json.dumps({"events": events, "missing": []}, ensure_ascii=False)


def _identity(event: EventMention) -> tuple[Any, ...]:
    return event.kind, event.type, event.stage, event.participants, event.when, event.status


def count_tokens(text: str) -> int:
    """Estimate tokens: one for a Chinese character, one for four others."""
    wide = sum(ord(c) > 0x2E7F for c in text)
    return wide + (len(text) - wide + 3) // 4
