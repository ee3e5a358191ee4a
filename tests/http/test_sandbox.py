"""A stranger's text may do whatever it likes in the sandbox: it is given up, and the next one is read."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import psutil
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from selectolax.lexbor import LexborHTMLParser

from tests.support.openapi import check_answer
from tests.support.problems import problem_in
from tests.support.processes import ROOT, wait_until
from tests.support.sandbox import read
from timeline.api import texts
from timeline.sandbox.caller import NICE, BusyError, LimitError, Sandbox, SandboxError

CALLER = """
import os, sys, django
django.setup()
from timeline.sandbox import caller
from timeline.sandbox.caller import SANDBOX
from tests.support.sandbox import read
SANDBOX.command = ("-m", "bench.slow_reader")
caller.START_SECONDS = 110
read(SANDBOX, "今天")
print(SANDBOX._child.process.pid, flush=True)
read(SANDBOX, sys.argv[1])
"""
SECONDS = 1


def process_of(sandbox: Sandbox) -> psutil.Process:
    assert sandbox._child is not None
    return psutil.Process(sandbox._child.process.pid)


@pytest.fixture(scope="module")
def slow() -> Iterator[Sandbox]:
    """A sandbox whose texts may go wrong, with a limit of SECONDS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEWSDESK_EXTRACT_SECONDS", str(SECONDS))
        sandbox = Sandbox(("-m", "bench.slow_reader"))
        read(sandbox, "今天")
        yield sandbox
        sandbox.close()


