"""How many statements a page takes: a promise by count, which holds however fast the machine is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from timeline.models import Event
from timeline.query.filter import EventFilter
from timeline.synthetic.database import generate

pytestmark = pytest.mark.django_db

MOST = {
    "/": 12,
    "/?kind=election": 12,
    "/?from=2020-01-01&to=2030-12-31": 12,
    "/?window=all": 13,  # the days of the picture are those of the events
    "/?country=US": 14,  # what is chosen is named, and places that do not take part
    "/facets/": 12,
    "/facets/?kind=alliance": 12,
    "/desk/": 28,
    "/events/{event}/": 22,
    "/countries/US/": 21,
}


@pytest.fixture
def events(db: None) -> int:
    """Generate events around today; more than the picture takes marks."""
    for _ in generate(600, seed=1, until=timezone.localdate(), sources=5, ahead=True):
        pass
    return Event.objects.count()


def test_a_page_takes_few_statements(client: Client, events: int) -> None:
    event = Event.objects.filter(merged_into=None, retracted=False).order_by("-weight", "id")[0].pk
    assert EventFilter().with_default_window(timezone.localdate())[0].count(timezone.localdate()) > 50
    taken = {}
    for address in MOST:
        path = address.format(event=event)
        assert client.get(path).status_code == 200
        with CaptureQueriesContext(connection) as statements:
            client.get(path)
        taken[address] = len(statements)
    assert {address: n for address, n in taken.items() if n > MOST[address]} == {}
