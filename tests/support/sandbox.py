"""Texts given to a sandbox."""

from __future__ import annotations

import orjson

from timeline.sandbox.caller import Sandbox


def read(sandbox: Sandbox, text: str) -> list[str]:
    """The date expressions of a text."""
    values = {"title": "", "html": "", "published": None, "zone": "UTC", "language": "zh"}
    values |= {"anchor": "2024-03-20", "reader": "en"}
    answer = orjson.loads(sandbox.call("extract", text=text, **values))
    return [expression["text"] for expression in answer["expressions"]]
