"""Send a delivery to a webhook, signed as the Standard Webhooks specification says (standardwebhooks.com, v1).

The address is a stranger's: each connection passes the same guard as a fetch, redirects are not followed, and of the
answer only its status is read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import orjson

from timeline.alerts.message import Message
from timeline.feeds.metadata import moment, plain
from timeline.fetching.http import MAX_URL_CHARS, FetchOptions, Limits, post
from timeline.fetching.reach import Reach
from timeline.query.changes import change_json

SECONDS = 10.0  # for one request, from the name's resolution to the status
MAX_ANSWER_BYTES = 100_000
SECRET_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. `error`: "" where it arrived; `for_good`: another attempt would be useless."""

    error: str = ""
    for_good: bool = False


def shown_secret(secret: str) -> str:
    """Return the secret as receivers enter it: `whsec_` and base64."""
    return SECRET_PREFIX + base64.b64encode(secret.encode()).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: HMAC-SHA256 over id, timestamp and body, in base64, after `v1,`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def body_of(message: Message) -> bytes:
    """Return the JSON that is sent: `type`, `timestamp`, and `data` with the changes as in `/changes.json`."""
    watch, delivery = message.watch, message.delivery
    changes = [
        {
            **change_json(line.change),
            "at": moment(line.change.at),
            "url": line.url,
            "title": plain(line.title),
            "summary": plain(line.what),
            "by_editor": line.by_editor,
            "evidence": _evidence(line),
        }
        for line in message.lines
    ]
    data = {"alert": watch.name, "url": message.events_url, "changes": changes, "more": message.more}
    kind = "events.test" if delivery.test else "events.changed"
    return orjson.dumps({"type": kind, "timestamp": moment(delivery.made_at), "data": data})


def _evidence(line: Any) -> dict[str, Any] | None:
    if line.evidence is None:
        return None
    found = line.evidence
    return {"text": found.text, "source": found.source, "reported": found.reported.isoformat(), "url": found.url}


def send(message: Message, now: datetime, reach: Reach) -> Outcome:
    """Make one request. Never raises on what the server does."""
    watch, delivery, body = message.watch, message.delivery, body_of(message)
    timestamp = int(now.timestamp())
    headers = {
        "webhook-id": delivery.id_of_message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(watch.secret, delivery.id_of_message, timestamp, body),
    }
    limits = Limits(seconds=SECONDS, silence=SECONDS, received=MAX_ANSWER_BYTES)
    options = FetchOptions(reach=reach, limits=limits)
    answer = post(watch.target, body, "application/json", now, options=options, headers=headers)
    if answer.kind == "new":
        return Outcome()
    return Outcome(f"The server {answer.reason or f'answers {answer.status}'}.", for_good=answer.kind == "gone")


def checked_url(text: str) -> httpx.URL:
    """Parse the address of a webhook. Raises ValueError or httpx.InvalidURL for one that may not be asked."""
    url = httpx.URL(text)
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or len(text) > MAX_URL_CHARS:
        raise ValueError(text)
    return url.copy_with(fragment=None)
