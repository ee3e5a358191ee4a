"""Run by fuzz.py: print an OpenAPI description of all URLs outside the API, with the forms of their pages.

A form is sent to its path alone, without the query that a page may have given it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from bench.addresses import TEXTS  # noqa: E402
from bench.fuzz_forms import Knocking, found_forms  # noqa: E402

URLENCODED = "application/x-www-form-urlencoded"
ANSWERS = {"default": {"description": "A page, a file or a refusal."}}


def described() -> dict[str, Any]:
    """Return the OpenAPI paths with their operations."""
    paths: dict[str, dict[str, Any]] = {}
    for form in found_forms(Knocking()):
        path = form.action.partition("?")[0]
        if path.startswith("/api/"):
            continue
        operation: dict[str, Any] = {"responses": ANSWERS}
        if form.method == "get":
            operation["parameters"] = [_parameter(name) for name in form.fields if "{" not in name]
        else:
            fields = {name: _value(offered) for name, offered in form.fields.items()}
            schema = {"type": "object", "properties": fields, "additionalProperties": {"type": "string"}}
            operation["requestBody"] = {"content": {URLENCODED: {"schema": schema}}}
        paths.setdefault(path, {}).setdefault(form.method, operation)
    return {"openapi": "3.0.3", "info": {"title": "newsdesk, for people", "version": "1"}, "paths": paths}


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


def _value(offered: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a field: an offered value, an unexpected one, or any text."""
    known = sorted({*offered, *(text for text in TEXTS if len(text) < 100)})
    return {"anyOf": [{"type": "string", "enum": known}, {"type": "string"}]}


if __name__ == "__main__":
    print(json.dumps(described()))
