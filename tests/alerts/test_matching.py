"""Of which changes a watched filter is told."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support import alerts, rows
from timeline.alerts.matching import concerned
from timeline.models import Change
from timeline.pipeline import actors
from timeline.query.parser import FilterError

pytestmark = pytest.mark.django_db

TODAY = date(2024, 9, 1)


@pytest.fixture(autouse=True)
def known() -> None:
    actors.load_gazetteer()


@pytest.fixture
def japan() -> Change:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    alerts.watch(name="before", query="country=JP")
    return alerts.moved(event, "JP")


def told(query: str, *changes: Change) -> bool:
    watch = alerts.watch(query=query, since=0)
    return bool(concerned([watch], list(changes), TODAY)[watch.pk])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "country=JP",
        "country=KR&country=JP",
        "kind=election&type=general",
        "status=scheduled",
        "from=2024-10-01&to=2024-10-31",  # it lay there before it moved
        "from=2024-11-01&to=2024-11-30",  # it lies there now
        "window=next-90",
        "precision=day&country=JP&group=bloc",
        "region=eastern-asia&country=JP",
        "bloc=g7&members=yes",
        "curated=no",
    ],
)
def test_a_change_of_an_event_in_the_filter_is_told(query: str, japan: Change) -> None:
    assert told(query, japan)


@pytest.mark.parametrize(
    "query",
    [
        "country=KR",
        "bloc=eu",
        "bloc=eu&members=yes",
        "region=europe",
        "kind=alliance",
        "type=presidential",
        "status=cancelled",
        "from=2024-12-01",
        "to=2024-10-26",
        "window=next-30",
        "precision=year",
        "curated=yes",
        "contradicted=yes",
        "status=lapsed",
    ],
)
def test_a_change_of_another_event_is_not_told(query: str, japan: Change) -> None:
    assert not told(query, japan)


def test_a_status_is_told_when_it_is_reached_and_when_it_is_left() -> None:
    event = rows.event("peru1", ["PE"], "2024-10-27")
    before, after = alerts.state("2024-10-27", None, "PE"), alerts.state("2024-10-27", None, "PE", status="cancelled")
    cancelled = alerts.change(event, "cancelled", before, after)
    assert told("status=cancelled", cancelled)
    assert told("status=scheduled", cancelled)
    assert not told("status=occurred", cancelled)


def test_an_event_whose_days_are_over_is_told_as_lapsed() -> None:
    event = rows.event("chad1", ["TD"], "2024-08-20")
    revised = alerts.change(event, "revised", alerts.state("2024-08-20", None, "TD"), alerts.state("2024-08-20", None))
    assert told("status=lapsed", revised)


def test_a_retracted_event_is_told_by_what_it_was() -> None:
    event = rows.event("togo1", ["TG"], "2024-10-27", retracted=True)
    gone = alerts.change(event, "retracted", alerts.state("2024-10-27", None, "TG"))
    assert told("country=TG", gone)
    assert not told("country=JP", gone)


def test_what_the_log_does_not_keep_is_told_of_a_gone_event_only_if_it_was_told_before() -> None:
    event = rows.event("mali1", ["ML"], "2024-11-03", words="马里 大选 junta")
    watch, other = alerts.watch(query="q=junta"), alerts.watch(query="q=junta", name="later")
    alerts.moved(event, "ML")
    type(other).objects.filter(pk=other.pk).update(paused="filter")  # it is told nothing now
    alerts.collect_all()
    event.retracted = True
    event.save()
    gone = alerts.change(event, "retracted", alerts.state("2024-11-03", None, "ML"))
    found = concerned([watch, other], [gone], TODAY)
    assert (len(found[watch.pk]), len(found[other.pk])) == (1, 0)


def test_nothing_is_told_of_what_happened_before_the_watch() -> None:
    event = rows.event("fiji1", ["FJ"], "2024-11-03")
    earlier = alerts.moved(event, "FJ")
    watch = alerts.watch(query="country=FJ")
    later = alerts.moved(event, "FJ")
    assert concerned([watch], [earlier, later], TODAY)[watch.pk] == [later]


def test_a_query_that_does_not_parse_is_an_error() -> None:
    watch = alerts.watch(query="source=gone")
    with pytest.raises(FilterError):
        concerned([watch], [], TODAY)


@pytest.mark.parametrize("query", ["region=eastern-asia", "bloc=g7&members=yes", "country=JP"])
def test_an_event_that_loses_its_country_is_told_for_the_last_time(query: str, japan: Change) -> None:
    event = japan.event
    event.participants.update(actor="TG")
    left = alerts.change(
        event, "revised", alerts.state("2024-11-03", None, "JP"), alerts.state("2024-11-03", None, "TG")
    )
    after = alerts.change(
        event, "moved", alerts.state("2024-11-03", None, "TG"), alerts.state("2024-11-10", None, "TG")
    )
    assert told(query, left) and not told(query, after)
