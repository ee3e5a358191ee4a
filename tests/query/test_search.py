"""Words find the events that a reader means, in three languages, by names, aliases, types, places and reports."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import translation

from tests.support import rows
from timeline.extraction.search import index_text, search_terms
from timeline.models import Event, EventSearch
from timeline.query import counts
from timeline.query.filter import EventFilter

pytestmark = pytest.mark.django_db

EVENTS: dict[str, dict[str, Any]] = {
    "uk": {
        "codes": ["GB"],
        "start": "2029-08-15",
        "type": "general",
        "words": "British voters are called",
    },
    "france": {"codes": ["FR"], "start": "2027-04-10", "type": "presidential", "words": "法国将于2027年选出新总统"},
    "runoff": {"codes": ["FR"], "start": "2027-04-24", "type": "presidential", "stage": "runoff"},
    "turkey": {"codes": ["TR"], "start": "2028-05-07", "type": "presidential", "words": "Türkiye wählt"},
    "italy": {"codes": ["IT"], "start": "2027-09-01", "type": "referendum", "words": "Italians vote on the judges"},
    "scotland": {"codes": ["GB"], "place": "GB-SCT", "start": "2026-05-07", "type": "local"},
    "taiwan": {"codes": ["TW"], "start": "2028-01-15", "type": "presidential", "words": "臺灣將於2028年1月投票"},
    "us": {
        "codes": ["US"],
        "start": "2026-11-03",
        "type": "legislative",
        "words": "Congress in the midterms",
    },
    "germany": {"codes": ["DE"], "start": "2029-03-25", "type": "general"},
    "niger": {"codes": ["NE"], "start": "2027-02-21", "type": "presidential"},
    "nigeria": {"codes": ["NG"], "start": "2027-02-20", "type": "general"},
    "nato": {"codes": ["nato"], "start": "2027-06-15", "type": "summit", "kind": "alliance", "words": "阿尔巴尼亚主办"},
    "brics": {"codes": ["brics", "ID"], "start": "2026-01-06", "type": "accession", "kind": "alliance"},
    "un": {"codes": ["US", "who"], "start": "2026-01-22", "type": "withdrawal", "kind": "alliance"},
}
QUERIES = {  # what a reader types, and all that it must find
    # names and aliases
    "Britain": "uk scotland",
    "UK": "uk scotland",
    "united kingdom": "uk scotland",
    "英国": "uk scotland",
    "英國": "uk scotland",
    "British": "uk scotland",
    "turkey": "turkey",
    "turkiye": "turkey",
    "Türkiye": "turkey",
    "土耳其": "turkey",
    "義大利": "italy",
    "意大利": "italy",
    "Italian": "italy",
    "台湾": "taiwan",
    "臺灣": "taiwan",
    "USA": "us un",
    "美國": "us un",
    "U.S.": "us un",
    "NATO": "nato",
    "北约": "nato",
    "北大西洋公約組織": "nato",
    "金砖": "brics",
    "World Health Organization": "un",
    # whole words, and beginnings of words while they are typed
    "Niger": "niger",
    "Nigeri": "niger nigeria",
    "Nigeria": "nigeria",
    "germ": "germany",
    "ger*": "germany",
    # types, alone and with names
    "referendum": "italy",
    "公投": "italy",
    "峰會": "nato",
    "summits": "nato",
    "presidential elections": "france runoff turkey taiwan niger",
    "總統選舉": "france runoff turkey taiwan niger",
    "法国总统选举": "france runoff",
    "法國總統選舉第二輪": "runoff",
    "France runoff": "runoff",
    "北约峰会": "nato",
    "退出世卫组织": "un",
    "election in Germany": "germany",
    "中期选举": "us",
    # places, and words of the reports in either script and width
    "Scotland": "scotland",
    "苏格兰": "scotland",
    "蘇格蘭地方選舉": "scotland",
    "阿爾巴尼亞": "nato",
    "２０２８": "taiwan",
    "Judge": "italy",
    # nothing
    "igeria": "",
    "法国公投": "",
    "…": "",
}


@pytest.fixture
def events() -> None:
    for pk, given in EVENTS.items():
        more = dict(given)
        rows.event(pk, more.pop("codes"), more.pop("start"), **more)


def found(query: str, **more: str) -> set[str]:
    chosen = QueryDict(mutable=True)
    chosen.update({"q": query, **more})
    with translation.override("en"):
        filtered = EventFilter.parse(chosen)
        listed = {event.id for event in filtered.events(rows.TODAY)}
        assert filtered.count(rows.TODAY) == len(listed)
    return listed


@pytest.mark.usefixtures("events")
def test_a_search_finds_what_the_reader_means_and_nothing_else() -> None:
    wrong = {query: got for query, ids in QUERIES.items() if (got := found(query)) != set(ids.split())}
    assert wrong == {}
    assert len(QUERIES) >= 40


@pytest.mark.usefixtures("events")
def test_other_conditions_and_windows_hold_as_well() -> None:
    assert found("presidential", **{"from": "2028", "to": "2028"}) == {"turkey", "taiwan"}
    assert found("presidential", country="FR") == {"france", "runoff"}
    assert found("election", kind="alliance") == set()
    assert found("选举", window="all", type="referendum") == {"italy"}
    assert found("英国", as_of="2024-04-01") == {"uk", "scotland"}
    assert found("英国", as_of="2024-01-01") == set()


@pytest.mark.usefixtures("events")
def test_windows_of_long_and_endless_events_are_searched() -> None:
    rows.event("long", ["JP"], "2026-01-01", "2028-12-31", words="Tokyo")
    rows.event("endless", ["JP"], "2026-01-01", None, words="Tokyo")
    rows.event("begun", ["JP"], "2027-06-20", "2027-07-10", words="Tokyo")
    assert found("tokyo", **{"from": "2027-07-01", "to": "2027-07-31"}) == {"long", "endless", "begun"}
    assert found("tokyo", **{"from": "2029-07-01", "to": "2029-07-31"}) == {"endless"}


@pytest.mark.usefixtures("events")
def test_the_months_of_a_search_are_those_of_its_events() -> None:
    from_rows = {(event.day.replace(day=1), event.kind) for event in Event.objects.filter(pk__in=["un", "us"])}
    assert set(months("USA")) == from_rows
    assert set(months("USA", kind="election")) == {(date(2026, 11, 1), "election")}


def months(query: str, **more: Any) -> dict[tuple[date, str], int]:
    return dict(counts.by_month(EventFilter(words=query, **more), rows.TODAY))


@pytest.mark.usefixtures("events")
def test_what_is_deleted_and_changed_is_found_no_longer() -> None:
    EventSearch.objects.filter(event="uk").update(about=index_text(["Atlantis"]))
    Event.objects.get(pk="scotland").delete()
    assert found("Britain") == set()
    assert found("Atlantis") == {"uk"}


@pytest.mark.parametrize(
    "text", ['"', "a AND", "NEAR(", "{about}", "x:y", "') --", "'", "a & ! b", "-", "*", "^a", "\\"]
)
@pytest.mark.usefixtures("events")
def test_signs_of_a_query_language_mean_nothing(text: str) -> None:
    found(text)


def test_a_long_search_is_cut() -> None:
    assert len(search_terms("字" * 100 + " ".join(f"w{n}" for n in range(30)))) <= 12
