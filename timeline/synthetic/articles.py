"""Articles of random events: reports that are near each other share an article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson

from timeline.extraction.dates.edtf import span_edtf
from timeline.extraction.reason import Code, reason, to_json
from timeline.extraction.when import When, iso
from timeline.ingest.store import digest
from timeline.pipeline.bulk_load import Row
from timeline.synthetic.random_events import Report
from timeline.synthetic.sentences import Sentence

MAX_EVENTS_PER_ARTICLE = 5
MAX_ARTICLE_SPAN = timedelta(days=60)  # between reports of one article


@dataclass(slots=True)
class GeneratedArticle:
    """An article, to which sentences are added."""

    pk: int
    source: int
    day: date
    url: str
    digest: str
    length: int = 0
    lines: list[str] = field(default_factory=list)
    expressions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def published(self) -> str:
        return f"{self.day}T12:00:00+00:00"

    def add(self, sentence: Sentence, when: When) -> tuple[int, int]:
        """Add a sentence and return its offset in the text and the index of its date expression."""
        at, (start, end) = self.length, sentence.date
        self.lines.append(sentence.text)
        self.length += len(sentence.text) + 1
        words, edtf = sentence.text[start:end], span_edtf(when.start, when.end)
        self.expressions.append(
            {
                "text": words,
                "start_char": at + start,
                "end_char": at + end,
                "start": iso(when.start),
                "end": iso(when.end),
                "granularity": when.grain,
                "modifier": when.modifier,
                "vague": False,
                "edtf": edtf,
                "timex3": {"type": "DATE", "value": edtf, "mod": ""},
                "rule": "generated",
                "reasons": reasons(words, when),
            }
        )
        return at, len(self.expressions) - 1

    def row(self) -> Row:
        """Return the row of the article, with the columns of its table."""
        text, moment = "\n".join(self.lines), f"{self.day} 12:00:00+00:00"
        done = f"{self.day} 12:05:00+00:00"
        return (
            *(self.pk, self.source, self.url, self.digest, self.lines[0][:40], moment, "", text, digest(text), 1),
            *("zh-Hans", "done", done, None, 0, "", "[]", self.day.isoformat(), "published", as_json(self.expressions)),
            *("[]", done),
        )


@dataclass(slots=True)
class GeneratedClaim:
    """A report of an event in its article. `state`: index of the belief that it supports."""

    pk: int
    text: GeneratedArticle
    report: Report
    state: int = 0


def group_reports(listed: Sequence[tuple[date, int, Report]]) -> Iterator[list[tuple[date, int, Report]]]:
    """Group reports in order of day into articles, no event twice in one."""
    group: list[tuple[date, int, Report]] = []
    for report in listed:
        full = len(group) == MAX_EVENTS_PER_ARTICLE or (group and report[0] - group[0][0] > MAX_ARTICLE_SPAN)
        if full or any(report[1] == other[1] for other in group):
            yield group
            group = []
        group.append(report)
    if group:
        yield group


def reasons(words: str, when: When) -> list[list[Any]]:
    """Return the reasons of a date expression as JSON."""
    return to_json((reason(Code.PHRASE, words), reason(Code.STATED), reason(Code.DAYS, when.start, when.end)))


def as_json(value: Any) -> str:
    """Return a value as JSON text."""
    return orjson.dumps(value).decode()
