"""The one filter: what it takes, what it refuses, and which events it gives, now and as known on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations

import pytest
from django.http import QueryDict
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from tests.support import rows
from timeline.display.event import as_json
from timeline.models import Event
from timeline.pipeline.store import weight_of
from timeline.query import parser
from timeline.query.events import by_importance
from timeline.query.filter import EventFilter
from timeline.query.parameters import PARAMETERS
from timeline.query.parser import FilterError, Parameter
from timeline.query.values import Number

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def parse(query: str) -> EventFilter:
    return EventFilter.parse(QueryDict(query))


def found(query: str, today: date = rows.TODAY) -> list[str]:
    return [event.id for event in parse(query).events(today)]


def refused(query: str) -> list[str]:
    with pytest.raises(FilterError) as error:
        parse(query)
    assert all(wrong and allowed for _, wrong, allowed in error.value.problems)
    return [name for name, _, _ in error.value.problems]


# --- what is asked ------------------------------------------------------------------------------


def test_an_empty_query_and_empty_values_mean_everything() -> None:
    assert parse("") == parse("kind=&country=&from=&q=") == EventFilter()


def test_years_and_months_are_read_as_their_first_and_last_days() -> None:
    chosen = parse("from=2024&to=2024-02")
    assert (chosen.start, chosen.end) == (date(2024, 1, 1), date(2024, 2, 29))
    assert parse("from=2024-03-20&to=2024-03-20").start == date(2024, 3, 20)


def test_the_canonical_query_means_the_same_filter() -> None:
    rows.event("a", ["JP", "AU", "aukus"], "2025-01-01", kind="alliance", type="accession")
    query = (
        "country=JP&country=AU&bloc=aukus&kind=alliance&type=accession&type=summit&status=lapsed&status=expected"
        "&from=2024-03&to=2025&q=%E5%8A%A0%E5%85%A5+%26+%3D&as_of=2024-05-01"
    )
    chosen = parse(query)
    assert parse(chosen.to_query()) == chosen
    assert parse(chosen.to_query()).to_query() == chosen.to_query()
    assert EventFilter().to_query() == ""
    assert EventFilter(kind="election").to_query(page=2) == "kind=election&page=2"


def test_every_problem_is_named_at_once_with_what_is_allowed() -> None:
    assert refused("colour=red&kind=war&from=2024-13&country=XX&status=maybe&bloc=JP") == [
        *("colour", "kind", "country", "bloc", "status", "from"),
    ]
    with pytest.raises(FilterError) as error:
        parse("kind=war")
    assert error.value.problems == [("kind", "“war” is unknown.", "Allowed are: election, alliance.")]


@pytest.mark.parametrize(
    "query",
    [
        "from=2024-02-30", "from=24-01-01", "to=20240101", "from=0000-01-01", "from=9999", "as_of=yesterday",
        "from=２０２４", "from=2025&to=2024", "reported=next-7", "window=last-7", "new=2025/2024",
        "kind=election&kind=alliance", "from=2024&from=2025",
        "q=" + "x" * 201, "q=%00", "country=%00", "page=2", "Kind=election",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(query: str) -> None:
    assert len(refused(query)) == 1


def test_further_parameters_are_parsed_beside_the_filter() -> None:
    limit = Parameter(key="limit", value=Number(1, 200, 50), about="Rows.", example=20)
    values = parser.parse(QueryDict("limit=5&kind=election"), (*PARAMETERS, limit))
    assert (values["limit"], EventFilter.of(values)) == (5, EventFilter(kind="election"))
    with pytest.raises(FilterError) as error:
        parser.parse(QueryDict("limit=0&kind=war&page=2"), (*PARAMETERS, limit))
    assert [name for name, _, _ in error.value.problems] == ["page", "kind", "limit"]


def test_a_missing_value_is_refused_where_empty_ones_are_not_allowed() -> None:
    with pytest.raises(FilterError) as error:
        parser.parse(QueryDict("kind=&country=JP&country="), PARAMETERS, allow_empty=False)
    assert [name for name, _, _ in error.value.problems] == ["kind", "country"]


def test_every_value_of_a_parameter_that_is_wrong_is_named() -> None:
    assert refused("type=general&type=war&type=peace&country=XX&country=YY") == ["type", "type", "country", "country"]


@pytest.mark.parametrize("query", ["window=next-7&from=2024", "window=2024&to=2025", "window=all&from=2024&to=2025"])
def test_a_window_excludes_its_ends(query: str) -> None:
    assert refused(query) == ["window"]


def test_an_interval_sets_the_two_ends() -> None:
    assert parse("window=2024-03/2025") == parse("from=2024-03&to=2025")
    assert parse("window=../..") == parse("window=all") == EventFilter(window="all")


def test_hostile_values_are_shown_cut_and_without_control_characters() -> None:
    with pytest.raises(FilterError) as error:
        parse("kind=" + "%00%1b" + "x" * 5000)
    ((_, wrong, _),) = error.value.problems
    assert len(wrong) < 80 and "\x00" not in wrong and "\x1b" not in wrong


# --- which events -------------------------------------------------------------------------------


def test_events_whose_days_meet_the_window_are_given_inclusive_at_both_ends() -> None:
    rows.event("before", ["AU"], "2024-02-01", "2024-02-29")
    rows.event("touches", ["AU"], "2024-02-01", "2024-03-01")
    rows.event("spans", ["AU"], "2024-01-01", "2025-01-01")
    rows.event("last", ["AU"], "2024-03-31", "2024-06-01")
    rows.event("after", ["AU"], "2024-04-01")
    rows.event("opens", ["AU"], None, "2024-03-10")
    rows.event("ends", ["AU"], "2024-03-10", None)
    rows.event("over", ["AU"], None, "2024-02-10")
    rows.event("later", ["AU"], "2024-05-10", None)
    assert set(found("from=2024-03&to=2024-03")) == {"touches", "spans", "last", "opens", "ends"}


def test_several_countries_mean_any_of_them_and_give_each_event_once() -> None:
    rows.event("both", ["JP", "CA", "aukus"], "2025-01-01", kind="alliance", type="accession")
    rows.event("japan", ["JP"], "2025-02-01")
    rows.event("france", ["FR"], "2025-03-01")
    assert found("country=JP&country=CA") == ["both", "japan"]
    assert found("country=JP&bloc=aukus") == ["both"]
    assert found("country=FR&bloc=aukus") == []


def test_a_place_that_votes_is_found_like_a_country() -> None:
    rows.event("kaohsiung", ["TW"], "2020-08-15", type="by_election", place="TW-KHH")
    assert found("country=TW-KHH") == found("country=TW") == ["kaohsiung"]


def test_all_words_must_stand_in_names_or_evidence() -> None:
    rows.event("a", ["AU"], "2025-01-01", words="大选将于五月举行")
    rows.event("b", ["AU"], "2025-01-02", words="部长会谈")
    assert found("q=australia+五月") == ["a"]
    assert found("q=AUSTRALIA") == ["a", "b"]
    assert found("q=%25") == found("q=_") == []


def test_lapsed_is_what_should_have_been_and_nobody_spoke_of_again() -> None:
    rows.event("today", ["AU"], "2024-09-01")
    for number, status in enumerate(["scheduled", "expected", "postponed", "occurred", "cancelled"]):
        rows.event(status, ["AU"], f"2024-08-{number + 1:02}", status=status)
    rows.event("open", ["AU"], "2024-08-20", None)
    assert found("status=lapsed") == ["scheduled", "expected", "postponed"]
    assert found("status=lapsed&status=occurred") == ["scheduled", "expected", "postponed", "occurred"]
    assert [e.lapsed for e in parse("").events(rows.TODAY)] == [True, True, True, False, False, False, False]


def test_merged_and_retracted_events_never_come() -> None:
    heir = rows.event("heir", ["AU"], "2025-01-01")
    rows.event("merged", ["AU"], "2025-01-01", merged_into=heir)
    rows.event("retracted", ["AU"], "2025-01-01", retracted=True)
    assert found("") == found("as_of=2024-04-01") == ["heir"]


def test_events_after_a_key_continue_where_the_page_before_ended() -> None:
    for pk, start in [("c", "2025-01-02"), ("b", "2025-01-01"), ("a", "2025-01-01"), ("d", "2025-01-02")]:
        rows.event(pk, ["AU"], start)
    everything = parse("").events(rows.TODAY)
    assert [e.id for e in everything] == ["a", "b", "c", "d"]
    for number, event in enumerate(everything):
        rest = parse("").events(rows.TODAY, after=(event.day, event.id))
        assert rest == everything[number + 1 :]


def test_an_editors_importance_counts_above_any_number_of_sources() -> None:
    rows.event("reported", ["AU"], "2024-09-02", source_count=9, weight=weight_of(9, False))
    rows.event("farther", ["AU"], "2025-01-01", source_count=9, weight=weight_of(9, False))
    rows.event("important", ["JP"], "2025-01-01", source_count=1, weight=weight_of(1, True, 2))
    expected = ["important", "reported", "farther"]
    for query in ("", "as_of=2024-05-01"):
        chosen = parse(query)
        assert [event.id for event in chosen.most_important(rows.TODAY, 9)] == expected
        assert [event.id for event in by_importance(chosen.events(rows.TODAY), rows.TODAY)] == expected


# --- as known on a day --------------------------------------------------------------------------


def test_as_of_shows_what_was_believed_on_that_day() -> None:
    vote = rows.event("vote", ["DE"], "2025-09-28", since="2024-06-01")
    rows.claim(vote, rows.article("德国大选定于2025年9月28日。", on="2024-06-01"), "德国大选定于2025年9月28日。")
    rows.claim(vote, rows.article("德国大选提前。", on="2024-11-13", of="two"), "德国大选提前。")
    rows.believe(vote, "2024-11-13", "2025-02-23", "2025-02-23", status="expected")

    assert found("as_of=2024-05-31") == []
    (then,) = parse("as_of=2024-11-12").events(rows.TODAY)
    assert (str(then.when.start), then.status, then.claim_count, then.source_count) == ("2025-09-28", "scheduled", 1, 1)
    assert then.evidence == "德国大选定于2025年9月28日。"
    (after,) = parse("as_of=2024-11-13").events(rows.TODAY)
    assert (str(after.when.start), after.status, after.claim_count, after.source_count) == (
        "2025-02-23",
        "expected",
        2,
        2,
    )
    assert found("as_of=2024-11-12&to=2025-03") == []
    assert found("as_of=2024-11-13&to=2025-03") == ["vote"]
    assert found("as_of=2024-11-12&status=expected") == []


def test_words_said_later_find_nothing_as_of_an_earlier_day() -> None:
    vote = rows.event("vote", ["DE"], "2025-09-28", since="2024-06-01")
    rows.claim(vote, rows.article("德国大选定于九月。", on="2024-06-01"), "德国大选定于九月。")
    rows.claim(vote, rows.article("执政联盟破裂。", on="2024-11-13"), "执政联盟破裂。")
    assert found("q=破裂") == ["vote"]
    assert found("q=破裂&as_of=2024-11-12") == []
    assert found("q=九月&as_of=2024-11-12") == found("q=germany&as_of=2024-11-12") == ["vote"]


# --- the window that the page opens on ----------------------------------------------------------


def test_reported_lately_counts_from_as_of_and_knows_nothing_later() -> None:
    for name, on in (("early", "2024-05-01"), ("late", "2024-08-30")):
        vote = rows.event(name, ["DE"], "2025-09-28", since=on)
        rows.claim(vote, rows.article("德国大选。", on=on, of=name), "德国大选。")
    assert found("reported=last-7&window=all") == ["late"]
    assert found("reported=last-7&as_of=2024-05-03&window=all") == ["early"]
    assert found("reported=2024-05/2024-08&as_of=2024-05-03&window=all") == ["early"]


def test_the_page_opens_on_the_next_14_months_where_they_hold_events() -> None:
    rows.event("next", ["AU"], "2025-11-01", "2025-12-31")
    shown, reason = EventFilter().with_default_window(rows.TODAY)
    assert (reason, shown.start, shown.end) == ("ahead", date(2024, 9, 1), date(2025, 11, 1))


def test_without_anything_ahead_it_opens_around_the_newest_claim() -> None:
    vote = rows.event("vote", ["AU"], "2022-05-21")
    rows.claim(vote, rows.article("大选在即。", on="2022-04-10"), "大选在即。")
    shown, reason = EventFilter().with_default_window(rows.TODAY)
    assert reason == "newest"
    assert shown.start is not None and shown.start <= date(2022, 4, 10) <= date(2022, 5, 21)
    assert [e.id for e in shown.events(rows.TODAY)] == ["vote"]


def test_a_claim_about_the_past_opens_the_months_before_it() -> None:
    vote = rows.event("vote", ["AU"], "2022-05-21", status="occurred")
    rows.claim(vote, rows.article("大选已经举行。", on="2022-06-10"), "大选已经举行。")
    shown, reason = EventFilter().with_default_window(rows.TODAY)
    assert reason == "before" and [e.id for e in shown.events(rows.TODAY)] == ["vote"]


def test_a_chosen_window_stays_and_an_empty_calendar_opens_on_today() -> None:
    assert parse("from=2020").with_default_window(rows.TODAY) == (parse("from=2020"), "given")
    assert EventFilter().with_default_window(rows.TODAY)[1] == "empty"


# --- how much it costs --------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", ["", "as_of=2024-05-01"])
def test_any_number_of_events_takes_the_same_few_queries(
    as_of: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number, (first, second) in enumerate(permutations(["JP", "CA", "US", "FR", "DE"], 2)):
        row = rows.event(f"e{number}", [first, second, "nato"], "2025-01-01", kind="alliance", type="accession")
        rows.claim(row, rows.article(f"第{number}篇。", on="2024-04-01"), f"第{number}篇。")
        rows.event(f"p{number}", ["TW"], "2025-01-01", type="by_election", place="TW-KHH")
    few = parse(as_of)
    with django_assert_num_queries(5 if as_of else 4):
        shapes = [as_json(event) for event in few.events(rows.TODAY)]
    assert len(shapes) == Event.objects.count() == 40


def test_an_event_is_called_unconfirmed_only_some_days_after_its_day() -> None:
    rows.event("fresh", ["AU"], "2024-08-29")
    rows.event("stale", ["AU"], "2024-08-28")
    assert found("status=lapsed") == ["stale"]
    assert [event.lapsed for event in parse("").events(rows.TODAY)] == [True, False]
