"""Problem bodies (RFC 9457), read and checked."""

from __future__ import annotations

import json
from typing import Any

from timeline.http.problems import KINDS


def problem_in(response: Any) -> dict[str, Any]:
    """The problem that an answer tells."""
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == response.status_code
    known = KINDS[body["type"].removeprefix("/api/v1/problems/")]
    assert (known.status, str(known.title)) == (body["status"], body["title"])
    return body
