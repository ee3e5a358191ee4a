"""Events that never happened stand in the database as real ones would."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, JSONField, Model, Q
from django.test import Client

from tests.support import rows
from timeline.extraction import gazetteer
from timeline.extraction.dates.calendar import add_months
from timeline.models import (
    Actor,
    Article,
    Change,
    Claim,
    Contradiction,
    Correction,
    Event,
    EventParticipant,
    EventSource,
    Membership,
    Source,
    Tally,
)
from timeline.models.dated import precision_of, reach_of
from timeline.pipeline import bulk_load, tallies
from timeline.pipeline.bulk_load import Row, Table
from timeline.pipeline.store import COPIED_FIELDS, weight_of
from timeline.query.filter import EventFilter
from timeline.resolution.keys import key_of
from timeline.synthetic.database import models_to_empty
from timeline.synthetic.random_events import RandomEvents
from timeline.synthetic.rows import RowBuilder
from timeline.synthetic.sentences import make_sentence
from timeline.synthetic.tables import TABLES

UNTIL = date(2026, 11, 25)
EVENTS = 2000

pytestmark = pytest.mark.django_db


def generate(count: int = EVENTS, *, seed: int = 1) -> None:
    call_command("generate", count, "--seed", seed, "--until", UNTIL.isoformat(), "--quiet", verbosity=0)


@pytest.fixture(scope="module")
def stored(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """2,000 events for the tests that only look."""
    with django_db_blocker.unblock():
        generate()
        yield
        bulk_load.delete_all([*models_to_empty(), Membership, Actor])
        get_user_model().objects.filter(username="generated-editor").delete()


def fabricated(count: int, seed: int) -> dict[type[Model], list[Row]]:
    """The rows as they are made, before any database has seen them."""
    inventor = RandomEvents(seed, UNTIL, 40)
    newsrooms = list(Source.objects.order_by("slug").values_list("pk", flat=True))
    editor = get_user_model().objects.get(username="generated-editor").pk
    fabric = RowBuilder(inventor, newsrooms, editor)
    return fabric.rows_of([inventor.event(day) for day in inventor.days(count)])


def test_the_same_seed_gives_the_same_rows_on_every_database() -> None:
    generate(300)
    made = fabricated(300, 1)
    for table in TABLES:
        fields = {field.attname for field in table.model._meta.concrete_fields}
        assert fields == {*table.columns, *table.defaults}
        found = table.model._default_manager.values_list(*table.columns)
        assert sorted(map(repr, _loaded(found, table))) == sorted(map(repr, _loaded(made[table.model], table)))
    assert fabricated(300, 1) == made
    assert fabricated(300, 2)[Event] != made[Event]


def _loaded(rows: Iterable[Sequence[Any]], table: Table) -> Iterator[list[Any]]:
    """Values that can be compared: days as text, JSON as what it means."""
    of_json = [isinstance(table.model._meta.get_field(name.removesuffix("_id")), JSONField) for name in table.columns]
    for row in rows:
        yield [_value(value, json) for value, json in zip(row, of_json, strict=True)]


def _value(value: Any, json: bool) -> Any:
    if json:  # PostgreSQL keeps no order of keys
        plain = orjson.loads(value) if isinstance(value, str) and value[:1] in ('"', "[", "{") else value
        return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
    if isinstance(value, UUID):
        return value.hex
    return str(value) if isinstance(value, date) else value


def test_generating_again_replaces_what_was_generated() -> None:
    generate(300)
    first = set(Event.objects.values_list("pk", flat=True))
    generate(300)
    assert set(Event.objects.values_list("pk", flat=True)) == first
    generate(100, seed=2)
    assert Event.objects.count() == 100
    assert not first & set(Event.objects.values_list("pk", flat=True))


def test_all_events_can_be_made_to_meet_the_next_14_months() -> None:
    call_command("generate", 500, "--ahead", "--until", UNTIL.isoformat(), "--quiet", verbosity=0)
    window = EventFilter(start=UNTIL, end=add_months(UNTIL, 14))
    assert window.count(UNTIL) == 500


def test_real_events_are_never_touched() -> None:
    row = rows.event("real1", ["GB"], "2024-07-04")
    rows.claim(row, rows.article("英国大选"), "英国大选")
    with pytest.raises(CommandError, match="not generated"):
        generate(10)
    assert list(Event.objects.values_list("pk", flat=True)) == ["real1"]


@pytest.mark.parametrize("wrong", [["0"], ["many"], ["10", "--until", "2024"], ["10", "--sources", "1"]])
def test_what_cannot_be_meant_is_refused(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("generate", *wrong)


def test_tallies_are_what_counting_gives(stored: None) -> None:
    events = Event.objects.order_by()
    plain: Counter[tallies.Cell] = Counter()
    cast: dict[str, list[str]] = defaultdict(list)
    for pk, code in EventParticipant.objects.values_list("event_id", "actor_id"):
        cast[pk].append(code)
    told: dict[str, list[int]] = defaultdict(list)
    for pk, newsroom in EventSource.objects.values_list("event_id", "source_id"):
        told[pk].append(newsroom)
    for event in events:
        plain.update(tallies.cells_of(event, cast[event.pk], told[event.pk]))
    names = tallies.Cell._fields
    found = {tallies.Cell(*row[:-1]): row[-1] for row in Tally.objects.values_list(*names, "n")}
    assert found == plain
    assert Tally.objects.count() == len(plain)
    assert sum(n for cell, n in found.items() if not cell.of) == EVENTS


def test_copies_beside_an_event_are_those_of_the_event(stored: None) -> None:
    for model in (EventParticipant, EventSource):
        same = Q(**{f"event__{name}": F(name) for name in COPIED_FIELDS if name != "end"})
        same &= Q(event__end=F("end")) | Q(event__end=None, end=None)
        assert model._default_manager.exclude(same).count() == 0
        assert model._default_manager.values("event").distinct().count() == EVENTS


def test_columns_of_an_event_follow_from_its_claims_and_beliefs(stored: None) -> None:
    own = Count("claims__article__source", filter=Q(claims__reprint_of=None), distinct=True)
    for event in Event.objects.annotate(told=Count("claims", distinct=True), own=own).prefetch_related(
        "participants", "beliefs"
    ):
        assert (event.claim_count, event.source_count) == (event.told, event.own)
        assert event.precision == precision_of(event.start, event.end)
        assert event.reach == reach_of(event.start, event.end)
        assert event.weight == weight_of(event.source_count, event.curated)
        codes = [p.actor_id for p in event.participants.all() if p.actor_id != event.place_id]
        assert event.key == key_of(event.kind, event.type, event.stage, event.place_id or "", codes)
        beliefs = list(event.beliefs.all())
        now = beliefs[-1]
        assert (event.start, event.end, event.status, event.believed_since) == (
            *(now.start, now.end, now.status, now.since),
        )
        assert event.revision == len(beliefs) - 1
        assert [b.until for b in beliefs] == [*(b.since for b in beliefs[1:]), None]
    assert set(Event.objects.filter(curated=True).values_list("pk")) == set(Correction.objects.values_list("event"))


def test_sentences_stand_in_their_articles_and_name_who_takes_part(stored: None) -> None:
    words = {code: actor.names["zh-Hans"] for code, actor in gazetteer.actors().items()}
    for claim in Claim.objects.select_related("article"):
        text = claim.article.text
        assert text[claim.evidence_start : claim.evidence_end] == claim.evidence
        assert {code: text[start:end] for start, end, code in claim.mentions} == {
            code: words[code] for code in claim.participants
        }
        expression = claim.article.expressions[claim.expressions[0]]
        assert text[expression["start_char"] : expression["end_char"]] == expression["text"]
        assert claim.reported == claim.article.anchor
        assert claim.reported <= UNTIL


def test_the_log_is_in_order_of_time_and_begins_with_what_was_added(stored: None) -> None:
    moments = list(Change.objects.order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert Change.objects.filter(what="added").count() == EVENTS
    later = Change.objects.exclude(what="added")
    assert later.filter(what="moved").exists() and later.filter(what="status").exists()
    for change in later.select_related("event"):
        assert change.before != change.after
    last = later.filter(event__believed_since__gte=UNTIL - timedelta(days=30)).order_by("pk").last()
    assert last is not None and last.after["status"] == last.event.status


def test_newsrooms_that_contradict_each_other_give_other_days_within_a_week(stored: None) -> None:
    pairs = list(Contradiction.objects.select_related("first__article", "second__article"))
    assert 5 <= len(pairs) <= 60
    for pair in pairs:
        assert pair.first.article.source_id != pair.second.article.source_id
        assert (pair.second.reported - pair.first.reported).days <= 7
        assert pair.first.end and pair.second.start and pair.first.end < pair.second.start


def test_shapes_are_those_of_a_diary() -> None:
    inventor = RandomEvents(1, UNTIL, 40)
    days = inventor.days(5000)
    events = [inventor.event(day) for day in days]
    ahead, near = sum(day > UNTIL for day in days), sum(UNTIL - timedelta(days=3653) <= day <= UNTIL for day in days)
    assert 0.03 < ahead / 5000 < 0.05 and 0.78 < near / 5000 < 0.82
    lengths = Counter(precision_of(e.when.start, e.when.end).value for e in events)
    assert 0.65 < lengths["day"] / 5000 < 0.75 and all(lengths[name] for name in ("longer", "open", "week"))
    assert 0.27 < sum(e.kind == "election" for e in events) / 5000 < 0.33
    codes = Counter(code for e in events for code in e.participants)
    assert codes["US"] > 3 * codes["JP"] > 0
    over = Counter(e.status for e in events if e.when.end and e.when.end < UNTIL)
    assert over["occurred"] / over.total() > 0.8 and over["scheduled"] > 0
    assert not {"occurred"} & {e.status for e in events if not e.when.end or e.when.end >= UNTIL}


def test_a_sentence_says_who_does_what_when() -> None:
    inventor = RandomEvents(1, UNTIL, 40)
    month = inventor.around(date(2025, 5, 3), "month")
    said = make_sentence(
        "presidential", "vote", "", ("FR",), replace(month, start=date(2025, 5, 1), grain="month"), "scheduled", 0
    )
    assert said.text == "法国将于2025年5月举行总统选举。"
    said = make_sentence("accession", "", "", ("SE", "nato"), replace(month, grain="month"), "expected", 0)
    assert [said.text[start:end] for start, end, _ in said.mentions] == ["瑞典", "北约"]


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/?kind=election&country=FR", "/?as_of=2025-01-01", "/facets/", "/feed.json", "/feed.atom", "/feed.ics"),
        *("/export.csv?kind=election&country=FR", "/changes.json", "/api/v1/events"),
    ],
)
def test_every_page_answers(stored: None, client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_every_kind_of_event_has_its_page(stored: None, client: Client) -> None:
    shapes: dict[tuple[str, ...], str] = {}
    for event in Event.objects.order_by("pk"):
        shapes[event.type, event.precision, event.status] = event.pk
    for pk in list(shapes.values())[:40]:
        assert client.get(f"/events/{pk}/").status_code == 200
    article = Article.objects.annotate(n=Count("claims")).order_by("-n", "pk")[0]
    assert client.get(f"/articles/{article.pk}/").status_code == 200


def test_indexes_and_foreign_keys_are_in_place_again() -> None:
    def there() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(bulk_load.INDEX_SQL[connection.vendor])
            found = [str(row[1]) for row in cursor.fetchall()]
            if connection.vendor == "postgresql":
                cursor.execute(bulk_load.FOREIGN_KEY_SQL)
                found += [str(row) for row in cursor.fetchall()]
        return sorted(found)

    before = there()
    generate(20)
    assert there() == before
    assert len(before) > 30


def test_ids_go_on_behind_those_that_were_generated() -> None:
    generate(50)
    newest = Article.objects.order_by("-pk")[0].pk
    assert rows.article("又一篇", of="generated-001").pk > newest
