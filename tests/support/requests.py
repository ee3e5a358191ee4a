"""Requests that meet a busy database."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from tests.support.rows import source
from timeline.http.problems import RETRY_AFTER
from timeline.ingest.store import digest
from timeline.models import Feed

TEXT = "英国将于今年年底前举行大选。"


def post(client: Client, secret: str, number: int = 1, key: str = "k1", text: str = TEXT, **more: Any) -> Any:
    body = {"url": f"https://new.example/{number}", "title": "标题", "published": "2024-03-20T12:00:00Z", "text": text}
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
    return client.post("/api/v1/articles", json.dumps(body | more), content_type="application/json", headers=headers)


def is_503(answer: Any) -> bool:
    return bool(answer.status_code == 503 and answer["Retry-After"] == str(RETRY_AFTER) and "Age" not in answer)


def feed() -> Feed:
    url = "https://one.example/feed"
    return Feed.objects.create(source=source("one"), url=url, url_digest=digest(url))
