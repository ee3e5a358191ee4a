"""What is found and counted, against a plain reading of all rows: any window, any conditions, on either database."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Sum
from django.http import QueryDict
from django.utils import translation

from tests.support import rows
from timeline.display.event import SETTLED, lapsed_before
from timeline.models import Change, Event, EventBelief, EventParticipant, EventSource, Tally
from timeline.models.dated import precision_of, reach_of
from timeline.models.tally import NEWSROOM
from timeline.pipeline import actors, tallies
from timeline.pipeline.process import process
from timeline.pipeline.resolve import resolve_key
from timeline.pipeline.store import weight_of
from timeline.query import counts
from timeline.query.facets import facets_of
from timeline.query.filter import EventFilter

pytestmark = pytest.mark.django_db
TODAY = rows.TODAY
CODES = ("US", "JP", "FR", "DE", "nato", "eu")
REGIONS = {"europe": {"FR", "DE"}, "eastern-asia": {"JP"}, "asia": {"JP"}}
MEMBERS = {"nato": {"US", "FR", "DE"}, "eu": {"FR", "DE"}}  # on all days of `many`
LENGTHS = (1, 1, 1, 3, 9, 31, 32, 92, 366, 367, 900)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


cast: dict[str, set[str]] = {}  # of `many`, participants
newsroom: dict[str, str] = {}


@pytest.fixture
def many() -> list[Event]:
    """400 events of all lengths from 2021 to 2028, of two newsrooms, some merged, retracted or decided by an editor."""
    dice = random.Random(7)
    newsrooms = [rows.source("one"), rows.source("two")]
    actors.load_gazetteer()
    made, participants, told, tallied = [], [], [], Counter[tallies.Cell]()
    for n in range(400):
        first = date(2021, 1, 1) + timedelta(days=dice.randrange(2800))
        last = first + timedelta(days=dice.choice(LENGTHS) - 1)
        start, end = None if n % 23 == 0 else first, None if n % 19 == 0 else last
        start = first if end is None else start
        kind, type = dice.choice([("election", "general"), ("election", "local"), ("alliance", "summit")])
        status = dice.choice(["scheduled", "expected", "occurred", "cancelled", "occurred"])
        precision, curated = precision_of(start, end), n % 11 == 0
        retracted = n % 37 == 0
        event = Event(
            id=f"e{n:03}", key=f"k{n}", kind=kind, type=type, status=status, start=start, end=end, day=start or last,
            precision=precision, reach=reach_of(start, end), curated=curated, retracted=retracted, believed_since=TODAY,
            first_reported=TODAY - timedelta(days=n), source_count=1 + n % 9, weight=weight_of(1 + n % 9, curated),
        )  # fmt: skip
        copied: dict[str, Any] = {"kind": kind, "day": event.day, "end": end, "reach": event.reach}
        codes = dice.sample(CODES, dice.randrange(1, 4))
        cast[event.pk], newsroom[event.pk] = set(codes), newsrooms[n % 2].slug
        source = newsrooms[n % 2]
        if not retracted:
            who = enumerate(codes)
            participants += [EventParticipant(event=event, actor_id=c, position=i, **copied) for i, c in who]
            told.append(EventSource(event=event, source=source, **copied))
        tallied.update(tallies.cells_of(event, codes, [source.pk]))
        made.append(event)
    Event.objects.bulk_create(made)
    EventParticipant.objects.bulk_create(participants)
    EventSource.objects.bulk_create(told)
    tallies.add(tallied)
    return [event for event in made if not event.retracted]


Fits = Callable[[Event], bool]


def state(event: Event) -> str:
    return "lapsed" if event.end and event.end < lapsed_before(TODAY) and event.status not in SETTLED else event.status


def fits(chosen: EventFilter) -> Fits:
    """A reading of the conditions as plain as it gets."""
    first, last = chosen.days(TODAY)

    def fit(event: Event) -> bool:
        actors = cast[event.pk]
        stored = event.status in chosen.status or state(event) in chosen.status
        return (
            not (chosen.kind and event.kind != chosen.kind)
            and (not chosen.type or event.type in chosen.type)
            and (not chosen.status or stored)
            and (not chosen.precision or event.precision in chosen.precision)
            and (not chosen.curated or event.curated == (chosen.curated == "yes"))
            and (not chosen.country or bool(actors & {*chosen.country}))
            and (not chosen.region or any(actors & REGIONS[region] for region in chosen.region))
            and (not chosen.bloc or any(actors & (MEMBERS[b] if chosen.members else {b}) for b in chosen.bloc))
            and (not chosen.source or newsroom[event.pk] in chosen.source)
            and (first is None or event.end is None or event.end >= first)
            and (last is None or event.start is None or event.start <= last)
        )

    return fit


QUERIES = [
    *("", "window=all", "window=next-14m", "window=next-7", "window=last-year", "from=2024-03-15", "to=2023-02-10"),
    *("from=2023-01-15&to=2026-06-20", "from=2022&to=2022-03", "from=2021-06-01&to=2028", "window=2023-12-31/P1D"),
    *("kind=election", "kind=alliance&from=2022-05-05&to=2025", "type=local&type=summit&window=this-year"),
    *("status=occurred&from=2023", "status=lapsed", "status=lapsed&status=cancelled&from=2023-05&to=2025"),
    *("precision=day&precision=open&from=2022", "curated=yes", "curated=no&window=all&kind=election"),
    *("country=US", "country=US&country=JP", "country=FR&bloc=nato", "bloc=eu&from=2022-02-02&to=2026"),
    *("country=DE&kind=election&from=2023-07", "country=US&status=scheduled&window=next-14m", "source=one"),
    *("source=two&country=JP&from=2024", "source=one&source=two&precision=month"),
    *("region=europe&from=2023-05", "region=europe&region=030&kind=election", "region=142&country=US&source=one"),
    *("bloc=eu&members=yes", "bloc=nato&bloc=eu&members=yes&from=2023&to=2025", "bloc=eu&members=yes&country=JP"),
    *("bloc=nato&members=yes&source=two&region=150",),
]


def test_whatever_is_asked_is_found_in_order_and_counted_exactly(many: list[Event]) -> None:
    for query in QUERIES:
        _is_found_and_counted(query, many)


def _is_found_and_counted(query: str, many: list[Event]) -> None:
    chosen = EventFilter.parse(QueryDict(query))
    expected = sorted((event.day, event.pk) for event in many if fits(chosen)(event))
    keys = chosen.keys(TODAY)
    assert keys == expected, query
    assert chosen.count(TODAY) == len(expected), query
    if expected:
        middle = expected[len(expected) // 2]
        assert chosen.keys(TODAY, after=middle, limit=5) == expected[len(expected) // 2 + 1 :][:5]
        assert chosen.keys(TODAY, before=middle, limit=5) == expected[: len(expected) // 2][-5:]
        span = chosen.span(TODAY)
        assert span is not None and span[0] == expected[0][0]


def test_facets_say_what_each_choice_would_give(many: list[Event]) -> None:
    for query in QUERIES:
        _facets_say_what_each_choice_gives(query, many)


def _facets_say_what_each_choice_gives(query: str, many: list[Event]) -> None:
    chosen = EventFilter.parse(QueryDict(query))
    for facet in facets_of(chosen, TODAY):
        several = facet.name not in ("kind", "curated")
        for value, n in facet.values:
            alone = EventFilter.parse(QueryDict(query))
            wanted: Any = (value,) if several else value
            object.__setattr__(alone, facet.name, wanted)
            found = [event for event in many if fits(alone)(event)]
            if facet.name == "status":
                found = [event for event in found if state(event) == value]
            assert n == len(found), (query, facet.name, value)
        assert [n for _, n in facet.values] == sorted((n for _, n in facet.values), reverse=True)


def test_months_and_days_hold_what_begins_in_them(many: list[Event]) -> None:
    for query in QUERIES:
        _months_and_days_hold_what_begins(query, many)


def _months_and_days_hold_what_begins(query: str, many: list[Event]) -> None:
    chosen = EventFilter.parse(QueryDict(query))
    free = EventFilter.parse(QueryDict(query))
    for name in ("start", "end"):
        object.__setattr__(free, name, None)
    object.__setattr__(free, "window", "")
    found = [event for event in many if fits(free)(event)]
    months = Counter((event.day.replace(day=1), event.kind) for event in found)
    assert {key: n for key, n in counts.by_month(chosen, TODAY).items() if n} == months
    first, last = date(2024, 2, 10), date(2024, 5, 3)
    days = Counter((event.day, event.kind) for event in found if first <= event.day <= last)
    assert counts.by_day(chosen, TODAY, first, last) == days


def test_spans_hold_what_begins_in_them_whether_whole_months_or_not(many: list[Event]) -> None:
    chosen = EventFilter.parse(QueryDict("kind=election&from=2023-01-20&to=2023-06-10"))
    months = counts.by_month(chosen, TODAY)
    borders = [date(2023, *day) for day in ((1, 20), (2, 1), (4, 1), (5, 1), (5, 21), (6, 11))]
    spans = [(first, following - timedelta(days=1)) for first, following in pairwise(borders)]
    elections = [event for event in many if event.kind == "election"]
    expected = Counter((place, "election") for e in elections for place, (a, b) in enumerate(spans) if a <= e.day <= b)
    assert counts.by_span(chosen, TODAY, spans, months) == expected


def test_the_most_important_come_first_decided_ones_before_all(many: list[Event]) -> None:
    chosen = EventFilter.parse(QueryDict("from=2022&to=2026"))
    weights = [
        (event.curated, event.source_count)
        for view in chosen.most_important(TODAY, 40)
        for event in many
        if event.pk == view.id
    ]
    assert weights == sorted(weights, reverse=True)
    assert weights[0][0] and len(weights) == 40


def test_more_candidates_than_memory_should_hold_are_walked_by_weight(
    many: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    _walks("from=2022&to=2026&kind=election", monkeypatch)
    _walks("from=2022&to=2026&country=US&source=one", monkeypatch)


def _walks(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    chosen = EventFilter.parse(QueryDict(query))
    weighed = _weights(chosen)
    newest = [view.id for view in chosen.events(TODAY, newest=True, limit=30)]
    monkeypatch.setattr("timeline.query.events.MAX_CANDIDATES", 3)
    assert _weights(chosen) == weighed
    assert [view.id for view in chosen.events(TODAY, newest=True, limit=30)] == newest


def _weights(chosen: EventFilter) -> list[int]:
    ids = [view.id for view in chosen.most_important(TODAY, 10)]
    assert len(ids) == 10
    return [Event.objects.get(pk=pk).weight for pk in ids]


def test_facets_and_counts_as_known_on_a_day(many: list[Event]) -> None:
    for event in many:
        EventBelief.objects.create(
            event=event, since="2024-01-01", start=event.start, end=event.end, status=event.status, change="first"
        )
    chosen = EventFilter.parse(QueryDict("as_of=2024-09-01&from=2023-03-03&to=2026-01-20"))
    now = EventFilter.parse(QueryDict("from=2023-03-03&to=2026-01-20"))
    assert chosen.count(TODAY) == now.count(TODAY) == len(chosen.events(TODAY))
    assert [facet for facet in facets_of(chosen, TODAY) if facet.name != "source"] == [
        facet for facet in facets_of(now, TODAY) if facet.name != "source"
    ]
    assert counts.by_month(chosen, TODAY) == counts.by_month(now, TODAY)
    narrow = EventFilter.parse(QueryDict("as_of=2024-09-01&precision=month&precision=open"))
    assert {e.id for e in narrow.events(TODAY)} == {e.pk for e in many if e.precision in ("month", "open")}


# --- tallies and changes, as the writer keeps them ----------------------------------------------


def counted() -> Counter[Any]:
    columns = tallies.Cell._fields
    summed = Tally.objects.order_by().values_list(*columns).annotate(total=Sum("n"))
    return Counter({row[:-1]: row[-1] for row in summed if row[-1]})


def counted_anew() -> Counter[Any]:
    cells: Counter[Any] = Counter()
    for event in Event.objects.all():
        codes = event.participants.values_list("actor_id", flat=True)
        newsrooms = event.event_sources.values_list("source_id", flat=True)
        cells.update(tuple(cell) for cell in tallies.cells_of(event, codes, newsrooms))
    return cells


STORY = [
    ("2024-01-10", "one", "德国大选定于2025年9月28日举行。"),
    ("2024-02-10", "two", "德国大选将于2025年9月28日举行。"),
    ("2024-11-13", "one", "德国大选提前到2025年2月23日举行。"),
    ("2024-11-14", "two", "德国大选定于2025年2月23日举行。"),
]


def read(story: list[tuple[str, str, str]]) -> list[int]:
    pks = []
    for on, of, text in story:
        row = rows.article(text, on=on, of=of)
        type(row).objects.filter(pk=row.pk).update(state="new")
        pks.append(row.pk)
    process(pks)
    return pks


def test_the_writer_keeps_the_tallies_true_and_compacting_changes_no_sum() -> None:
    for told in STORY:
        read([told])
        assert counted() == counted_anew() != Counter()
    rows_before, sums = Tally.objects.count(), counted()
    tallies.MAX_MONTH_ROWS, many = 0, tallies.MAX_MONTH_ROWS
    try:
        assert tallies.compact() > 0
    finally:
        tallies.MAX_MONTH_ROWS = many
    assert Tally.objects.count() < rows_before and counted() == sums


def test_what_is_stored_before_newsrooms_are_tallied_is_counted(many: list[Event]) -> None:
    expected, of_newsrooms = counted(), Tally.objects.filter(of__startswith=NEWSROOM)
    assert of_newsrooms.exists()
    migration = import_module("timeline.migrations.0007_tallies_of_newsrooms")
    migration.forget(apps, connection.schema_editor())
    assert not of_newsrooms.exists()
    migration.count(apps, connection.schema_editor())
    assert counted() == expected


def test_every_change_is_logged_once_with_both_states_and_raises_the_revision() -> None:
    for told in STORY:
        read([told])
    event = Event.objects.get()
    log = list(Change.objects.all())
    assert log[0].what == "added"
    assert {"moved"} == {change.what for change in log[1:]}
    assert (log[-1].before["start"], log[-1].after["start"]) == ("2025-09-28", "2025-02-23")
    assert log[-1].after["participants"] == ["DE"]
    assert event.revision == len(log) - 1
    resolve_key(event.key)
    assert Change.objects.count() == len(log)


def test_what_nothing_speaks_of_any_more_is_logged_and_no_longer_counted() -> None:
    read(STORY[:2])
    event = Event.objects.get()
    event.claims.all().delete()
    resolve_key(event.key)
    assert Change.objects.latest("id").what == "retracted"
    assert not counted() and not EventParticipant.objects.exists() and not EventSource.objects.exists()
    read(STORY[2:])
    assert Change.objects.latest("id").what in ("restored", "added") and counted() == counted_anew()