@pytest.fixture(autouse=True)
def limit(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the web process: it waits longer than the sandbox takes, on a machine that is busy with tests as well."""
    monkeypatch.setenv("NEWSDESK_EXTRACT_SECONDS", str(SECONDS))
    settings.EXTRACT_SECONDS = 10
    cache.clear()


@pytest.mark.parametrize("way", ["SPIN", "MATCH"])
def test_a_text_that_takes_for_ever_is_given_up_by_the_sandbox_itself(slow: Sandbox, way: str) -> None:
    before = process_of(slow)
    with pytest.raises(LimitError):
        read(slow, way)
    assert process_of(slow) == before
    assert read(slow, "今天") == ["今天"]


@pytest.mark.parametrize("way", ["COMPUTE", "DIE"])
def test_one_that_cannot_be_given_up_ends_its_process_and_there_is_another(slow: Sandbox, way: str) -> None:
    before = process_of(slow)
    with pytest.raises(LimitError):
        read(slow, way)
    assert not before.is_running()
    assert read(slow, "今天") == ["今天"]


def test_who_has_waited_long_enough_ends_it(slow: Sandbox, settings: Settings) -> None:
    settings.EXTRACT_SECONDS = 0.1
    before = process_of(slow)
    with pytest.raises(LimitError):
        read(slow, "COMPUTE")
    assert not before.is_running()
    settings.EXTRACT_SECONDS = 10
    assert read(slow, "今天") == ["今天"]


def test_a_text_that_wants_all_memory_gets_none(slow: Sandbox) -> None:
    with pytest.raises(LimitError):
        read(slow, "SWELL")
    assert read(slow, "今天") == ["今天"]


def test_an_exception_is_reported_with_its_traceback_and_is_no_limit(slow: Sandbox) -> None:
    with pytest.raises(SandboxError, match="ValueError: a broken rule"):
        read(slow, "FAIL")
    assert read(slow, "今天") == ["今天"]


def test_a_process_that_was_killed_between_two_texts_is_replaced(slow: Sandbox) -> None:
    process_of(slow).kill()
    wait_until(lambda: process_of(slow).status() == psutil.STATUS_ZOMBIE, "it is dead")
    assert read(slow, "今天") == ["今天"]


def test_one_that_does_not_start_says_so() -> None:
    sandbox = Sandbox(("-c", "raise SystemExit(1)"))
    for _ in range(2):
        with pytest.raises(SandboxError, match="does not start"):
            read(sandbox, "今天")
    sandbox.close()


def test_it_can_be_started_before_the_first_text_comes() -> None:
    sandbox = Sandbox(("-m", "bench.slow_reader"))
    sandbox.prepare()
    process = process_of(sandbox)
    sandbox.prepare()
    assert read(sandbox, "今天") == ["今天"]
    assert process_of(sandbox) == process
    sandbox.close()
    assert not process.is_running()


def test_nobody_waits_in_a_thread_for_another_text(slow: Sandbox) -> None:
    given_up: list[str] = []

    def first() -> None:
        try:
            read(slow, "SPIN")
        except LimitError:
            given_up.append("SPIN")

    thread = threading.Thread(target=first)
    thread.start()
    wait_until(slow._lock.locked, "the first text is being read")
    with pytest.raises(BusyError):
        read(slow, "今天")
    assert thread.is_alive(), "it was refused while the first one was still being read"
    thread.join()
    assert given_up == ["SPIN"] and read(slow, "今天") == ["今天"]


def test_readers_of_pages_come_first(slow: Sandbox) -> None:
    read(slow, "今天")
    assert process_of(slow).nice() == NICE


@pytest.mark.parametrize("text", ["SPIN", "COMPUTE"])
def test_it_outlives_nobody(text: str) -> None:
    """Its web process is killed while it reads."""
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, text],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
    )
    assert caller.stdout is not None
    with caller.stdout:
        sandbox = psutil.Process(int(caller.stdout.readline()))
    began = sandbox.cpu_times().user
    wait_until(lambda: sandbox.cpu_times().user > began + 0.05, "it reads")
    caller.kill()
    caller.wait()
    wait_until(lambda: not sandbox.is_running() or sandbox.status() == psutil.STATUS_ZOMBIE, "it is gone as well")


# --- What is told -------------------------------------------------------------------------------


@pytest.fixture
def site(slow: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Reads with the slow sandbox."""
    monkeypatch.setattr(texts, "SANDBOX", slow)
    monkeypatch.setattr("timeline.web.try_text.SANDBOX", slow)
    return Client(headers={"accept-language": "en"})


def extract(site: Client, text: str) -> dict[str, str]:
    response = site.post("/api/v1/extract", {"text": text}, content_type="application/json")
    assert response.status_code == 503, response.content
    check_answer("post", "extract", response)
    return {**problem_in(response), "retry": response.get("Retry-After", "")}


def test_the_api_tells_that_a_text_takes_too_long(site: Client) -> None:
    problem = extract(site, "SPIN")
    assert (problem["type"], problem["retry"]) == ("/api/v1/problems/takes-too-long", "")
    assert "Send less" in problem["detail"]


def test_the_api_tells_that_another_text_is_being_read(site: Client, slow: Sandbox) -> None:
    with slow._lock:
        problem = extract(site, "今天")
    assert (problem["type"], problem["retry"]) == ("/api/v1/problems/busy", "1")


@pytest.mark.parametrize("fragment", [True, False])
def test_the_page_keeps_the_text_and_says_why_it_shows_nothing(
    site: Client, fragment: bool, settings: Settings, slow: Sandbox
) -> None:
    headers = {"HX-Request": "true"} if fragment else {}
    text = "SPIN" + "明天。" * 30_000
    response = site.post("/try/", {"text": text, "day": "2024-03-20"}, headers=headers)
    tree = LexborHTMLParser(response.content.decode())
    assert response.status_code == 503
    assert "takes too long" in tree.css("[role=alert]")[0].text()
    assert [area.text() for area in tree.css("textarea")] == ([] if fragment else [text])
    assert tree.css("#findings[hx-trigger]") == [], "it is not sent again by itself"
    with slow._lock:
        response = site.post("/try/", {"text": "明天", "day": "2024-03-20"}, headers=headers)
    tree = LexborHTMLParser(response.content.decode())
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert "Another text" in tree.css("#findings [role=status]")[0].text()
    assert tree.css("#findings")[0].attributes["hx-trigger"] == "load delay:1s"
    assert tree.css("[aria-invalid]") == []
