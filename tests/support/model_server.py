"""A server on loopback that speaks the chat-completions API: it replays answers by the digest of the question."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Scripted = Callable[[str], str]


@dataclass
class Model:
    """A scripted model. `answers`: by digest of the question; others get what `script` makes of the question.

    `status`: what it answers; `retry_after`: its header; `delay`: seconds before it answers; `cut`: bytes after which
    it closes the connection; `knows_schema`: whether it takes a response format; `raw`: a body in place of an answer.
    """

    url: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    script: Scripted = lambda question: '{"events": [], "missing": []}'
    status: int = 200
    retry_after: str = ""
    delay: float = 0.0
    cut: int = 0
    knows_schema: bool = True
    raw: bytes = b""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def answer_to(self, question: str) -> str:
        return self.answers.get(digest(question)) or self.script(question)


def digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()


@contextmanager
def model_server() -> Iterator[Model]:
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            model.asked.append(asked)
            model.headers.append({name.lower(): value for name, value in self.headers.items()})
            time.sleep(model.delay)
            status = 400 if "response_format" in asked and not model.knows_schema else model.status
            body = (
                model.raw
                or json.dumps(self.completion(asked) if status == 200 else {"error": {"message": "no"}}).encode()
            )
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            if model.retry_after:
                self.send_header("retry-after", model.retry_after)
            self.end_headers()
            self.wfile.write(body[: model.cut or None])

        def completion(self, asked: dict[str, Any]) -> dict[str, Any]:
            question = asked["messages"][1]["content"]
            message = {"role": "assistant", "content": model.answer_to(question)}
            return {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": asked["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 700, "completion_tokens": 50, "total_tokens": 750},
            }

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
