"""From a clean article to its reading: language, anchor, date expressions, events."""

from __future__ import annotations

import re

from timeline.extraction.anchors import anchor_of
from timeline.extraction.dates import find
from timeline.extraction.events.engine import read_events
from timeline.extraction.script import fold, is_traditional
from timeline.extraction.values import Article, Reading

HAN = re.compile(r"[一-鿿]")
KANA = re.compile(r"[぀-ヿ]")
HEAD = 2000
NAMES = {"given": "anchor", "bracket": "bracketed day"}


def read_article(article: Article) -> Reading:
    """Everything dated in an article. Never raises on any text; without an anchor nothing is dated."""
    folded = fold(article.text)
    language = article.language or language_of(article.title + "\n" + article.text[:HEAD])
    anchor = anchor_of(article, folded)
    if anchor is None:
        return Reading(language, None, (), (), ())
    word = NAMES.get(anchor.source, anchor.source)
    expressions = find(article.text, anchor.day, language=language, anchor_word=word, leave_out=anchor.spans)
    in_title = find(article.title, anchor.day, language=language, anchor_word=word)
    family = language.partition("-")[0]
    events = read_events(article.text, folded, article.title, expressions, anchor.day, family)
    return Reading(language, anchor, tuple(expressions), tuple(in_title), events)


def language_of(text: str) -> str:
    """BCP 47: zh-Hans, zh-Hant, ja, or en for everything in Latin letters."""
    han = len(HAN.findall(text))
    if not han or han * 12 < len(text):
        return "en"
    if len(KANA.findall(text)) * 4 > han:
        return "ja"
    return "zh-Hant" if is_traditional(text) else "zh-Hans"
