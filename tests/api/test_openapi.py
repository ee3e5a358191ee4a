"""The description of the API: committed, complete, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.support.openapi import PLACE, described, shape
from timeline.api import patterns
from timeline.http.problems import KINDS
from timeline.query.parameters import PARAMETERS
from timeline.query.windows import WindowError, iso_interval

pytestmark = pytest.mark.any_database

OPERATIONS = {
    *("listEvents", "getEvent", "listClaims", "listArticles", "getArticle", "listActors", "listSources"),
    *("getDensity", "listChanges", "extract", "takeInArticle"),
}


def operations() -> Iterator[dict[str, Any]]:
    for told in described()["paths"].values():
        yield from told.values()


def by_id(name: str) -> dict[str, Any]:
    return next(operation for operation in operations() if operation["operationId"] == name)


def test_the_committed_description_is_that_of_the_code(tmp_path: Path) -> None:
    call_command("openapi", str(tmp_path / "now.json"), verbosity=0)
    assert (tmp_path / "now.json").read_bytes() == PLACE.read_bytes(), "run `manage.py openapi` and review what changed"


def test_it_is_the_same_in_every_language(client: Client, db: None) -> None:
    told = client.get("/api/v1/openapi.json", HTTP_ACCEPT_LANGUAGE="zh-hans").json()
    assert told == described()
    assert client.get("/api/v1/docs").status_code == 200


def test_no_operation_was_renamed() -> None:
    assert {operation["operationId"] for operation in operations()} == OPERATIONS


def test_every_parameter_of_the_filter_is_described() -> None:
    names = [parameter["name"] for parameter in by_id("listEvents")["parameters"]]
    assert names == [parameter.key for parameter in PARAMETERS] + ["limit", "cursor"]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_parameter_has_a_type_bounds_and_an_example_within_them(name: str) -> None:
    for parameter in by_id(name)["parameters"]:
        schema = parameter["schema"]
        inner = schema.get("items", schema)
        assert {"enum", "pattern", "maximum", "anyOf"} & set(inner), parameter["name"]
        assert parameter["description"] and not list(shape(schema).iter_errors(parameter["example"]))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_answer_has_a_shape_and_an_example_of_it(name: str) -> None:
    operation = by_id(name)
    assert operation["summary"] and operation["description"] and operation["tags"]
    contents = [response["content"] for response in operation["responses"].values() if "content" in response]
    for content in [*contents, operation.get("requestBody", {}).get("content", {})]:
        for told in content.values():
            assert told["examples"]
            for example in told["examples"].values():
                assert [str(e) for e in shape(told["schema"]).iter_errors(example["value"])] == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_error_is_a_problem(name: str) -> None:
    for status, response in by_id(name)["responses"].items():
        if status >= "400":
            (content,) = response["content"].items()
            assert content[0] == "application/problem+json"
            assert content[1]["schema"] == {"$ref": "#/components/schemas/ProblemOut"}
            assert {KINDS[kind].status for kind in content[1]["examples"]} == {int(status)}


def test_headers_and_the_token_are_described() -> None:
    write = by_id("takeInArticle")
    assert write["security"] == [{"token": []}]
    assert described()["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "Location" in write["responses"]["201"]["headers"]
    assert "WWW-Authenticate" in write["responses"]["401"]["headers"]
    assert "Retry-After" in by_id("extract")["responses"]["429"]["headers"]
    assert "ETag" in by_id("listEvents")["responses"]["200"]["headers"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["", *KINDS])
def test_the_type_of_a_problem_is_a_page(client: Client, kind: str) -> None:
    response = client.get(f"/api/v1/problems/{kind}", HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 200 and response["Content-Type"].startswith("text/html")
    page = response.content.decode()
    assert all(str(known.title) in page for known in KINDS.values())
    assert bool(kind) == bool(re.search(f'problems/{kind}" aria-current="page"', page))
    assert client.post(f"/api/v1/problems/{kind}").status_code == 405


@pytest.mark.django_db
def test_there_is_no_page_of_an_unknown_kind(client: Client) -> None:
    assert client.get("/api/v1/problems/none").status_code == 404


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        *(
            (text, True)
            for text in ("2024", "2024-02-29", "2024-03/2025-05", "../2025", "2024/", "P1Y/2024", "2024/P1Y2D")
        ),
        *(
            (text, False)
            for text in ("", "P", "P1D", "/P1D", "2023-02-29", "2024-04-31", "999", "2024-3", "2024/P", "2024//")
        ),
    ],
)
def test_the_pattern_of_an_interval_allows_what_the_filter_reads(text: str, fits: bool) -> None:
    assert bool(re.search(patterns.ISO_INTERVAL, text)) == fits
    try:
        iso_interval(text)
    except WindowError:
        assert not fits
    else:
        assert fits
