"""What was read in a text, as plain values: what `manage.py extract` prints and `POST /extract` answers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from timeline.extraction import EventMention, Expression, Reading

OF_EVENT = (
    "kind type stage participants place start end granularity modifier extent edtf status "
    "evidence evidence_start evidence_end expressions alternatives said_by why doubts"
).split()


def reading_json(reading: Reading, text: str) -> dict[str, Any]:
    """The anchor, the language, and all expressions and events; `text` is the one that was read."""
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
    return e._asdict()


def event_json(e: EventMention) -> dict[str, Any]:
    row = asdict(e)
    return {name: row[name] for name in OF_EVENT}
