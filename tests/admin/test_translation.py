"""Evidence in the editor's language, by a small translation service of the tests' own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

from tests.support.articles import raw, read_all
from tests.support.inbox import INBOX
from tests.support.review import alice
from timeline.fetching.reach import Reach
from timeline.models import Event, Translation
from timeline.pipeline import actors

__all__ = ["alice"]
pytestmark = pytest.mark.django_db
SENTENCE = "法国大选将于2031年3月1日举行。"


@dataclass
class Service:
    """What was asked, and what is answered."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes = json.dumps({"translatedText": "France <b>votes</b> on 1 March 2031."}).encode()


@pytest.fixture
def service() -> Iterator[Service]:
    known = Service()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/translate"
            known.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(known.status)
            self.send_header("Content-Length", str(len(known.body)))
            self.end_headers()
            self.wfile.write(known.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_port}"
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(service: Service, settings: Any) -> str:
    settings.TRANSLATE_URL, settings.TRANSLATE_KEY = service.url, "secret"
    actors.load_gazetteer()
    read_all([raw("a", "2030-01-01", SENTENCE)])
    return f"{INBOX}event/{Event.objects.get(merged_into=None).pk}/"


def test_a_sentence_is_translated_when_asked_for_marked_and_asked_once(
    alice: Client, service: Service, page: str
) -> None:
    plain = alice.get(page).content.decode()
    assert "Translate the sentences" in plain and "Simplified Chinese" in plain and service.asked == []
    shown = alice.get(f"{page}?translate=1").content.decode()
    assert "machine translation" in shown and "France &lt;b&gt;votes&lt;/b&gt; on 1 March 2031." in shown
    assert [(one["q"], one["source"], one["target"], one["api_key"]) for one in service.asked] == [
        (SENTENCE, "zh-Hans", "en", "secret")
    ]
    alice.get(f"{page}?translate=1")
    assert len(service.asked) == 1
    alice.cookies["django_language"] = "zh-hans"
    assert "translate=1" not in alice.get(page).content.decode()  # it is in the editor's language


@pytest.mark.parametrize(
    ("status", "body"), [(500, b"{}"), (200, b"<html>"), (200, b"{}"), (200, b'{"translatedText": 7}'), (302, b"")]
)
def test_a_service_that_fails_loses_nothing_and_is_named(
    alice: Client, service: Service, page: str, status: int, body: bytes
) -> None:
    service.status, service.body = status, body
    answer = alice.get(f"{page}?translate=1")
    assert answer.status_code == 200 and "Not translated:" in answer.content.decode()
    assert not Translation.objects.exists()
    assert len(service.asked) == 1


def test_an_address_that_is_not_allowed_is_never_asked(
    alice: Client, service: Service, page: str, settings: Any
) -> None:
    settings.TRANSLATE_REACH = Reach()
    assert "Not translated:" in alice.get(f"{page}?translate=1").content.decode()
    assert service.asked == []


def test_without_a_service_nothing_is_offered_or_asked(
    alice: Client, service: Service, page: str, settings: Any
) -> None:
    settings.TRANSLATE_URL = ""
    assert "Translate the sentences" not in alice.get(page).content.decode()
    alice.get(f"{page}?translate=1")
    assert service.asked == []
