"""The annotated articles of our own: well formed, of the right languages and years, and how well they are read."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench import written, written_articles
from bench.matching import f1
from bench.written_articles import LANGUAGES, PARTS, faults_of, load
from timeline.models.dated import Extent, Kind, Stage, Status, Type

FILES = [(language, part) for language in LANGUAGES for part in PARTS]
# F1 of events, rounded down: what was reached, not what is enough. Nothing is fitted to the articles held out.
FLOORS = {
    ("en", "train"): 0.76,
    ("en", "heldout"): 0.73,
    ("en", "recent"): 0.83,
    ("en", "recent_heldout"): 0.71,
    ("en", "wires_heldout"): 0.65,
    ("zh", "train"): 0.82,
    ("zh", "heldout"): 0.81,
    ("zh", "recent"): 0.89,
    ("zh", "recent_heldout"): 0.88,
    ("zh", "wires_heldout"): 0.80,
}
FEWEST = {"train": 60, "heldout": 40, "recent": 25, "recent_heldout": 25, "wires_heldout": 14}
EVENTLESS = 0.16  # of all articles; news mostly tells of something else


@pytest.fixture(autouse=True, scope="module")
def read_once() -> Iterator[None]:
    """Each article is read once, whatever is measured of it."""
    read, readings = written.read, dict[str, Any]()

    def remembered(article: dict[str, Any]) -> Any:
        if article["id"] not in readings:
            readings[article["id"]] = read(article)
        return readings[article["id"]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(written, "read", remembered)
        yield


@pytest.mark.parametrize(("language", "part"), FILES)
def test_files_are_well_formed(language: str, part: str) -> None:
    assert len(load(language, part)) >= FEWEST[part]


def test_articles_differ() -> None:
    articles = [article for file in FILES for article in load(*file)]
    for name in ("id", "title", "text"):
        assert len({article[name] for article in articles}) == len(articles), name


def test_they_are_of_many_days_and_kinds() -> None:
    articles = [article for file in FILES for article in load(*file)]
    events = [event for article in articles for event in article["events"]]
    assert {article["anchor"][:4] for article in articles} == {str(year) for year in written_articles.YEARS}
    assert sum(not article["events"] for article in articles) / len(articles) > EVENTLESS
    assert {event["type"] for event in events} == set(Type.values)
    assert {event["stage"] for event in events} == {"", *Stage.values}
    assert {event["status"] for event in events} == set(Status.values)


def test_the_words_are_those_of_the_product() -> None:
    assert set(Type.values) == written_articles.ELECTIONS | written_articles.ALLIANCES
    assert set(Stage.values) == written_articles.STAGES
    assert set(Status.values) == written_articles.STATUSES
    assert set(Extent.values) == written_articles.EXTENTS
    assert set(Kind.values) == {"election", "alliance"}


ARTICLE: dict[str, Any] = {
    "id": "en-0",
    "title": "Malta votes",
    "anchor": "2023-05-02",
    "language": "en",
    "text": "Malta votes on May 6. All is quiet.",
    "events": [
        {
            "kind": "election",
            "type": "legislative",
            "stage": "vote",
            "participants": ["MT"],
            "place": "",
            "start": "2023-05-06",
            "end": "2023-05-06",
            "status": "scheduled",
            "extent": "within",
            "optional": False,
            "trigger": [6, 11],
            "evidence": [0, 21],
            "date": [[15, 20]],
            "quote": "Malta votes on May 6.",
        }
    ],
    "dates": [
        {
            "start_char": 15,
            "end_char": 20,
            "text": "May 6",
            "start": "2023-05-06",
            "end": "2023-05-06",
            "vague": False,
        }
    ],
}


def test_a_good_article_has_no_fault() -> None:
    assert faults_of(ARTICLE, "en") == []
    assert faults_of(ARTICLE, "zh") == ["language en"]


def test_a_chinese_article_is_of_another_time_than_the_archive() -> None:
    article = ARTICLE | {"anchor": "2020-07-01"}
    assert faults_of(article, "zh") == ["language en", "anchor 2020-07-01"]
    assert faults_of(article, "en") == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda a: a.pop("title"), "fields"),
        (lambda a: a.update(anchor="2016-05-02"), "anchor"),
        (lambda a: a.update(text=a["text"] + "\n"), "blanks"),
        (lambda a: a["dates"][0].update(text="May 7"), "elsewhere"),
        (lambda a: a["dates"].append(a["dates"][0]), "out of order"),
        (lambda a: a["dates"][0].pop("vague"), "date with fields"),
        (lambda a: a["dates"][0].update(start=None, end=None), "neither"),
        (lambda a: a["dates"][0].update(start="2023-05-07"), "backwards"),
        (lambda a: a["dates"][0].update(start="20230506"), "days"),
        (lambda a: a["events"][0].update(type="summit"), "type"),
        (lambda a: a["events"][0].update(kind="alliance", type="summit"), "stage"),
        (lambda a: a["events"][0].update(status="denied"), "status"),
        (lambda a: a["events"][0].update(participants=["XX"]), "participants"),
        (lambda a: a["events"][0].update(participants=["MT", "MT"]), "participants"),
        (lambda a: a["events"][0].update(trigger=[22, 25]), "trigger"),
        (lambda a: a["events"][0].update(evidence=[0, 20]), "quote"),
        (lambda a: a["events"][0].update(date=[[15, 21]]), "not marked"),
        (lambda a: a["events"][0].update(date=[]), "not marked"),
        (lambda a: a["events"][0].pop("extent"), "event with fields"),
    ],
)
def test_each_fault_is_told(spoil: Callable[[dict[str, Any]], object], fault: str) -> None:
    article = copy.deepcopy(ARTICLE)
    spoil(article)
    assert fault in "\n".join(faults_of(article, "en"))


@pytest.mark.parametrize(("language", "part"), FILES)
def test_events_are_read_as_well_as_before(language: str, part: str) -> None:
    n = written.score(load(language, part))
    assert f1(n["matched"], n["wanted"], n["given"])[2] >= FLOORS[language, part]


def test_the_report_shows_misses_only_of_what_may_be_learnt() -> None:
    said = written.run()
    assert "| en, held out | 60 |" in said
    assert "| zh, held out | 40 |" in said
    shown = [line.split(" | ")[0].lstrip("| ") for line in said.splitlines() if "missed" in line]
    held_out = {
        article["id"]
        for language, part in FILES
        if part not in written_articles.SHOWN
        for article in load(language, part)
    }
    assert shown
    assert not held_out & set(shown)
