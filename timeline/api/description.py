"""The OpenAPI 3.1 description of the API, with parameters, headers, problems and examples."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import orjson
from django.urls import URLPattern, URLResolver, path, re_path
from django.utils import translation
from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema
from ninja.schema import NinjaGenerateJsonSchema

from timeline.api import patterns
from timeline.api.bodies import ArticleIn, Body, ExtractIn
from timeline.api.docs_page import docs, to_docs
from timeline.api.errors import guarded, unknown
from timeline.api.examples import EXAMPLES
from timeline.api.parameters import described
from timeline.api.problem_pages import problem_page
from timeline.api.schemas import ProblemOut
from timeline.http.problems import KINDS, MEDIA_TYPE, type_of
from timeline.query.parser import Parameter

REF = "#/components/schemas/{model}"
OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
IN_PATH: dict[str, dict[str, Any]] = {
    "event_id": {
        "schema": {"type": "string", "pattern": patterns.EVENT_ID, "format": "event-id"},
        "description": "The id of an event.",
        "example": "4kd92mxq0z",
    },
    "article_id": {
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        "description": "The number of an article.",
        "example": 1,
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "Of this answer; send it as If-None-Match.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "Location": {"description": "Where it is.", "schema": {"type": "string", "format": "uri-reference"}},
    "WWW-Authenticate": {"description": "RFC 6750.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "true: this was answered before, and nothing was done now.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
MERGED: dict[int, Any] = {
    308: {"description": "The event was merged into another one.", "headers": {"Location": HEADERS["Location"]}}
}
LISTS = ("bad-parameter", "bad-cursor")  # problems of operations that list, and of those that return one object
ONE = ("bad-parameter", "not-found")
FAILED = ("unexpected", "unavailable")
OF_STATUS = {401: ["WWW-Authenticate"], 403: ["WWW-Authenticate"], 409: ["Retry-After"]}
OF_STATUS |= {429: ["Retry-After"], 503: ["Retry-After"]}
SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token with the scope that the operation names; `manage.py token add` makes one.",
}
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Another one for each new request; with the same one and the same body nothing is done twice.",
    "schema": {"type": "string", "pattern": patterns.KEY},
    "example": "7f3b1c52-0d7e-4b0c-9a53-5a1d0c9c7c11",
}


def reads(
    operation: str, shape: type[Schema], *parameters: Parameter, problems: Sequence[str] = ("bad-parameter",)
) -> dict[str, Any]:
    """Return the arguments of the decorator of a GET operation."""
    extra = {
        "parameters": [described(parameter) for parameter in parameters],
        "responses": {
            200: _success(operation, ["ETag"]),
            304: {"description": "Not Modified", "headers": _headers(["ETag"])},
            **(MERGED if "gone" in problems else {}),
            **_problems([*problems, *FAILED]),
        },
    }
    return {"operation_id": operation, "response": {200: shape}, "openapi_extra": extra, "tags": ["reading"]}


def writes(
    operation: str,
    shape: type[Schema],
    body: type[Body],
    *,
    problems: Sequence[str],
    created: bool = False,
    scope: str = "",
) -> dict[str, Any]:
    """Return the arguments of the decorator of a POST operation; a `scope` requires a token and an idempotency key."""
    usual = (
        "malformed-body",
        "too-large",
        "wrong-media-type",
        "bad-body",
        "bad-parameter",
        "unexpected",
        "unavailable",
    )
    headers = ["Location", "Idempotency-Replayed"] if created else []
    schema = {"$ref": REF.format(model=body.__name__)}
    content = {"application/json": {"schema": schema, "examples": _example(f"{operation}.body")}}
    statuses = [200, 201] if created else [200]
    extra: dict[str, Any] = {
        "requestBody": {"required": True, "content": content},
        "responses": {status: _success(operation, headers) for status in statuses} | _problems([*problems, *usual]),
    }
    if scope:
        extra |= {"security": [{"token": []}], "parameters": [KEY_HEADER]}
    response = dict.fromkeys(statuses, shape)
    return {"operation_id": operation, "response": response, "openapi_extra": extra, "tags": ["writing"]}


def _success(operation: str, headers: Sequence[str]) -> dict[str, Any]:
    answer: dict[str, Any] = {"content": {"application/json": {"examples": _example(operation)}}}
    return {**answer, "headers": _headers(headers)} if headers else answer


def _example(name: str) -> dict[str, Any]:
    return {"example": {"value": EXAMPLES[name]}}


def _headers(names: Sequence[str]) -> dict[str, Any]:
    return {name: HEADERS[name] for name in names}


def _problems(kinds: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Return responses by status; several kinds may share one. `_complete` fills in their texts, in English."""
    found: dict[int, dict[str, Any]] = {}
    for kind in kinds:
        status = KINDS[kind].status
        new = {
            "description": "",
            "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="ProblemOut")}, "examples": {}}},
        }
        if status in OF_STATUS:
            new["headers"] = _headers(OF_STATUS[status])
        examples = found.setdefault(status, new)["content"][MEDIA_TYPE]["examples"]
        examples[kind] = {}
    return dict(sorted(found.items()))


