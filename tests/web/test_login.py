"""Passwords cannot be tried without end, at neither page, from neither side."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from timeline.operations import counters
from timeline.web.login import MAX_ATTEMPTS, NAME_TRIALS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("minute"), pytest.mark.any_database]
LOGIN_PAGES = ["/login/", "/admin/login/"]
RIGHT = {"username": "wang", "password": "a-long-password"}


@pytest.fixture(autouse=True)
def wang(db: None) -> User:
    return User.objects.create_superuser("wang", password="a-long-password")


def attempt(page: str, password: str, address: str = "192.0.2.7", name: str = "wang", **more: Any) -> Any:
    client = Client(REMOTE_ADDR=address, headers={"accept-language": "en"})
    return client.post(page, {"username": name, "password": password}, **more)


@pytest.mark.parametrize("page", LOGIN_PAGES)
def test_a_client_with_too_many_attempts_learns_when_to_retry(page: str) -> None:
    answers = [attempt(page, str(n), name=f"somebody{n}") for n in range(MAX_ATTEMPTS + 1)]
    assert [answer.status_code for answer in answers] == [200] * MAX_ATTEMPTS + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert f"try again in {answers[-1]['Retry-After']} second" in answers[-1].content.decode()
    assert attempt(page, RIGHT["password"]).status_code == 429, "nor is the right one looked at"
    assert attempt(page, RIGHT["password"], "192.0.2.8").status_code == 302, "others are let in"


def test_both_login_pages_count_together() -> None:
    answers = [attempt(LOGIN_PAGES[n % 2], str(n)).status_code for n in range(MAX_ATTEMPTS + 1)]
    assert answers == [200] * MAX_ATTEMPTS + [429]


@pytest.mark.parametrize("page", LOGIN_PAGES)
def test_an_account_is_tried_from_many_addresses_in_vain(page: str) -> None:
    for n in range(NAME_TRIALS):
        assert attempt(page, str(n), f"198.51.{n}.1", name="Wang").status_code == 200
    refused = attempt(page, RIGHT["password"], "203.0.113.1")
    assert refused.status_code == 429 and "minutes" in refused.content.decode()
    User.objects.create_user("lin", password="a-long-password", is_staff=True)
    assert attempt(page, RIGHT["password"], "203.0.113.1", name="lin").status_code == 302


def test_right_passwords_are_not_held_against_an_account() -> None:
    for n in range(NAME_TRIALS + 1):
        assert attempt("/login/", RIGHT["password"], f"198.51.{n}.1").status_code == 302


def test_all_processes_count_together(broker: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts are in the queue's server: another process, with a cache of its own, sees them."""
    monkeypatch.setattr(counters._Pause, "until", 0.0)
    for n in range(MAX_ATTEMPTS):
        monkeypatch.setattr("timeline.http.rate_limit.cache", None)
        assert attempt("/login/", str(n), name=f"somebody{n}").status_code == 200
    assert attempt("/login/", "x").status_code == 429


def test_without_staff_status_nobody_signs_in_to_the_administration() -> None:
    User.objects.create_user("reader", password="a-long-password")
    answer = attempt("/admin/login/", RIGHT["password"], name="reader")
    assert answer.status_code == 200 and "staff account" in answer.content.decode()


@pytest.mark.parametrize(
    "to", ["/login/", "/login/?next=/login/", "#here", "?", "x", "//elsewhere.example", "javascript:x"]
)
def test_who_is_signed_in_is_led_in_no_circle(wang: User, to: str) -> None:
    client = Client()
    client.force_login(wang)
    assert client.get("/login/", {"next": to})["Location"] == "/"
    assert client.get("/login/", {"next": "/desk/?as_of=2024-03-20"})["Location"] == "/desk/?as_of=2024-03-20"
