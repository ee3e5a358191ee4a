"""The sandbox's jobs: each takes plain values and returns the finished bytes of an answer. No database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import orjson
from django.template.loader import render_to_string
from django.utils import translation

from timeline.display.extraction_json import reading_json
from timeline.display.readings import both_readings, marked_text
from timeline.display.try_text import TryText
from timeline.extraction import Article, load_rules, read_article
from timeline.extraction.cleaning import clean
from timeline.extraction.second import prompt_of
from timeline.fetching.posts import markup_of


def extract(
    title: str, text: str, html: str, published: str | None, zone: str, language: str, anchor: str | None, reader: str
) -> bytes:
    """Return the answer of `POST /api/v1/extract` for a text, in JSON. Days and moments are in ISO 8601.

    `language` is the text's, `reader` that of the answer's reader.
    """
    cleaned = clean(markup_of(text, html), title)
    article = Article(
        title=title,
        text=cleaned,
        published=datetime.fromisoformat(published) if published else None,
        zone=zone,
        language=language,
        anchor=date.fromisoformat(anchor) if anchor else None,
    )
    reading = read_article(article)
    with translation.override(reader):
        return orjson.dumps(reading_json(reading, cleaned))


def mark(text: str, day: str, language: str) -> bytes:
    """Return the part of the page `/try/` about a text, in HTML; `language` is the reader's."""
    findings = TryText(text, date.fromisoformat(day)).read()
    with translation.override(language):
        return render_to_string("timeline/_marked.html", {"findings": findings}).encode()


def question(text: str, day: str) -> bytes:
    """Return what a language model is asked about a text, in JSON; null where it has no date of an event."""
    _, marked = marked_text(text, date.fromisoformat(day))
    if marked is None:
        return orjson.dumps(None)
    system, user = prompt_of(marked)
    return orjson.dumps({"system": system, "user": user})


def readings(text: str, day: str, answer: str, language: str) -> bytes:
    """Return the part of the page `/try/` with both readings of a text, in HTML; `answer` is the model's."""
    with translation.override(language):
        both = both_readings(text, date.fromisoformat(day), answer)
        return render_to_string("timeline/_readings.html", {"both": both}).encode()


JOBS: dict[str, Callable[..., bytes]] = {"extract": extract, "mark": mark, "question": question, "readings": readings}


def warm() -> None:
    """Load rules, gazetteer and templates, so that the first text is not slower."""
    load_rules()
    mark("2024-01-01", "2024-01-01", "en")
