"""One event with its article, and who reads its pages."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.support import rows
from timeline.models import Event

SENTENCE = "澳大利亚将于2025年5月举行大选。"
TEXT = f"巴黎消息。\n\n{SENTENCE}分析人士持谨慎态度。"
YEARS = "from=2024&to=2026"


@pytest.fixture
def reader() -> Client:
    return Client(headers={"accept-language": "zh-Hans"})


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def australia() -> Event:
    event = rows.event("australia1", ["AU"], "2025-05-01", "2025-05-31", granularity="month")
    expression = rows.expression(TEXT, "2025年5月", "2025-05-01", "2025-05-31", [["stated", []]])
    article = rows.article(TEXT, title="澳洲大选在即", expressions=[expression])
    rows.claim(
        event,
        article,
        SENTENCE,
        trigger="大选",
        mentions={"澳大利亚": "AU"},
        expressions=[0],
        reasons=[["phrase", ["2025年5月"]], ["stated", []]],
    )
    return event
