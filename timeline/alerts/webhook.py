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

import httpcore
import httpx
import orjson

from timeline.alerts.message import Message
from timeline.feeds.metadata import moment, plain
from timeline.fetching.guard import Budget, ForbiddenAddressError, GuardedTransport, LimitExceededError
from timeline.fetching.http import MAX_URL_CHARS, USER_AGENT
from timeline.fetching.reach import Reach
from timeline.query.changes import change_json

SECONDS = 10.0  # for one request, from the name's resolution to the status
MAX_ANSWER_BYTES = 100_000
GONE = 410  # the receiver wants no more: as the specification says
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


def post(message: Message, now: datetime, reach: Reach, *, connector: httpcore.NetworkBackend | None = None) -> Outcome:
    """Make one request. Never raises on what the server does."""
    try:
        return _post(message, now, reach, connector)
    except (ForbiddenAddressError, LimitExceededError) as error:
        return Outcome(f"The address {error}.")
    except (httpcore.TimeoutException, httpx.TimeoutException):
        return Outcome(f"No answer within {SECONDS:g} seconds.")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError) as error:
        return Outcome(f"The server cannot be reached: {str(error) or type(error).__name__}")
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        return Outcome(f"The address cannot be read: {error}", for_good=True)


def _post(message: Message, now: datetime, reach: Reach, connector: httpcore.NetworkBackend | None) -> Outcome:
    url, body = checked_url(message.watch.target), body_of(message)
    timestamp = int(now.timestamp())
    headers = {
        "user-agent": USER_AGENT,
        "content-type": "application/json",
        "webhook-id": message.delivery.id_of_message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(message.watch.secret, message.delivery.id_of_message, timestamp, body),
    }
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
    request = httpx.Request("POST", url, headers=headers, content=body, extensions={"timeout": timeouts})
    with GuardedTransport(reach, Budget(SECONDS, MAX_ANSWER_BYTES), connector=connector) as transport:
        response = transport.handle_request(request)
        response.close()
    if response.is_success:
        return Outcome()
    if response.status_code == GONE:
        return Outcome("The server wants no more (410).", for_good=True)
    return Outcome(f"The server answers {response.status_code}.")


def checked_url(text: str) -> httpx.URL:
    """Parse the address of a webhook. Raises ValueError or httpx.InvalidURL for one that may not be asked."""
    url = httpx.URL(text)
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or len(text) > MAX_URL_CHARS:
        raise ValueError(text)
    return url.copy_with(fragment=None)
