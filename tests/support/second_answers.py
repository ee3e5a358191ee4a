"""Answers of a language model, made of what the embedded reader tells."""

from __future__ import annotations

import json

from timeline.extraction import Article as CleanArticle
from timeline.extraction import read_article
from timeline.extraction.second import check_answer, mark
from timeline.models import Article


def answer_about(article: Article, *kinds: str) -> str:
    """What a model answers that means the embedded reader's own events of these kinds."""
    reading = read_article(CleanArticle(article.title, article.text, article.published, zone="UTC"))
    assert reading.anchor is not None
    marked = mark(article.text, article.title, reading.expressions, reading.anchor.day, "zh")
    assert marked is not None
    events = []
    for e in reading.events:
        if e.kind in kinds:
            who = [i for i, m in enumerate(marked.mentions) if set(m.codes) & set(e.participants)]
            event = {"s": marked.sentence_at(e.trigger[0]) + 1, "trigger": article.text[slice(*e.trigger)]}
            event |= {"dates": list(e.expressions), "who": who[:2], "type": e.type, "stage": e.stage}
            events.append(event | {"status": e.status, "extent": "within"})
    said = json.dumps({"events": events, "missing": []}, ensure_ascii=False)
    assert len(check_answer(marked, said).events) == len(events) > 0 or not kinds
    return said
