"""Editors at the review screen."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.support.inbox import editor


@pytest.fixture
def alice() -> Client:
    return signed_in("alice")


def signed_in(name: str, *more: str) -> Client:
    client = Client()
    client.force_login(editor(name, *more))
    client.cookies["django_language"] = "en"
    return client
