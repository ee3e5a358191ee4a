"""The examples of docs/api.md are asked for real, and answered with what stands there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.support.rows import article, claim, event
from timeline.http import tokens
from timeline.models import Change

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(r"```http\n(.*?)```\s*```json\n(.*?)```", re.S)
EXAMPLES = EXAMPLE.findall(DOCUMENT.read_text("utf-8"))
TEXT = "英国将于今年年底前举行大选。"


def ask(client: Client, request: str, secret: str) -> Any:
    head, _, body = request.strip().partition("\n\n")
    (method, path), *lines = [line.split(" ", 1) for line in head.split("\n")]
    headers = {name.rstrip(":"): value.replace("newsdesk_…", secret) for name, value in lines}
    options: dict[str, Any] = {"data": body, "content_type": headers.pop("Content-Type")} if body else {}
    return client.generic(method, path, headers={"Accept-Language": "en", **headers}, **options).json()


def outline(value: Any) -> Any:
    """Fields and kinds of values: what must be the same. Numbers, texts and absent values may differ."""
    if isinstance(value, dict):
        return {name: outline(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [outline(inner) for inner in value[:1]]
    return None if value is None else type(value).__name__


@pytest.mark.parametrize(("request_text", "answer"), EXAMPLES, ids=[text.split("\n")[0] for text, _ in EXAMPLES])
def test_every_example_is_answered_so(client: Client, request_text: str, answer: str) -> None:
    cache.clear()
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31")
    event("gb2", ["GB"], "2024-06-20", "2024-12-31")
    claim(vote, article(TEXT), TEXT)
    state = json.loads(EXAMPLES[1][1])["changes"][0]["after"]
    Change.objects.create(event=vote, what="added", after=state)
    secret = tokens.add("docs", [tokens.ARTICLES_WRITE])
    told, given = json.loads(answer), ask(client, request_text, secret)
    assert outline(given) == outline(told)
    for name in ("type", "status", "outcome", "anchor", "text"):
        assert given.get(name) == told.get(name)


@pytest.mark.parametrize(("language", "command"), [("sh", ["sh", "-e"]), ("python", [sys.executable])])
def test_the_examples_of_programs_run(
    language: str, command: list[str], transactional_db: None, live_server: LiveServer
) -> None:
    event("gb1", ["GB"], "2024-03-20", "2024-12-31")
    event("gb2", ["GB"], "2024-06-20", "2024-12-31")
    programs = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.S)
    assert programs
    for program in programs:
        text = program.replace("http://localhost:8000", live_server.url)
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "gb1" in done.stdout and "gb2" in done.stdout


def test_there_is_an_example_of_every_kind_of_operation() -> None:
    assert len(EXAMPLES) >= 5
