"""Events of invented newsrooms can be hidden by one setting, carry a mark, and decisions about them stay at home."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.support.articles import raw, read_all
from tests.support.inbox import editor
from timeline.curation import decide
from timeline.curation.transfer import export_lines
from timeline.models import Event, Source
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db


@pytest.fixture
def events() -> tuple[Event, Event, Event]:
    """Reported by an invented newsroom, by a real one, and by both."""
    actors.load_gazetteer()
    texts = [f"{name}大选将于2031年3月1日举行。" for name in ("法国", "德国", "日本")]
    read_all([raw("a", "2030-01-01", texts[0]), raw("c", "2030-01-01", texts[2])])
    Source.objects.update(slug="sample-one", name="样例通讯社")
    read_all([raw("b", "2030-01-01", texts[1], "two.example"), raw("d", "2030-01-02", texts[2], "two.example")])
    found = {row.participants.get().actor_id: row for row in Event.objects.filter(merged_into=None)}
    return found["FR"], found["DE"], found["JP"]


def shown() -> set[str]:
    return set(Event.objects.filter(merged_into=None, retracted=False).values_list("pk", flat=True))


def test_the_setting_hides_what_only_invented_newsrooms_say_and_brings_it_back(
    events: tuple[Event, Event, Event], settings: Any
) -> None:
    invented, real, both = events
    decide.correct_field(invented, "note", "kept", editor())
    settings.HIDE_SAMPLES = True
    call_command("samples")
    assert shown() == {real.pk, both.pk}
    client = Client()
    assert client.get(f"/events/{invented.pk}/").status_code == 410
    assert invented.pk not in client.get("/feed.json?from=2031-01-01&to=2031-12-31").content.decode()
    read_all([raw("e", "2030-01-05", "法国大选将于2031年3月1日举行。", "two.example")])
    assert invented.pk in shown()  # a real newsroom says so too
    settings.HIDE_SAMPLES = False
    call_command("samples")
    assert shown() == {row.pk for row in events}
    invented.refresh_from_db()
    assert invented.note == "kept"


def test_decisions_about_invented_reports_alone_are_not_exported(events: tuple[Event, Event, Event]) -> None:
    who = editor()
    made = [decide.correct_field(row, "status", "cancelled", who) for row in events]
    text = "\n".join(export_lines())
    assert [str(row.identity) in text for row in made] == [False, True, True]


def test_an_invented_newsroom_carries_its_mark(events: tuple[Event, Event, Event]) -> None:
    client = Client(headers={"Accept-Language": "en"})
    invented, real, _ = events
    article = invented.claims.get().article_id
    assert "invented newsroom" in client.get(f"/events/{invented.pk}/").content.decode()
    assert "invented newsroom" in client.get(f"/articles/{article}/").content.decode()
    assert "invented newsroom" in client.get(f"/events/{invented.pk}/beside/").content.decode()
    assert "invented newsroom" not in client.get(f"/events/{real.pk}/").content.decode()
