"""Faults of a language model's server: killed in the midst of an answer, slow, lying. Nothing may change by them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import psycopg

from bench.deployment import Deployment
from bench.fault import Broken, Fault

ARTICLES = 5  # asked about
SECONDS = 2  # that an answer may take
SLOW = 60.0  # seconds that a slow server takes
LIES = (
    "I am sorry, I cannot help with that.",
    '{"events": [{"s": 1, "trigger": "zzyzx summit", "dates": [0], "who": [0], "type": "summit", "stage": "",'
    ' "status": "occurred", "extent": "within"}], "missing": []}',
    '{"events": [{"s": 999, "trigger": "x", "dates": ["2031-05-01"], "who": ["Atlantis"], "type": "coronation"}]}',
    "[" * 20_000,
    '{"events": [{}], "missing": [{"s": 1, "words": "<script>alert(1)</script>"}]}',
)
ASK = f"""
from django.utils import timezone
from timeline.models import Article
from timeline.pipeline.process import process
from timeline.pipeline.read import requeue
from timeline.second_reader import ask, choose
done = Article.objects.filter(state="done").exclude(expressions=[]).order_by("pk")[:{ARTICLES}]
for article in done: choose.order(article)
changed = ask.ask_about([article.pk for article in done], 60)
requeue(changed)
process(changed)
"""
OWN = (
    'SELECT article_id, key, start, "end", status, doubts, reader FROM timeline_claim WHERE article_id = ANY(%s)'
    " ORDER BY 1, 2, 3, 4, 5, 6, 7"
)
CHOSEN = f"SELECT id FROM timeline_article WHERE state = 'done' AND expressions <> '[]' ORDER BY id LIMIT {ARTICLES}"


@contextmanager
def _server(way: str) -> Iterator[tuple[str, list[str]]]:
    """Serve chat completions in one wrong way; give the address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            if way == "slow":
                time.sleep(SLOW)
            message = {"role": "assistant", "content": LIES[len(asked) % len(LIES)]}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            body = json.dumps(
                {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
            ).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:20] if way == "killed" else body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()


def _ask(way: str, made: Deployment) -> str:
    """Ask a server about articles that are done; their claims stay as they are, and nothing fails."""
    with psycopg.connect(made.environment["DATABASE_URL"]) as database:
        ids = [pk for (pk,) in database.execute(CHOSEN).fetchall()]
        before = database.execute(OWN, [ids]).fetchall()
    settings = {"NEWSDESK_MODEL_NAME": "m", "NEWSDESK_MODEL_SECONDS": str(SECONDS)}
    with _server(way) as (url, asked):
        made.python("manage.py", "shell", "--no-imports", "-c", ASK, NEWSDESK_MODEL_URL=url, **settings)
    with psycopg.connect(made.environment["DATABASE_URL"]) as database:
        after = database.execute(OWN, [ids]).fetchall()
        failed = database.execute(
            "SELECT count(*) FROM timeline_article WHERE state = 'failed' AND id = ANY(%s)", [ids]
        )
        row = failed.fetchone()
        database.execute("DELETE FROM timeline_secondreading")
    if after != before:
        raise Broken(f"{len(before)} claims became {len(after)} or others by a server that was {way}")
    if row is None or row[0]:
        raise Broken("an article failed by the model's server")
    return f"asked {len(asked)} times about {len(ids)} articles; their {len(before)} claims are the same"


FAULTS = (
    Fault("a model's server that dies in its answer", partial(_ask, "killed"), short=True),
    Fault("a model's server that is slow", partial(_ask, "slow")),
    Fault("a model's server that lies", partial(_ask, "lying"), short=True),
)
