"""Score the reading of our own annotated articles (tests/extraction/gold), by language, learnt and held out apart.

Misses are shown of the articles that may be learnt from; of those that are held out only the figures are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from bench.matching import count_dates, count_events, f1, match_events
from bench.table import table
from bench.written_articles import LANGUAGES, PARTS, SHOWN, Article, load
from timeline.extraction.article import Article as ToRead
from timeline.extraction.reader import read_article

NAMES = {
    "train": "learnt",
    "heldout": "held out",
    "recent": "2021 to 2029, looked at",
    "recent_heldout": "2021 to 2029, held out",
    "wires_heldout": "wires, held out",
}
OF_MATCHED = ("type", "stage", "status", "participants")
EXCERPT = 60  # characters of a sentence in the list of misses


def run() -> str:
    files = [(language, part, load(language, part)) for language in LANGUAGES for part in PARTS]
    readings = {(language, part): [read(article) for article in articles] for language, part, articles in files}
    sums = {(language, part): _sum(articles, readings[language, part]) for language, part, articles in files}
    head = ["", "articles", "dates F1", "events P", "R", "F1", "exact days F1", *OF_MATCHED, "quiet"]
    rows = [
        [f"{language}, {NAMES[part]}", len(articles), *figures(sums[language, part])]
        for language, part, articles in files
    ]
    misses = [
        row
        for language, part, articles in files
        if part in SHOWN
        for article, reading in zip(articles, readings[language, part], strict=True)
        for row in _misses(article, reading["events"])
    ]
    told = (
        "Type, stage, status and participants: right of the matched events. "
        "Quiet: articles without events in which none is read.\n\n"
    )
    return table(head, rows) + "\n" + told + table(["article", "", "days", "type", "who", "sentence"], misses)


def read(article: Article) -> dict[str, list[dict[str, Any]]]:
    """Read the text of an annotated article as one published at noon of its anchor; its title has its own dates."""
    noon = datetime.combine(date.fromisoformat(article["anchor"]), time(12), UTC)
    reading = read_article(ToRead(article["title"], article["text"], noon, language=article["language"]))
    marks = [
        {
            "start_char": x.start_char,
            "end_char": x.end_char,
            "start": _iso(x.start),
            "end": _iso(x.end),
            "vague": x.vague,
        }
        for x in reading.expressions
    ]
    events = [
        {
            "kind": e.kind,
            "type": e.type,
            "stage": e.stage,
            "participants": list(e.participants),
            "start": _iso(e.when.start),
            "end": _iso(e.when.end),
            "status": e.status,
            "quote": e.evidence,
        }
        for e in reading.events
    ]
    return {"dates": marks, "events": events}


def score(articles: Sequence[Article]) -> Counter[str]:
    """Return the counts of `bench.matching` over all articles."""
    return _sum(articles, [read(article) for article in articles])


def figures(n: Counter[str]) -> list[str]:
    """Return a row of the table: F1 of dates; P, R, F1 of events; F1 with exact days; shares of the matched."""
    dates = f1(n["dates_right"], n["dates_wanted"], n["dates_given"])
    matched, exact = (f1(n[what], n["wanted"], n["given"]) for what in ("matched", "exact"))
    shares = [n[what] / (n["matched"] or 1) for what in OF_MATCHED]
    numbers = [f"{value:.3f}" for value in (dates[2], *matched, exact[2], *shares)]
    return [*numbers, f"{n['kept_quiet']} of {n['quiet']}"]


def _sum(articles: Sequence[Article], readings: Sequence[dict[str, list[dict[str, Any]]]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for article, reading in zip(articles, readings, strict=True):
        total.update(count_dates(article["dates"], reading["dates"]))
        total.update(count_events(article["events"], reading["events"]))
        quiet = not article["events"]
        total.update(quiet=quiet, kept_quiet=quiet and not reading["events"])
    return total


def _misses(article: Article, given: Sequence[dict[str, Any]]) -> list[list[str]]:
    wanted = article["events"]
    pairs = match_events(wanted, given)
    found, used = {i for i, _, _ in pairs}, {j for _, j, _ in pairs}
    missed = [("missed", x) for i, x in enumerate(wanted) if i not in found and not x["optional"]]
    superfluous = [("superfluous", y) for j, y in enumerate(given) if j not in used]
    return [
        [
            article["id"],
            what,
            f"{e['start']}/{e['end']}",
            " ".join((e["type"], e["stage"])).strip(),
            " ".join(e["participants"]),
            e["quote"][:EXCERPT].replace("|", " ").replace("\n", " "),
        ]
        for what, e in [*missed, *superfluous]
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
