"""Another connection that holds locks, and clients that meet them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import Error, connection
from django.test import Client

from tests.support.processes import database_url
from timeline.http import tokens


@pytest.fixture
def client() -> Client:
    """Who sees what a reader would: no exception comes through to the test."""
    return Client(raise_request_exception=False)


@pytest.fixture
def secret() -> str:
    return tokens.add("wire", [tokens.ARTICLES_WRITE])


@contextmanager
def elsewhere(*statements: str) -> Iterator[Callable[[], None]]:
    """Another connection that has done these statements in a transaction; what is given commits it at once."""
    with _connected() as other:
        other.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        for statement in statements:
            other.execute(statement)
        yield lambda: other.execute("COMMIT") and None
        if connection.vendor != "sqlite" or other.in_transaction:
            other.execute("ROLLBACK")


@contextmanager
def _connected() -> Iterator[Any]:
    if connection.vendor == "sqlite":
        other: Any = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    else:
        other = psycopg.connect(database_url(), autocommit=True)
    try:
        yield other
    finally:
        other.close()


def in_a_moment(act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(0.5, act)
    timer.start()
    return timer


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def met(kind: type[Error], cause: Exception) -> Error:
    error = kind("x")
    error.__cause__ = cause
    return error
