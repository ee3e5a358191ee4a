"""What was read in a text, as plain values: what `manage.py extract` prints and `POST /extract` answers.

Sentences (`why`, `doubts`) are in the active language; beside them stand the codes that they are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from timeline.display.reasons import doubt_words, reason_words
from timeline.extraction import EventMention, Expression, Reading
from timeline.extraction.reason import Reasons

OF_EVENT = ("kind", "type", "stage", "participants", "place")
OF_TEXT = ("status", "evidence", "evidence_start", "evidence_end", "expressions")


def reading_json(reading: Reading, text: str) -> dict[str, Any]:
    """Return anchor, language, and all expressions and events; `text`: the one that was read."""
    return {
        "anchor": reading.anchor.day if reading.anchor else None,
        "anchor_from": reading.anchor.source if reading.anchor else None,
        "language": reading.language,
        "text": text,
        "expressions": [expression_json(e) for e in reading.expressions],
        "title_expressions": [expression_json(e) for e in reading.title_expressions],
        "events": [event_json(e) for e in reading.events],
    }


def expression_json(e: Expression) -> dict[str, Any]:
    """Return the fields of a date expression, with its reasons as sentence and steps."""
    return e._asdict() | reason_json(e.reasons)


def event_json(e: EventMention) -> dict[str, Any]:
    """Return an event with its days, with its reasons and doubts in words and as codes."""
    return {
        **{name: getattr(e, name) for name in OF_EVENT},
        "start": e.when.start,
        "end": e.when.end,
        "granularity": e.when.grain,
        "modifier": e.when.modifier,
        "extent": e.when.extent,
        "edtf": e.when.edtf,
        **{name: getattr(e, name) for name in OF_TEXT},
        "alternatives": e.when.alternatives,
        "said_by": e.said_by,
        **reason_json(e.reasons),
        **doubt_json(e.doubts, e.probability),
    }


def reason_json(reasons: Reasons) -> dict[str, Any]:
    """Return why a date means its days: `why`, a sentence, and `reasons`, its steps."""
    return {"why": reason_words(reasons), "reasons": [{"code": r.code.value, "args": r.args} for r in reasons]}


def doubt_json(codes: Sequence[str], probability: float | None) -> dict[str, Any]:
    """Return why an event may be misread: `doubts`, sentences, `doubt_codes`, and how sure the reader is, 0 to 1."""
    words = [doubt_words(code, probability) for code in codes]
    return {"doubts": words, "doubt_codes": list(codes), "probability": probability}
