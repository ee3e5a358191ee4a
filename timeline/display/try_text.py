"""A text that a reader tries: what was typed, checked, and what the date core finds in it. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from timeline.display.markup import Highlight, mark_up
from timeline.display.reasons import reason_words
from timeline.extraction.article import Expression
from timeline.extraction.dates import find
from timeline.extraction.languages import language_of

MAX_TEXT_CHARS = 100_000  # characters
MAX_ROWS = 500  # expressions that the table lists


class TryTextError(ValueError):
    """What was typed cannot be read; `problems` says why, by field."""

    def __init__(self, **problems: str) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Row:
    """One expression in the words of the page."""

    number: int
    text: str
    days: str
    why: str
    edtf: str
    timex3: str
    rule: str
    vague: bool


@dataclass(frozen=True, slots=True)
class TryText:
    """A text and the day that its relative words count from."""

    text: str
    day: date

    @classmethod
    def parse(cls, fields: Mapping[str, str], today: date) -> TryText:
        """Read the fields `text` and `day` (ISO 8601, today where it is empty). Raises TryTextError."""
        text = fields.get("text", "").replace("\r\n", "\n")
        problems = {}
        if len(text) > MAX_TEXT_CHARS:
            problems["text"] = gettext("The text has %(count)d characters; the limit is %(most)d.") % {
                "count": len(text),
                "most": MAX_TEXT_CHARS,
            }
        day, given = today, fields.get("day", "").strip()
        if given:
            try:
                day = date.fromisoformat(given)
            except ValueError:
                problems["day"] = gettext("“%(given)s” is not a date; use 2024-03-20.") % {"given": given[:40]}
        if problems:
            raise TryTextError(**problems)
        return cls(text, day)

    def read(self) -> Findings:
        language = language_of(self.text)
        return Findings(self.text, language, find(self.text, self.day, language=language))


@dataclass(frozen=True, slots=True)
class Findings:
    """The expressions of a text, as the page shows them."""

    text: str
    language: str
    expressions: list[Expression]

    @property
    def markup(self) -> SafeString:
        """The text with its expressions highlighted, each with its days and its reason."""
        spans = [
            Highlight(e.start_char, e.end_char, "date vague" if e.vague else "date", _hint(e)) for e in self.expressions
        ]
        return mark_up(self.text, spans, paragraphs=True)

    @property
    def rows(self) -> list[Row]:
        return [_row(number, e) for number, e in enumerate(self.expressions[:MAX_ROWS], start=1)]

    @property
    def unlisted(self) -> int:
        """How many expressions stand in the text but not in the table."""
        return max(0, len(self.expressions) - MAX_ROWS)


def days_of(e: Expression) -> str:
    """Write `2024-11-05`, `2024-03-20 … 2025-05-20`; with one open end `2024-03-20 …`, with none known `—`."""
    if e.start is None and e.end is None:
        return "—"
    if e.start == e.end:
        return str(e.start)
    return f"{e.start or ''} … {e.end or ''}".strip()


def _hint(e: Expression) -> str:
    return f"{days_of(e)} · {reason_words(e.reasons)}"


def _row(number: int, e: Expression) -> Row:
    timex3 = " ".join(value for value in (e.timex3["type"], e.timex3["value"], e.timex3["mod"]) if value)
    return Row(number, e.text, days_of(e), reason_words(e.reasons), e.edtf, timex3, e.rule, e.vague)
