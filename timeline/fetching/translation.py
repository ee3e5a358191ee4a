"""Ask a translation service that speaks the API of LibreTranslate for one sentence."""

from __future__ import annotations

import json
from typing import Any

import httpcore
import httpx

from timeline.fetching.guard import Budget, ForbiddenAddressError, GuardedTransport, LimitExceededError
from timeline.fetching.reach import Reach

MAX_SENTENCE_CHARS = 2_000
MAX_RECEIVED = 40_000  # bytes of one answer
SECONDS = 8.0  # for one sentence


class TranslationError(Exception):
    """The service gave no translation; the message says why, without anything that the service wrote."""


def translate(url: str, key: str, text: str, source: str, target: str, *, reach: Reach) -> str:
    """Translate a sentence from one language to another (codes as LibreTranslate has them: `zh-Hans`, `en`).

    `url`: the service, without `/translate`; redirects are not followed. Raises TranslationError.
    """
    asked = {"q": text[:MAX_SENTENCE_CHARS], "source": source, "target": target, "format": "text"}
    transport = GuardedTransport(reach, Budget(SECONDS, MAX_RECEIVED))
    try:
        with httpx.Client(transport=transport, timeout=SECONDS, follow_redirects=False) as client:
            answer = client.post(f"{url.rstrip('/')}/translate", json=asked | ({"api_key": key} if key else {}))
            body = answer.content
    except (ForbiddenAddressError, LimitExceededError) as error:
        raise TranslationError(f"the address {error}") from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise TranslationError(f"it cannot be reached: {type(error).__name__}") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise TranslationError(f"it cannot be reached: {type(error).__name__}") from error
    if answer.status_code != httpx.codes.OK:
        raise TranslationError(f"the server answers {answer.status_code}")
    return _translated(body)


def _translated(body: bytes) -> str:
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TranslationError("the answer is no JSON") from error
    text = answer.get("translatedText") if isinstance(answer, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise TranslationError("the answer holds no translation")
    return text[: 4 * MAX_SENTENCE_CHARS]
