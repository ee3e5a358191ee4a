"""Run by fuzz.py against a database of its own: `python -m bench.fuzz_forms [INPUTS] [--minutes N] [--seed N]`.

Hypothesis over the parameters of every URL and the fields of every form, discovered on the pages, as a user with all
permissions: in this process, through all middleware. No worker runs, so that nothing typed into the forms of feeds is
fetched. It prints the inputs, the statuses of the answers, and each failure (5xx) once, with an input that causes it.
Left out are URLs that end the session or change the password (`addresses.LEFT_OUT`); where a form disables the
account or removes its permissions, they are restored.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import django
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402

from bench.addresses import (  # noqa: E402
    OF_FIELDS,
    TEXTS,
    Form,
    addresses,
    forms_of,
    names_asked,
    names_of_list,
)
from bench.fuzz_rows import CHIEF  # noqa: E402

TOGETHER = 10  # inputs of one form before the next one
STEP = 1_000_003  # a prime: each form has its turn, and neighbours are far from one another
SHOWN = 30  # failures that are printed
URLENCODED = "application/x-www-form-urlencoded"
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
).map(json.dumps)
ANYTHING = st.one_of(
    st.sampled_from(TEXTS),
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.integers().map(str),
    st.datetimes().map(str) | st.dates().map(str),
    JSONS,
)


def fields_of(form: Form) -> st.SearchStrategy[dict[str, list[str]]]:
    """Return a strategy for the fields: mostly what the form offers, else anything; absent, repeated, unknown."""

    def values(offered: Sequence[str]) -> st.SearchStrategy[list[str]]:
        usual = st.sampled_from(list(dict.fromkeys(offered)) or [""])
        one = st.one_of(usual, usual, usual, ANYTHING)
        return one.map(lambda value: [value]) | one.map(lambda value: [value]) | st.lists(one, max_size=3)

    known = {name: values(offered) for name, offered in form.fields.items()}
    if form.method == "get":  # a page is seldom asked for everything at once
        return st.dictionaries(st.sampled_from(sorted(known)), ANYTHING.map(lambda value: [value]), max_size=3)
    return st.fixed_dictionaries(known)


@dataclass(slots=True)
class Knocking:
    """The client of the chief editor, and the results of what was sent."""

    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    inputs: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    chief: User = field(default_factory=lambda: User.objects.get(username=CHIEF))

    def __post_init__(self) -> None:
        self.client.force_login(self.chief)

    def send(self, form: Form, fields: dict[str, list[str]]) -> Any:
        """Send one input; each comes from another address, so that no rate limit counts them together."""
        self.inputs += 1
        words = urlencode(fields, doseq=True, errors="surrogatepass")
        here: Any = {"REMOTE_ADDR": f"10.{self.inputs >> 16 & 255}.{self.inputs >> 8 & 255}.{self.inputs & 255}"}
        path, _, query = form.action.partition("?")
        if form.method == "get":
            answer: Any = self.client.generic("GET", path, QUERY_STRING=words, **here)
        else:
            answer = self.client.generic("POST", path, words, URLENCODED, QUERY_STRING=query, **here)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        answer.close()  # as a server does; an export holds its place until then
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            print(_place(answer), file=sys.stderr, flush=True)
            self.failures.setdefault(_place(answer), f"{form.method} {form.action} {words[:1500]}\n{content[:100]!r}")
        elif answer.status_code in (302, 403):
            self._come_back(answer)
        return answer

    def _come_back(self, answer: Any) -> None:
        self.client.cookies.pop("messages", None)
        lost = answer.status_code == 403 or "/login/" in answer["Location"]
        if lost and not User.objects.filter(pk=self.chief.pk, is_superuser=True, is_active=True).exists():
            self.chief.save()
        if lost:
            self.client.force_login(self.chief)


def _place(answer: Any) -> str:
    """Return where an answer failed: the error, and its innermost lines."""
    info = getattr(answer, "exc_info", None)
    if not info:
        return f"status {answer.status_code}"
    frames = [f for f in traceback.extract_tb(info[2]) if "/timeline/" in f.filename or "/newsdesk/" in f.filename]
    frames = [*frames[-2:], *traceback.extract_tb(info[2])[-1:]]
    return f"{info[0].__name__}: " + " < ".join(f"{f.filename[-50:]}:{f.lineno}" for f in reversed(frames))


def found_forms(knocking: Knocking) -> list[Form]:
    """Return each URL with its parameters as one GET form, and the POST forms on its page."""
    forms: dict[tuple[str, ...], Form] = {}
    for address in addresses():
        path = address.path()
        answer = knocking.client.get(path)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
        page = answer.content.decode() if is_page else ""
        answer.close()
        names = {*names_asked(page, path), *OF_FIELDS, *names_of_list(address.template)}
        asks = Form("get", path, dict.fromkeys(sorted(names), ()))
        for form in (asks, *(form for form in forms_of(page, path) if form.method == "post")):
            forms.setdefault(form.name, form)
    return list(forms.values())


def knock(knocking: Knocking, form: Form, number: int) -> None:
    """Send TOGETHER inputs of one form."""

    @seed(number)
    @settings(
        max_examples=TOGETHER,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(fields_of(form))
    def each(fields: dict[str, list[str]]) -> None:
        knocking.send(form, fields)

    each()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz_forms", description=__doc__)
    parser.add_argument("inputs", type=int, nargs="?", default=20_000)
    parser.add_argument("--minutes", type=float, default=60.0, help="at most")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    knocking = Knocking()
    forms, began, round_ = found_forms(knocking), time.monotonic(), asked.seed * 1_000_000
    sending = sum(form.method == "post" for form in forms)
    print(f"{len(forms) - sending} addresses that are asked, {sending} forms that send", flush=True)
    while knocking.inputs < asked.inputs and time.monotonic() - began < asked.minutes * 60:
        knock(knocking, forms[round_ * STEP % len(forms)], round_)
        round_ += 1
    told = ", ".join(f"{status}: {count:,}" for status, count in sorted(knocking.statuses.items()))
    print(f"{knocking.inputs:,} inputs in {time.monotonic() - began:.0f} s; answers {told}")
    print(f"{len(knocking.failures)} kinds of failures")
    for place, what in list(knocking.failures.items())[:SHOWN]:
        print(f"\n{place}\n    {what}")
    return 1 if knocking.failures else 0


if __name__ == "__main__":
    sys.exit(main())
