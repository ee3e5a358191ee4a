"""Run by pages.py on one database: request pages through WSGI and print milliseconds as JSON.

Each request is followed by its own SELECTs with the same parameters through the bare driver, on a second connection.
`--explain PAGE` prints the slowest of them with the plans of the database instead.
"""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any
from wsgiref.util import setup_testing_defaults

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
os.environ["NEWSDESK_PAGES_KEPT"] = "0"  # each is made anew
django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped]  # noqa: E402
from django.http import QueryDict  # noqa: E402

from newsdesk.wsgi import application  # noqa: E402
from timeline.api import paging  # noqa: E402
from timeline.models import Event  # noqa: E402
from timeline.query import cursors  # noqa: E402

ROUNDS, WARMING = 30, 3
EXPLAINED = 4  # the slowest statements of a page
LIST = re.compile(r"((?:[^\s,]+, ?){6})(?:[^\s,]+, ?){20,}[^\s,]*|((?:[^\s,]+,){6})(?:[^\s,]+,){20,}")
MARK = re.compile(r"(?<!%)%s")
PAGES = {  # what is asked for; those with {} need an event of the database
    "default page": "/",
    "kind and country": "/?kind=election&country=FR",
    "kind and busiest country": "/?kind=alliance&country=US",
    "kind and country, full at every size": "/?kind=alliance&country=US&window=all",
    "facets": "/facets/",
    "facets, kind and country": "/facets/?kind=election&country=FR",
    "dashboard": "/desk/",
    "JSON feed": "/feed.json",
    "Atom feed": "/feed.atom",
    "iCalendar": "/feed.ics",
    "API page": "/api/v1/events?limit=100",
    "API page, deep": "/api/v1/events?limit=100&cursor={cursor}",
    "API page, kind and country": "/api/v1/events?limit=100&kind=election&country=FR",
    "changes": "/changes.json",
    "event": "/events/{event}/",
}
Statement = tuple[str, Any]


def main(arguments: Sequence[str]) -> None:
    pages = {name: path.format(**_places()) for name, path in PAGES.items()}
    if arguments[:1] == ["--explain"]:
        print("\n\n".join(_explained(name, pages[name]) for name in arguments[1:]))
        return
    bare = _bare()
    found: dict[str, dict[str, Any]] = {}
    for name, path in pages.items():
        status, size = ask(path)
        found[name] = {"status": status, "bytes": size, "path": path}
        if status == 200:
            found[name] |= _measured(path, bare)
    print(json.dumps(found))


def _places() -> dict[str, str]:
    """Return a cursor in the middle of all events, and an event with many claims."""
    middle = Event.objects.order_by("day", "id").values_list("day", "id")[Event.objects.count() // 2]
    told = Event.objects.order_by("-weight", "id").values_list("pk", flat=True)[0]
    family = paging.family("/api/v1/events", QueryDict())
    return {"cursor": cursors.seal(family, middle[0].isoformat(), middle[1]), "event": told}


def ask(path: str) -> tuple[int, int]:
    """Send a GET as a server would: return (status, bytes of the body)."""
    environ: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": "zh-CN", "HTTP_HOST": "localhost", "wsgi.input": io.BytesIO()}
    environ["PATH_INFO"], _, environ["QUERY_STRING"] = path.partition("?")
    setup_testing_defaults(environ)
    status: list[str] = []

    def begin(line: str, headers: Any, error: Any = None, /) -> Callable[[bytes], object]:
        status.append(line)
        return len

    answer = application(environ, begin)
    size = sum(map(len, answer))
    answer.close()
    return int(status[0].split()[0]), size


def _measured(path: str, bare: Callable[[Statement], int]) -> dict[str, Any]:
    for _ in range(WARMING):
        ask(path)
    statements = _statements(path)
    requests, replays = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        ask(path)
        asked = time.perf_counter()
        for statement in statements:
            bare(statement)
        requests.append((asked - begun) * 1000)
        replays.append((time.perf_counter() - asked) * 1000)
    return {
        "p50": statistics.median(requests),
        "p95": sorted(requests)[round(ROUNDS * 0.95) - 1],
        "sql": statistics.median(replays),
        "queries": len(statements),
    }


def _statements(path: str) -> list[Statement]:
    """Return the SELECTs of one request, with their parameters."""
    found: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip(" (").startswith(("SELECT", "WITH")):
            found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask(path)
    return found


def _bare() -> Callable[[Statement], int]:
    """Return a function that runs a statement without Django, fetches its rows and returns their number."""
    if connection.vendor == "sqlite":
        plain = sqlite3.connect(connection.settings_dict["NAME"])
        register(plain)
        plain.executescript(connection.settings_dict["OPTIONS"]["init_command"])
        return lambda statement: len(plain.execute(*_for_sqlite(statement)).fetchall())
    options = {k: v for k, v in connection.get_connection_params().items() if k != "context"}
    raw = psycopg.connect(**options, autocommit=True)

    def run(statement: Statement) -> int:
        with raw.cursor() as cursor:
            cursor.execute(*statement)
            return len(cursor.fetchall())

    return run


def _for_sqlite(statement: Statement) -> Statement:
    sql, params = statement
    return MARK.sub("?", sql).replace("%%", "%"), params or ()


def _explained(name: str, path: str) -> str:
    """Return the slowest statements of a page, with plans."""
    ask(path)
    bare, timed = _bare(), []
    for statement in _statements(path):
        bare(statement)
        begun = time.perf_counter()
        rows = bare(statement)
        timed.append((time.perf_counter() - begun, rows, statement))
    timed.sort(key=lambda row: -row[0])
    head = f"=== {name} {path}: {len(timed)} statements, {sum(t for t, *_ in timed) * 1000:.1f} ms"
    how = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS) "
    parts = [head]
    for seconds, rows, (sql, params) in timed[:EXPLAINED]:
        with connection.cursor() as cursor:
            cursor.execute(how + sql, params)
            plan = "\n".join("    " + str(row[-1]) for row in cursor.fetchall())
        parts.append(_shortened(f"--- {seconds * 1000:.1f} ms, {rows} rows\n{sql}\n{params}\n{plan}"))
    return "\n".join(parts)


def _shortened(text: str) -> str:
    """Cut the middle of long lists of ids and parameters."""
    return LIST.sub(lambda found: f"{found[1] or found[2]} …", text)


if __name__ == "__main__":
    main(sys.argv[1:])
