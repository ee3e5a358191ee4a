"""Schemathesis calls every operation with what the description allows and with what it forbids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.fuzz import fuzz
from tests.support.rows import article, believe, claim, event
from timeline.http import tokens
from timeline.models import Change, Event
from timeline.pipeline import actors

SECONDS = 6  # `make fuzz` goes on for minutes
TEXT = "英国将于今年年底前举行大选。"


@pytest.mark.timeout(240)
def test_no_request_breaks_the_api(live_server: Any, broker: Path, settings: Any) -> None:
    settings.EXTRACTS_A_MINUTE = 1_000_000
    actors.load_gazetteer()
    for n in range(30):
        vote = event(f"e{n:03}", ["GB", "nato"], "2024-03-20", "2024-12-31", type="general")
        claim(vote, article(TEXT, title=f"标题{n}", of="zaobao"), TEXT)
        Change.objects.create(event=vote, what="added", after={})
    believe(Event.objects.get(pk="e000"), "2024-05-23", "2024-07-04", "2024-07-04")
    secret = tokens.add("fuzz", [tokens.ARTICLES_WRITE])
    done = fuzz(live_server.url, secret, SECONDS, "--max-examples", "15", "--seed", "1")
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    assert "No issues found" in done.stdout or "passed" in done.stdout
