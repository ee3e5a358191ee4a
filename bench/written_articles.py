"""The annotated articles of tests/extraction/gold: loaded, and refused where one of them is not well formed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from timeline.extraction.gazetteer.data import actors

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "extraction" / "gold"
LANGUAGES = {"en": {"en"}, "zh": {"zh-Hans", "zh-Hant"}}
PARTS = ("train", "heldout", "recent", "recent_heldout", "wires_heldout")
SHOWN = ("train", "recent")  # parts whose misses may be looked at
YEARS = range(2017, 2030)
# The half-year of the archive that the rules were written with: no Chinese article of ours is of it.
ARCHIVE = (date(2020, 7, 1), date(2020, 12, 31))
ELECTIONS = frozenset(
    {"presidential", "legislative", "general", "local", "supranational", "referendum", "leadership", "by_election"}
)
ALLIANCES = frozenset({"accession", "withdrawal", "agreement", "summit", "meeting", "exercise"})
STAGES = frozenset({"vote", "runoff", "call", "result", "postponement"})
STATUSES = frozenset({"occurred", "scheduled", "expected", "conditional", "postponed", "cancelled"})
EXTENTS = frozenset({"within", "throughout"})
OF_ARTICLE = {"id", "title", "anchor", "language", "text", "events", "dates"}
OF_DATE = {"start_char", "end_char", "text", "start", "end", "vague"}
OF_EVENT = {
    *{"kind", "type", "stage", "participants", "place", "start", "end", "status", "extent", "optional"},
    *{"trigger", "evidence", "date", "quote"},
}

Article = Mapping[str, Any]


class BadArticle(ValueError):
    """An annotated article is not well formed."""


def load(language: str, part: str) -> list[Article]:
    """Return the articles of one file. Raises BadArticle with all faults of the file."""
    lines = (FOLDER / f"{language}_{part}.jsonl").read_text("utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    ids = [article.get("id") for article in articles]
    faults = [f"{id_}: twice" for id_ in {i for i in ids if ids.count(i) > 1}]
    for article in articles:
        faults += [f"{article.get('id')}: {fault}" for fault in faults_of(article, language)]
    if faults:
        raise BadArticle("\n".join(faults))
    return articles


def faults_of(article: Article, language: str) -> list[str]:
    """Return what is wrong with the form of an article; nothing about its sense."""
    if set(article) != OF_ARTICLE:
        return [f"fields {sorted(set(article) ^ OF_ARTICLE)}"]
    text, faults = article["text"], []
    if article["language"] not in LANGUAGES[language]:
        faults.append(f"language {article['language']}")
    anchor = _day(article["anchor"])
    in_archive = anchor is not None and language == "zh" and ARCHIVE[0] <= anchor <= ARCHIVE[1]
    if anchor is None or anchor.year not in YEARS or in_archive:
        faults.append(f"anchor {article['anchor']}")
    if not text or text != text.strip() or not article["title"].strip():
        faults.append("text or title is empty or has blanks around it")
    marks: list[tuple[int, int]] = []
    for mark in article["dates"]:
        faults += _faults_of_date(mark, text, marks[-1][1] if marks else 0)
        marks.append((mark.get("start_char"), mark.get("end_char")))
    for event in article["events"]:
        faults += _faults_of_event(event, text, marks)
    return faults


def _faults_of_date(mark: Mapping[str, Any], text: str, from_char: int) -> list[str]:
    if set(mark) != OF_DATE:
        return [f"date with fields {sorted(set(mark) ^ OF_DATE)}"]
    faults = []
    if not from_char <= mark["start_char"] < mark["end_char"]:
        faults.append(f"date {mark['text']} out of order")
    if text[mark["start_char"] : mark["end_char"]] != mark["text"]:
        faults.append(f"date {mark['text']} stands elsewhere")
    if not mark["vague"]:
        faults += _faults_of_days(mark)
    return faults


def _faults_of_event(event: Mapping[str, Any], text: str, marks: Sequence[tuple[int, int]]) -> list[str]:
    if set(event) != OF_EVENT:
        return [f"event with fields {sorted(set(event) ^ OF_EVENT)}"]
    faults = _faults_of_days(event)
    types, stages = (ELECTIONS, STAGES) if event["kind"] == "election" else (ALLIANCES, frozenset({""}))
    allowed = {
        "kind": {"election", "alliance"},
        "type": types,
        "stage": stages,
        "status": STATUSES,
        "extent": EXTENTS,
        "optional": {True, False},
    }
    faults += [f"{name} {event[name]!r}" for name, values in allowed.items() if event[name] not in values]
    who = event["participants"]
    if not who or len(set(who)) < len(who) or not set(who) <= set(actors()):
        faults.append(f"participants {who}")
    (word, word_end), (first, last) = event["trigger"], event["evidence"]
    if not first <= word < word_end <= last:
        faults.append(f"trigger outside of its sentence: {text[word:word_end]}")
    if text[first:last] != event["quote"] or event["quote"] != event["quote"].strip():
        faults.append(f"quote is not the sentence: {event['quote']}")
    if not event["date"] or any(tuple(span) not in marks for span in event["date"]):
        faults.append(f"date of {text[word:word_end]} is not marked")
    return faults


def _faults_of_days(row: Mapping[str, Any]) -> list[str]:
    start, end = row["start"], row["end"]
    if any(value is not None and _day(value) is None for value in (start, end)):
        return [f"days {start} {end}"]
    if start is None and end is None:
        return ["neither start nor end"]
    return [f"days {start} {end} backwards"] if start and end and start > end else []


def _day(value: object) -> date | None:
    """Return the day of `2024-02-29`, and only of that form."""
    if not isinstance(value, str) or len(value) != len("2024-02-29"):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
