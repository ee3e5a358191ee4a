"""Examples of the description: what is sent and what is answered. The tests hold them against the shapes."""

from __future__ import annotations

from typing import Any

from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
SITE = "https://news.example.org"
GB = {"code": "GB", "name": PHRASES["country"]}
NEWSROOM = {"slug": "example-news", "name": "Example News"}
SENTENCE, ARTICLE_TITLE = PHRASES["sentence"], PHRASES["article_title"]
DATE_WORDS = PHRASES["date_words"]
WHY = f"{DATE_WORDS}: counted from the publication date 2024-03-20 → 2024-03-20…2024-12-31"
DEADLINE = {"start": "2024-03-20", "end": "2024-12-31"}

EVENT: dict[str, Any] = {
    "id": "4kd92mxq0z",
    "url": f"{SITE}/events/4kd92mxq0z/",
    "kind": "election",
    "type": "general",
    "stage": "vote",
    "place": None,
    "participants": [GB],
    **DEADLINE,
    "granularity": "year",
    "modifier": "by",
    "extent": "within",
    "by_law": False,
    "status": "scheduled",
    "lapsed": False,
    "edtf": "[2024-03-20..2024-12-31]",
    "alternatives": [],
    "believed_since": "2024-03-20",
    "first_reported": "2024-03-20",
    "claims": 1,
    "sources": 1,
    "note": "",
    "title": PHRASES["event_title"],
    "span": PHRASES["event_dates"],
}
REASONS: list[dict[str, Any]] = [
    {"code": "phrase", "args": [DATE_WORDS]},
    {"code": "counted", "args": ["published", "2024-03-20"]},
    {"code": "days", "args": ["2024-03-20", "2024-12-31"]},
]
CLAIM: dict[str, Any] = {
    "id": 7,
    "article": 1,
    "article_title": ARTICLE_TITLE,
    "article_url": "https://example.com/a",
    "source": NEWSROOM,
    "reported": "2024-03-20",
    **DEADLINE,
    "granularity": "year",
    "modifier": "by",
    "extent": "within",
    "alternatives": [],
    "status": "scheduled",
    "evidence": SENTENCE,
    "evidence_start": 0,
    "evidence_end": 14,
    "said_by": "",
    "why": WHY,
    "reasons": REASONS,
    "doubts": [],
    "doubt_codes": [],
    "probability": 0.97,
    "reprint_of": None,
}
BELIEF: dict[str, Any] = {
    "since": "2024-03-20",
    "until": None,
    **DEADLINE,
    "granularity": "year",
    "modifier": "by",
    "extent": "within",
    "by_law": False,
    "status": "scheduled",
    "alternatives": [],
    "change": "first",
}
ARTICLE: dict[str, Any] = {
    "id": 1,
    "title": ARTICLE_TITLE,
    "url": "https://example.com/a",
    "source": NEWSROOM,
    "published": "2024-03-20T12:00:00Z",
    "anchor": "2024-03-20",
    "anchor_from": "published",
    "language": "zh-Hans",
    "version": 1,
    "state": "done",
}
EXPRESSION: dict[str, Any] = {
    "text": DATE_WORDS,
    "start_char": 4,
    "end_char": 9,
    **DEADLINE,
    "granularity": "part",
    "modifier": "by",
    "vague": False,
    "edtf": "2024-03-20/2024-12-31",
    "timex3": {"type": "DATE", "value": "2024", "mod": "BEFORE"},
    "rule": "deictic year",
    "why": WHY,
    "reasons": REASONS,
}
MENTION: dict[str, Any] = {
    "kind": "election",
    "type": "general",
    "stage": "vote",
    "participants": ["GB"],
    "place": "",
    **DEADLINE,
    "granularity": "year",
    "modifier": "by",
    "extent": "within",
    "edtf": "[2024-03-20..2024-12-31]",
    "status": "scheduled",
    "evidence": SENTENCE,
    "evidence_start": 0,
    "evidence_end": 14,
    "expressions": [0],
    "alternatives": [],
    "said_by": "",
    "why": WHY,
    "reasons": REASONS,
    "doubts": [],
    "doubt_codes": [],
    "probability": 0.97,
}
STATE: dict[str, Any] = {
    **DEADLINE,
    "granularity": "year",
    "modifier": "by",
    "extent": "within",
    "status": "scheduled",
    "type": "general",
    "participants": ["GB"],
}
CHANGE: dict[str, Any] = {
    "id": 12,
    "event": "4kd92mxq0z",
    "what": "added",
    "at": "2024-03-20T12:01:07+00:00",
    "before": None,
    "after": STATE,
    "merged_into": None,
}
ACTOR: dict[str, Any] = {
    **GB,
    "kind": "country",
    "name_zh_hans": PHRASES["country"],
    "name_zh_hant": PHRASES["country_traditional"],
    "name_en": "United Kingdom",
}

# By operation id (and `.body` for what is sent), or by the name of a shape.
EXAMPLES: dict[str, Any] = {
    "listEvents": {"events": [EVENT], "next": f"{SITE}/api/v1/events?limit=1&cursor=ZTE5ZjYz"},
    "getEvent": {
        "event": EVENT,
        "beliefs": [BELIEF],
        "beliefs_before": 0,
        "claims": [CLAIM],
        "claims_next": None,
    },
    "listClaims": {"claims": [CLAIM], "next": None},
    "listArticles": {"articles": [ARTICLE], "next": None},
    "getArticle": {**ARTICLE, "text": SENTENCE, "expressions": [EXPRESSION], "title_expressions": []},
    "listActors": {"actors": [ACTOR], "next": None},
    "listSources": {"sources": [{**NEWSROOM, "zone": "Asia/Shanghai", "language": "zh-Hans"}], "next": None},
    "getDensity": {
        "grain": "month",
        "start": "2024-01-01",
        "end": "2024-12-31",
        "total": 3,
        "buckets": [{"start": "2024-03-01", "end": "2024-03-31", "count": 3, "election": 1, "alliance": 2}],
    },
    "listChanges": {"changes": [CHANGE], "after": 12, "next": None},
    "extract.body": {
        "title": ARTICLE_TITLE,
        "text": SENTENCE,
        "published": "2024-03-20T12:00:00Z",
        "zone": "Europe/London",
    },
    "extract": {
        "anchor": "2024-03-20",
        "anchor_from": "published",
        "language": "zh-Hans",
        "text": SENTENCE,
        "expressions": [EXPRESSION],
        "title_expressions": [],
        "events": [MENTION],
    },
    "takeInArticle.body": {
        "url": "https://example.com/a",
        "title": ARTICLE_TITLE,
        "published": "2024-03-20T12:00:00Z",
        "text": SENTENCE,
    },
    "takeInArticle": {"id": 1, "url": f"{SITE}/api/v1/articles/1", "outcome": "new", "version": 1},
    "ProblemOut": {
        "type": "/api/v1/problems/bad-parameter",
        "title": "The parameters cannot be understood",
        "status": 400,
        "detail": "colour: There is no such parameter. Allowed are: kind, type.",
        "invalid-params": [
            {"name": "colour", "reason": "There is no such parameter.", "allowed": "Allowed are: kind, type."}
        ],
    },
}
