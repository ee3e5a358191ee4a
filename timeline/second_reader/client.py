"""Ask a language model behind an OpenAI-compatible address one question.

The package `openai` is an extra (`pip install newsdesk[model]`), so it is loaded with the first question.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx
from django.conf import settings

from timeline.extraction.second import ANSWER_SCHEMA
from timeline.extraction.second.answers import MAX_ANSWER_CHARS
from timeline.fetching.guard import Budget, ForbiddenAddressError, GuardedTransport, LimitExceededError

MAX_RECEIVED = 4 * MAX_ANSWER_CHARS  # bytes of one answer
MAX_OUTPUT_TOKENS = 4_000
MAX_RETRY_SECONDS = 3600.0  # that a server may ask us to wait
CALM = frozenset({400, 404, 415, 422})  # what servers answer that do not know a response format
TOO_MANY, UNAVAILABLE = 429, 503


class ModelError(Exception):
    """The model gave no answer. `wait`: seconds after which the server wants to be asked again, 0 if it says none."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, and how many tokens the server counted (0 where it does not)."""

    text: str
    tokens_in: int
    tokens_out: int


def is_on() -> bool:
    """Return whether a model is set."""
    return bool(settings.MODEL_URL and settings.MODEL_NAME)


def ask(system: str, question: str) -> Answer:
    """Ask once. Raises ModelError for every failure of the server; nothing is tried again here."""
    openai = _package()
    budget = Budget(settings.MODEL_SECONDS, MAX_RECEIVED)
    transport = GuardedTransport(settings.MODEL_REACH, budget)
    try:
        with httpx.Client(transport=transport, timeout=settings.MODEL_SECONDS) as http:
            client = openai.OpenAI(
                base_url=settings.MODEL_URL,
                api_key=settings.MODEL_KEY or "none",
                http_client=http,
                max_retries=0,
                timeout=settings.MODEL_SECONDS,
            )
            return _asked(openai, client, system, question)
    except (ForbiddenAddressError, LimitExceededError) as error:
        raise ModelError(f"the address {error}") from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise ModelError(f"it cannot be reached: {type(error).__name__}") from error


def _asked(openai: Any, client: Any, system: str, question: str) -> Answer:
    """Ask for the schema; a server that does not know it is asked for JSON in words alone."""
    try:
        return _answer(_complete(openai, client, system, question, response_format=_FORMAT))
    except openai.APIStatusError as error:
        if error.status_code not in CALM:
            raise _as_model_error(error) from error
    except openai.APIError as error:
        raise ModelError(_words(error)) from error
    try:
        return _answer(_complete(openai, client, system, question))
    except openai.APIStatusError as error:
        raise _as_model_error(error) from error
    except openai.APIError as error:
        raise ModelError(_words(error)) from error


_FORMAT = {"type": "json_schema", "json_schema": {"name": "events", "strict": True, "schema": ANSWER_SCHEMA}}


def _complete(openai: Any, client: Any, system: str, question: str, **more: Any) -> Any:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    try:
        return client.chat.completions.create(
            model=settings.MODEL_NAME, messages=messages, temperature=0, max_tokens=MAX_OUTPUT_TOKENS, **more
        )
    except openai.APIError:
        raise
    except (ValueError, TypeError, httpx.HTTPError, OSError) as error:  # an answer that is none
        raise ModelError(_words(error)) from error


def _answer(completion: Any) -> Answer:
    """Read the answer; servers leave out what they please."""
    choices = getattr(completion, "choices", None) or []
    content = getattr(getattr(choices[0], "message", None), "content", None) if choices else None
    if not isinstance(content, str) or not content.strip():
        raise ModelError("the answer is empty")
    usage = getattr(completion, "usage", None)
    counts = [getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens")]
    numbers = [n if isinstance(n, int) and n > 0 else 0 for n in counts]
    return Answer(content[:MAX_ANSWER_CHARS], *numbers)


def _as_model_error(error: Any) -> ModelError:
    wait = 0.0
    if error.status_code in (TOO_MANY, UNAVAILABLE):
        text = str(error.response.headers.get("retry-after", "")).strip()
        wait = min(float(text), MAX_RETRY_SECONDS) if text.isascii() and text.isdigit() else 0.0
    return ModelError(f"the server answers {error.status_code}", wait)


def _words(error: BaseException) -> str:
    """Name an error without what the server wrote: that may hold the key or the question."""
    cause = error.__cause__ or error
    return f"{type(error).__name__}: {type(cause).__name__}"


def _package() -> Any:
    try:
        return importlib.import_module("openai")
    except ImportError as error:
        raise ModelError("the package openai is absent: pip install 'newsdesk[model]'") from error
