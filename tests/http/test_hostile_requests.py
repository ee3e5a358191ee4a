"""Every address and every form, found from the URL configuration and the pages, with values that nobody expects there:
4xx, never 5xx, on SQLite and on PostgreSQL.

`make fuzz` sends many more of them; here each value, each parameter and each kind of comparison has its turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bench.addresses import (
    ENDINGS,
    OF_FIELDS,
    OF_LISTS,
    RAW,
    TEXTS,
    Address,
    addresses,
    columns_of_list,
    forms_of,
    names_asked,
    names_of_list,
)
from tests.support.rows import article, claim, event
from timeline.curation.inbox import signals
from timeline.models import ArticleVersion, Change, Claim, Correction, Feed, InboxView, SavedFilter, Source
from timeline.pipeline import actors

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
TEXT = "英国将于今年年底前举行大选。"
ADDRESSES = addresses()
PARTS = 8  # of the addresses, a test for each
TOGETHER = 3  # values that all parameters or fields of an address get at once; the next address gets the next ones
SHORT = [text for text in TEXTS if len(text) < 100]


class Chief:
    """Who may do everything and asks for everything; signed in again where a form put him out."""

    def __init__(self) -> None:
        self.user = User.objects.create_superuser("chief", pk=1)
        self.visits = 0
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.user)

    def ask(self, method: str, path: str, query: str = "", **data: Any) -> Any:
        """The answer, which is none of a broken server. Each comes from another client, who may send more."""
        self.visits += 1
        here = f"10.{self.visits >> 16}.{self.visits >> 8 & 255}.{self.visits & 255}"
        answer: Any = self.client.generic(method, path, QUERY_STRING=query, REMOTE_ADDR=here, **data)
        assert answer.status_code < 500, (method, path, query[:200], str(data)[:500], getattr(answer, "exc_info", ""))
        if answer.status_code == 302 and "/login/" in answer["Location"]:
            self.user.save()
            self.client.force_login(self.user)
        return answer

    def send(self, path: str, fields: Mapping[str, Any]) -> Any:
        self.visits += 1
        here = f"10.{self.visits >> 16}.{self.visits >> 8 & 255}.{self.visits & 255}"
        answer: Any = self.client.post(path, fields, REMOTE_ADDR=here)
        assert answer.status_code < 500, (path, str(fields)[:800], getattr(answer, "exc_info", ""))
        return answer


@pytest.fixture
def chief() -> Chief:
    chief = Chief()
    User.objects.create_user("bob", pk=2)
    Group.objects.create(name="readers")
    actors.load_gazetteer()
    told = article(TEXT)
    vote, other = event("e001", ["GB"], "2024-03-20", "2024-12-31"), event("e002", ["GB"], "2024-03-21")
    claim(vote, told, TEXT, trigger="大选")
    doubtful = claim(other, article(TEXT, title="二"), TEXT, trigger="大选", doubts=["x"])
    Claim.objects.filter(pk=doubtful.pk).update(event=None)
    ArticleVersion.objects.create(article=told, version=1, title="旧", published=told.published)
    Change.objects.create(event=vote, what="added")
    Correction.objects.create(event=vote, field="note", value="why", editor=chief.user)
    signals.update_events([vote.pk, other.pk])
    SavedFilter.objects.create(user=chief.user, name="Japan", query="country=JP")
    InboxView.objects.create(user=chief.user, name="mine")
    Feed.objects.create(source=Source.objects.get(slug="one"), url="https://one.example/feed", url_digest="1")
    return chief


def page_of(chief: Chief, address: Address) -> tuple[str, str]:
    """The path of an address with what is there, and its page, where it is one."""
    answer = chief.ask("GET", path := address.path())
    if answer.status_code == 302:  # such as the login pages
        answer = Client().get(path)
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return path, answer.content.decode() if is_page else ""


@pytest.mark.parametrize("start", range(PARTS))
def test_no_part_of_an_address_breaks_it(chief: Chief, start: int) -> None:
    values = cycle(SHORT)
    for address in ADDRESSES[start::PARTS]:
        for name in address.parts:
            for value in (*RAW, "9" * 25, *islice(values, TOGETHER)):
                chief.ask("GET", address.path(**{name: value}))
                if value in RAW or value.isdigit():
                    chief.ask("POST", address.path(**{name: value}))


@pytest.mark.parametrize("start", range(PARTS))
def test_no_parameter_breaks_an_address(chief: Chief, start: int) -> None:
    values, together, seldom = cycle(SHORT), cycle(TEXTS), cycle(OF_FIELDS)
    for address in ADDRESSES[start::PARTS]:
        path, page = page_of(chief, address)
        own = names_asked(page, path)
        names = sorted({*own, *OF_FIELDS})
        for value in (*islice(together, TOGETHER), "1"):
            chief.ask("GET", path, urlencode([(name, value) for name in (*names, *names)]))
        for name in sorted({*own, *islice(seldom, TOGETHER)}):
            chief.ask("GET", path, urlencode([(name, next(values))]))
        for raw in RAW:
            chief.ask("GET", path, "&".join(f"{name}={raw}" for name in names))


def comparisons() -> dict[str, list[str]]:
    """The parameters of each list of the admin: each column once, and each comparison with each kind of column once.

    Columns of one kind are compared by the same statements; `make fuzz` draws from all of them.
    """
    met: set[tuple[str, str]] = set()
    found: dict[str, list[str]] = {}
    endings = cycle(ENDINGS)
    for address in ADDRESSES:
        if not (names := names_of_list(address.template)):
            continue
        chosen = list(OF_LISTS)
        for column, kind in columns_of_list(address.template).items():
            new = [ending for ending in ENDINGS if (kind, ending) not in met] or [next(endings)]
            met.update((kind, ending) for ending in new)
            chosen += [f"{column}{ending}" for ending in new]
        assert set(chosen) <= set(names)
        found[address.path()] = chosen
    return found


@pytest.mark.parametrize("start", range(2))
def test_no_comparison_breaks_a_list(chief: Chief, start: int) -> None:
    values = cycle([*SHORT, "GB", "1", "2024-01-01"])
    lists = comparisons()
    assert len(lists) > 12 and sum(map(len, lists.values())) > 400
    for path in list(lists)[start::2]:
        for name in lists[path]:
            chief.ask("GET", path, urlencode([(name, next(values))]))


def test_there_are_forms_and_they_are_found(chief: Chief) -> None:
    found = dict(forms(chief, 0, 1))
    assert {"/saved/new/", "/try/", "/login/", "/i18n/setlang/"} <= {form.action for form in found.values()}
    corrections = [form for form in found.values() if {"event", "field", "value", "reason"} <= set(form.fields)]
    assert corrections and len(found) > 25


@pytest.mark.parametrize("start", range(PARTS))
def test_no_field_breaks_a_form(chief: Chief, start: int) -> None:
    values, together = cycle(SHORT), cycle(TEXTS)
    for _, form in forms(chief, start, PARTS):
        usual = {name: offered[0] for name, offered in form.fields.items()}
        for value in islice(together, TOGETHER):
            chief.send(form.action, dict.fromkeys(usual, value))
        for name in usual:
            chief.send(form.action, {**usual, name: next(values)})
            chief.send(form.action, {**usual, name: ["1", "9" * 25]})
        chief.send(form.action, {**usual, "file": SimpleUploadedFile("a\x00b.txt", b"\x00")})


def forms(chief: Chief, start: int, step: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The forms that send, each kind once, of every step-th address."""
    known = set()
    for address in ADDRESSES[start::step]:
        path, page = page_of(chief, address)
        for form in forms_of(page, path):
            if form.method == "post" and form.name not in known:
                known.add(form.name)
                yield form.name, form
