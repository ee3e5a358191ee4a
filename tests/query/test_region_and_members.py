"""Events by the region of a country, and by the bloc whose member a country is on the day of the event."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import translation

from tests.support import rows
from timeline.pipeline import actors
from timeline.query.filter import EventFilter
from timeline.query.form import Look, form_of
from timeline.query.parser import FilterError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def gazetteer() -> None:
    actors.load_gazetteer()


def parse(query: str) -> EventFilter:
    return EventFilter.parse(QueryDict(query))


def found(query: str) -> list[str]:
    chosen = parse(query)
    ids = [event.id for event in chosen.events(rows.TODAY)]
    assert chosen.count(rows.TODAY) == len(ids)
    return ids


def refused(query: str) -> list[tuple[str, str, str]]:
    with pytest.raises(FilterError) as error:
        parse(query)
    return error.value.problems


# --- regions ------------------------------------------------------------------------------------


def test_a_region_is_written_as_slug_or_code_in_any_case_and_kept_as_slug() -> None:
    assert parse("region=150&region=Europe&region=005").region == ("europe", "south-america")
    assert parse("region=150").to_query() == "region=europe"
    ((name, wrong, allowed),) = refused("region=150&region=999")
    assert (name, wrong) == ("region", "“999” is unknown.")
    assert "south-eastern-asia" in allowed


def test_events_of_the_countries_and_places_of_a_region_are_found() -> None:
    rows.event("france", ["FR"], "2025-01-01")
    rows.event("both", ["JP", "FR"], "2025-02-01", kind="alliance", type="summit")
    rows.event("kaohsiung", ["TW"], "2025-03-01", type="by_election", place="TW-KHH")
    rows.event("union", ["eu"], "2025-04-01", kind="alliance", type="summit")
    assert found("region=europe") == found("region=western-europe") == ["france", "both"]
    assert found("region=eastern-asia") == ["both", "kaohsiung"]
    assert found("region=europe&region=asia") == ["france", "both", "kaohsiung"]
    assert found("region=europe&country=JP") == ["both"]
    assert found("region=northern-europe") == found("region=oceania") == []


def test_a_region_is_known_on_a_day_as_well() -> None:
    vote = rows.event("vote", ["DE"], "2025-09-28", since="2024-06-01")
    rows.believe(vote, "2024-11-13", "2025-02-23", "2025-02-23")
    assert found("region=europe&as_of=2024-06-01") == ["vote"]
    assert found("region=europe&as_of=2024-05-31") == found("region=asia&as_of=2024-06-01") == []


@pytest.mark.parametrize(("language", "name"), [("en", "Europe"), ("zh-hans", "欧洲"), ("zh-hant", "歐洲")])
def test_the_form_offers_regions_and_the_chip_names_the_one_that_is_set(language: str, name: str) -> None:
    with translation.override(language):
        form, (chip,) = form_of(parse("region=europe"), Look())
        (control,) = [control for control in form.more if control.key == "region"]
    assert chip.value == name
    assert form.is_open
    assert "europe" not in [option.value for option in control.options]
    assert "south-america" in [option.value for option in control.options]


# --- members ------------------------------------------------------------------------------------


def test_the_members_of_a_bloc_are_those_of_that_day(gazetteer: None) -> None:
    rows.event("before", ["GB"], "2019-12-12")
    rows.event("after", ["GB"], "2024-07-04")
    rows.event("france", ["FR"], "2024-06-30")
    rows.event("early", ["FI"], "2023-04-02")
    rows.event("late", ["FI"], "2024-01-28")
    rows.event("union", ["eu"], "2024-06-06", kind="alliance", type="summit")
    assert found("bloc=eu&members=yes") == ["before", "early", "late", "france"]
    assert found("bloc=nato&members=yes&country=FI") == ["late"]
    assert found("bloc=eu&members=yes&country=GB") == ["before"]
    assert found("bloc=eu") == ["union"]
    assert found("bloc=eu&members=yes&region=northern-europe") == ["before", "early", "late"]


def test_with_as_of_the_day_is_the_one_believed_then(gazetteer: None) -> None:
    vote = rows.event("vote", ["FI"], "2023-04-01", since="2022-06-01")
    rows.believe(vote, "2022-11-13", "2023-04-16", "2023-04-16")
    assert found("bloc=nato&members=yes&as_of=2022-06-01") == []
    assert found("bloc=nato&members=yes&as_of=2022-11-13") == ["vote"]


def test_members_of_no_bloc_are_refused_on_pages_and_in_the_api(client: Client) -> None:
    assert refused("members=yes") == [("members", "It means nothing without bloc.", "Add it, or omit this one.")]
    assert refused("members=yes&region=europe")[0][0] == "members"
    for address in ("/", "/api/v1/events"):
        answer = client.get(address, {"members": "yes"}, headers={"accept-language": "en"})
        assert answer.status_code == 400
        assert b"It means nothing without bloc." in answer.content


def test_who_takes_the_last_bloc_away_takes_its_members_away(gazetteer: None) -> None:
    chosen = parse("bloc=eu&bloc=nato&members=yes")
    assert chosen.without("bloc", "eu").to_query() == "bloc=nato&members=yes"
    assert chosen.without("bloc", "eu").without("bloc", "nato").to_query() == ""
    assert chosen.without("members", "yes").to_query() == "bloc=eu&bloc=nato"


def test_the_pages_show_regions_and_members(gazetteer: None, client: Client) -> None:
    rows.event("france", ["FR"], "2024-09-30")
    for query in ("region=europe", "bloc=eu&members=yes"):
        page = client.get(f"/?{query}&window=all")
        assert page.status_code == 200
        assert b"/events/france" in page.content or b"event=france" in page.content
        events = client.get(f"/api/v1/events?{query}").json()["events"]
        assert [event["id"] for event in events] == ["france"]
