"""Whatever goes wrong below /api/v1/ is a problem (RFC 9457), at every address and by every method."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.support.problems import problem_in
from tests.support.rows import event
from timeline.api import events

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("events?colour=red", 400),
        ("events?limit=0", 400),
        ("events?limit=201", 400),
        ("events?limit=007", 400),
        ("events?limit=5&limit=5", 400),
        ("events?cursor=%00", 400),
        ("events?from=2025&to=2024", 400),
        ("events?window=next-7&from=2024", 400),
        ("events?as_of=yesterday", 400),
        ("events?type=" + "&type=".join(["general"] * 51), 400),
        ("events?q=%ff%fe", 400),
        ("events?%ff=1", 400),
        ("events?" + "&".join(f"a{n}=1" for n in range(2500)), 400),
        ("events/none1", 404),
        ("events/%00", 404),
        ("events/NONE", 404),
        ("events/x?kind=election", 400),
        ("articles/99999", 404),
        ("articles/99999999999999999999999", 404),
        ("articles/x", 404),
        ("articles?from=2025&to=2024", 400),
        ("articles?source=none", 400),
        ("actors?kind=x", 400),
        ("changes?after=-1", 400),
        ("changes?after=99999999999999999999", 400),
        ("density?grain=week", 400),
        ("none", 404),
        ("events/", 404),
    ],
)
def test_errors_are_problem_details(client: Client, path: str, status: int) -> None:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == status
    problem_in(response)


def test_every_wrong_parameter_is_named_at_once(client: Client) -> None:
    body = problem_in(client.get("/api/v1/events?kind=x&from=y&limit=z&colour=1", HTTP_ACCEPT_LANGUAGE="en"))
    assert {wrong["name"] for wrong in body["invalid-params"]} == {"kind", "from", "limit", "colour"}
    assert all(wrong["reason"] and wrong["allowed"] for wrong in body["invalid-params"])


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("events", "GET, HEAD, OPTIONS"),
        ("events/e1", "GET, HEAD, OPTIONS"),
        ("articles", "GET, HEAD, OPTIONS, POST"),
        ("extract", "OPTIONS, POST"),
    ],
)
def test_other_methods_are_refused_with_those_allowed(path: str, allow: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        response = client.generic(method, f"/api/v1/{path}")
        assert (response.status_code, response["Allow"]) == (405, allow)
        problem_in(response)
    response = client.options(f"/api/v1/{path}")
    assert (response.status_code, response["Allow"], response.content) == (204, allow, b"")


def test_unknown_addresses_are_problems_for_every_method() -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("GET", "POST", "DELETE"):
        response = client.generic(method, "/api/v1/none/at/all")
        assert problem_in(response)["status"] == 404


def test_head_answers_as_get_without_a_body(client: Client) -> None:
    event("e1", ["GB"], "2024-05-05")
    response = client.head("/api/v1/events/e1")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers.get("Content-Length", 1)) > 0


def test_what_nobody_expected_tells_nothing_and_is_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError("secret of the house")

    monkeypatch.setattr(events, "as_json", broken)
    event("e1", ["GB"], "2024-05-05")
    response = client.get("/api/v1/events")
    assert problem_in(response)["type"] == "/api/v1/problems/unexpected"
    assert b"secret" not in response.content and b"ZeroDivision" not in response.content
    assert any("secret of the house" in str(record.exc_info) for record in caplog.records)
