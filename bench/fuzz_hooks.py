"""Hooks of schemathesis for newsdesk: values that only the database has, and rules that no schema can express.

schemathesis loads them (SCHEMATHESIS_HOOKS). NEWSDESK_FUZZ_KNOWN holds the known values as JSON, by format.
"""

from __future__ import annotations

import json
import os
import random
import re
from datetime import date
from typing import Any

import schemathesis
from hypothesis import strategies as st

KNOWN: dict[str, list[str]] = json.loads(os.environ.get("NEWSDESK_FUZZ_KNOWN", "{}"))
DATES = ("2024", "2024-03", "2024-03-20", "2024-02-29", "1000", "2999-12-31", "2025-12")
INTERVALS = ("2024", "2024-03/2025-05", "2024-03-20/P14M", "../2025", "2024/..", "P1Y/2024-06-30")
WINDOWS = ("next-7", "next-30", "next-90", "next-14m", "this-year", "last-year", "all", *INTERVALS)
# A cursor holds for one list; days have an order; days are counted in a short window; a preset is no second window;
# members are those of a bloc.
BEYOND_SCHEMAS = {"cursor", "from", "grain", "members", "window"}
OF_DATABASE = {"source", "country", "bloc"}  # only some values of the right form are known

for name, values in {**KNOWN, "iso-date": DATES, "iso-interval": INTERVALS}.items():
    schemathesis.openapi.format(name, st.sampled_from(list(values)))
schemathesis.openapi.format("iana-zone", st.sampled_from(["UTC", "Europe/Paris", "Asia/Shanghai", "America/New_York"]))
schemathesis.openapi.format("date", st.dates(date(1900, 1, 1), date(2100, 12, 30)).map(date.isoformat))
schemathesis.openapi.format(
    "date-time",
    st.dates(date(1900, 1, 1), date(2024, 1, 1)).map(lambda day: f"{day}T12:00:00+08:00"),
)
schemathesis.openapi.format("web-address", st.integers(1, 50).map(lambda n: f"https://n{n % 7}.example/{n}"))


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """Make values consistent that are valid each by itself; leave wrong ones as they are."""
    if not query:
        return query
    if re.fullmatch("[-A-Za-z0-9_.]{1,400}", str(query.get("cursor", ""))):
        del query["cursor"]
    if query.get("window") in WINDOWS:
        query = {name: value for name, value in query.items() if name not in ("from", "to")}
    elif query.get("from") in DATES and query.get("to") in DATES and query["from"] > query["to"]:
        del query["to"]
    if query.get("members") == "yes" and not query.get("bloc"):
        del query["members"]
    if query.get("grain") == "day" and not {"window", "from", "to"} & set(query):
        query["window"] = "next-90"
    return query


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Send from another client each time, so that no rate limit counts requests together (NEWSDESK_TRUSTED_PROXIES)."""
    case.headers = {**(case.headers or {}), "X-Forwarded-For": f"10.{random.randrange(256)}.{random.randrange(256)}.1"}


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Remove examples that do not hold here: of sources, of cursors, of parameters that exclude one another."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in ("source", "event_id", *BEYOND_SCHEMAS):
                    parameter.pop("example", None)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Return False for requests that are valid by the schema and rightly refused for combinations of values.

    Also for those refused only for their size, which schemathesis does not count as refused: bodies (413), headers
    (431). The token is not a missing header: `fuzz` sends it with every request, also where schemathesis omitted it
    (tests/api/test_texts.py tests without).
    """
    if type(failure).__name__ == "MissingHeaderNotRejected" and "'Authorization'" in str(failure):
        return False
    if response.status_code in (413, 431):
        return False
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    problem = json.loads(response.content)
    wrong = {one["name"] for one in problem.get("invalid-params", [])}
    return problem["type"] != "/api/v1/problems/key-reused" and (not wrong or not wrong <= BEYOND_SCHEMAS | OF_DATABASE)
