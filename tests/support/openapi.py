"""Answers held against the committed description: status, media type, headers and shape."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

PLACE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@cache
def described() -> dict[str, Any]:
    """The committed description."""
    told: dict[str, Any] = json.loads(PLACE.read_text("utf-8"))
    return told


def check_answer(method: str, path: str, response: Any) -> None:
    """Fail where an answer to `path` (below /api/v1/) is not as it is described, or has fields that are not."""
    operation = operation_of(method, path)
    told = operation["responses"].get(str(response.status_code))
    assert told is not None, f"{path}: status {response.status_code} is not described"
    media = response["Content-Type"]
    assert media in told["content"], f"{path}: {media}"
    problems = [str(error.message) for error in shape(told["content"][media]["schema"]).iter_errors(response.json())]
    assert not problems, f"{path}: {problems}"


def operation_of(method: str, path: str) -> dict[str, Any]:
    """What is described of a path with its parts filled in."""
    plain = "/api/v1/" + path.partition("?")[0]
    for pattern, operations in described()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), plain) and method in operations:
            operation: dict[str, Any] = operations[method]
            return operation
    raise AssertionError(f"{method} {path} is not described")


def shape(schema: dict[str, Any]) -> Any:
    """A validator that also refuses fields that a shape does not have."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": _closed()}, validate_formats=True)


@cache
def _closed() -> dict[str, Any]:
    shapes = json.loads(json.dumps(described()["components"]["schemas"]))
    for told in shapes.values():
        if told.get("type") == "object" and "properties" in told:
            told["additionalProperties"] = False
    return {"schemas": shapes}