class DescribedAPI(NinjaAPI):
    """A NinjaAPI that answers every error with problem details and describes what ninja does not know."""

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """Return the URLs of the operations, of the problem pages, and one that answers 404 for all others."""
        found, application, namespace = super().urls
        for pattern in found:
            assert isinstance(pattern, URLPattern)
            pattern.callback = guarded(pattern.callback)
        more = [
            path("docs", docs, name="docs"),
            path("problems/", problem_page, name="problems"),
            path("problems/<slug:kind>", problem_page, name="problem"),
            re_path("^.*$", unknown),
        ]
        return [path("", to_docs), *found, *more], application, namespace

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the description, always in English."""
        with translation.override("en"):
            schema = super().get_openapi_schema(**options)
            for operations in schema["paths"].values():
                for operation in operations.values():
                    _complete(operation)
        shapes = schema["components"]["schemas"]
        for model in (ProblemOut, ExtractIn, ArticleIn):
            shape = model.model_json_schema(ref_template=REF, schema_generator=NinjaGenerateJsonSchema)
            shapes.update(shape.pop("$defs", {}))
            _without_empty_defaults(shape)
            shapes[model.__name__] = shape
        shapes["ProblemOut"]["examples"] = [EXAMPLES["ProblemOut"]]
        schema["components"]["securitySchemes"] = {"token": SECURITY}
        return schema


def _without_empty_defaults(shape: dict[str, Any]) -> None:
    """Remove defaults of "": they mean that a field was not sent, and cannot be sent themselves."""
    for field in shape["properties"].values():
        if field.get("default") == "" and "pattern" in field:
            del field["default"]


def _complete(operation: dict[str, Any]) -> None:
    """Add what ninja does not know: path parameters, and titles and examples of problems."""
    operation["parameters"] = [
        {**parameter, **IN_PATH[parameter["name"]]} if parameter["in"] == "path" else parameter
        for parameter in operation["parameters"]
    ]
    operation["responses"] = responses = deepcopy(operation["responses"])
    for status, response in responses.items():
        content = response.get("content", {})
        if MEDIA_TYPE not in content:
            continue
        examples = content[MEDIA_TYPE]["examples"]
        response["description"] = "; or: ".join(str(KINDS[kind].title) for kind in examples)
        for kind in examples:
            known = KINDS[kind]
            example = {
                "type": type_of(kind),
                "title": str(known.title),
                "status": int(status),
                "detail": str(known.about),
            }
            examples[kind] = {"value": example}


def render(schema: dict[str, Any]) -> bytes:
    """Render the description with sorted keys, as it is committed."""
    return orjson.dumps(schema, option=OPTIONS)
