"""The documentation of the API works under the site's own policy: it is shown, and a request can be sent from it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support import rows

pytestmark = pytest.mark.django_db


def test_a_request_is_sent_from_the_documentation(page: Page, live_server: LiveServer) -> None:
    rows.event("japan1", ["JP"], "2025-07-20")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server}/api/")
    expect(page).to_have_url(re.compile("/api/v1/docs$"))
    operation = page.locator('.opblock:has([data-path="/api/v1/events"])')
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").nth(1)).to_contain_text("200")
    expect(answer).to_contain_text('"japan1"')
    assert complaints == []


@pytest.mark.parametrize("path", ["/api/", "/api/v1/"])
def test_the_beginnings_of_addresses_lead_to_it(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/api/v1/docs")
