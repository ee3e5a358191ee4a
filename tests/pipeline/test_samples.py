"""The samples that `make run` imports: every election and alliance in them is found, and nothing else."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from timeline.display.event import EventView
from timeline.fetching.archives import Problem, open_posts
from timeline.fetching.posts import parse_post
from timeline.ingest.store import store_articles
from timeline.pipeline import actors
from timeline.pipeline.process import process
from timeline.query.filter import EventFilter

ROOT = Path(__file__).resolve().parents[2]
READ_ON = date(2026, 12, 1)
LISTED: list[str] = tomllib.loads((ROOT / "tests" / "support" / "sample_events.toml").read_text())["events"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def found() -> list[EventView]:
    """All events of the samples, as the page lists them."""
    actors.load_gazetteer()
    posts = list(open_posts([ROOT / "samples"]))
    raws = [parse_post(post.data, post.name) for post in posts if not isinstance(post, Problem)]
    assert len(raws) == len(posts) == len(list((ROOT / "samples").iterdir()))
    process([pk for _, pk in store_articles(raws)])
    return EventFilter(window="all").events(READ_ON)


def line_of(event: EventView) -> str:
    start, end = event.when.start, event.when.end
    stage = "" if event.stage in ("", "vote") else f" {event.stage}"
    place = f" @ {event.place.code}" if event.place else ""
    who = " ".join(actor.code for actor in event.participants)
    days = f"{start}" if start == end else f"{start}/{end}"
    return f"{days} | {event.type}{stage} | {who}{place} | {event.status}"


def test_all_that_a_person_reads_in_the_samples_is_found_and_nothing_else(found: list[EventView]) -> None:
    assert sorted(map(line_of, found)) == sorted(LISTED)


def test_none_of_the_past_events_of_the_samples_waits_to_be_confirmed(found: list[EventView]) -> None:
    assert [event.title for event in found if event.state == "lapsed"] == []


def test_the_samples_hold_past_and_coming_of_both_kinds(found: list[EventView]) -> None:
    past = [event for event in found if event.when.end and event.when.end < READ_ON]
    coming = [event for event in found if event not in past]
    assert min(len(past), len(coming)) >= len(found) / 3
    for events in (past, coming):
        alliances = sum(event.kind == "alliance" for event in events)
        assert len(events) / 4 <= alliances <= len(events) * 3 / 4
