"""Claims that err in a day, a type, a step or a status, as a reader of articles gives them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.support.claims import said, words_of_its_own
from timeline.extraction.when import When
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id, key_of
from timeline.resolution.resolve import ResolvedEvent, resolve


def told(
    reported: str, start: str, end: str = "", status: str = "scheduled", *, country: str = "GB", **more: Any
) -> ClaimValue:
    """A claim that Britain votes, in words of its own."""
    return said(
        reported, start, end or start, status, **{"participants": (country,), "evidence": words_of_its_own()} | more
    )


def talks(day: str, *who: str, until: str = "", **more: Any) -> ClaimValue:
    """A report of that day that these talk."""
    stay = {"extent": "throughout"} if until else {}
    values: dict[str, Any] = {"kind": "alliance", "type": "meeting", "stage": "", "participants": who}
    return told(day, day, until, "occurred", **values | stay | more)


def believed(event: ResolvedEvent) -> tuple[str, str, str]:
    return str(event.current.when.start), str(event.current.when.end), event.current.status


# --- days -----------------------------------------------------------------------------------------


def test_a_doubtful_day_does_not_take_all_that_is_told_of_its_year() -> None:
    year = [told(f"2025-03-0{n}", "2026-01-01", "2026-12-31") for n in (1, 2, 3)]
    astray = told("2025-03-04", "2026-09-06", doubtful=True)
    events = {believed(e)[:2]: len(e.claims) for e in resolve([*year, astray])}
    assert events == {("2026-01-01", "2026-12-31"): 3, ("2026-09-06", "2026-09-06"): 1}


def test_a_year_is_that_of_the_vote_and_not_of_a_second_round() -> None:
    year = [told(f"2025-03-0{n}", "2026-01-01", "2026-12-31") for n in (1, 2)]
    events = resolve([*year, told("2025-03-04", "2026-06-07", stage="runoff")])
    assert sorted((e.stage, len(e.claims)) for e in events) == [("runoff", 1), ("vote", 2)]


def test_a_window_joins_the_day_that_most_plain_claims_give() -> None:
    doubtful = [told(f"2025-0{n}-01", "2026-02-01", doubtful=True) for n in (3, 4, 6)]
    plain = [told(f"2025-03-1{n}", "2026-04-12") for n in (1, 2)]
    year = told("2025-03-20", "2026-01-01", "2026-12-31")
    events = {believed(e)[0]: len(e.claims) for e in resolve([*doubtful, *plain, year])}
    assert events == {"2026-02-01": 3, "2026-04-12": 3}


def test_a_window_joins_the_day_of_the_law_and_no_other() -> None:
    more: dict[str, Any] = {"country": "US", "type": "presidential"}
    astray, year = told("2027-03-01", "2028-03-05", **more), told("2027-03-02", "2028-01-01", "2028-12-31", **more)
    events = {believed(e)[0] for e in resolve([astray, year])}
    assert "2028-11-07" in events


def test_one_claim_of_a_second_round_does_not_make_a_vote_one() -> None:
    day = "2026-04-12"
    votes = [told(f"2026-03-0{n}", day) for n in (1, 2, 3, 4)]
    (vote,) = resolve([*votes, told("2026-03-09", day, stage="runoff")])
    assert vote.stage == "vote"


def test_talks_told_with_days_one_apart_are_one_event() -> None:
    (event,) = resolve(
        [talks("2026-05-04", "PE", "EC"), talks("2026-05-05", "PE", "EC"), talks("2026-05-04", "PE", "EC")]
    )
    assert believed(event)[0] == "2026-05-04"


def test_a_deadline_that_is_repeated_is_no_change_of_date() -> None:
    by: dict[str, Any] = {
        "kind": "alliance",
        "type": "withdrawal",
        "stage": "",
        "participants": ("ET", "SO"),
        "modifier": "by",
    }
    (event,) = resolve(told(f"2026-0{month}-10", f"2026-0{month}-10", "2026-09-30", **by) for month in (3, 5, 7))
    assert [(b.change, str(b.when.start), str(b.when.end)) for b in event.beliefs] == [
        ("first", "2026-03-10", "2026-09-30")
    ]


# --- what is one event ----------------------------------------------------------------------------


def test_parties_and_their_treaty_are_one_and_a_format_is_its_members() -> None:
    def signed(*who: str) -> ClaimValue:
        return talks("2026-02-03", *who, type="agreement")

    pairs = [
        (("usmca",), ("MX", "US", "CA")),
        (("new-start",), ("US", "RU")),
        (("cai",), ("eu", "CN")),
        (("US", "CN", "phase-one"), ("US", "CN")),
        (("tca",), ("GB", "eu")),
        (("US", "PL", "edca"), ("US", "PL")),  # a treaty of the same name, between others
    ]
    for one, other in pairs:
        assert key_of("alliance", "agreement", "", "", one) == key_of("alliance", "agreement", "", "", other)
        assert len(resolve([signed(*one), signed(*other)])) == 1
    assert len(resolve([talks("2026-02-03", "quad"), talks("2026-02-03", "US", "IN", "JP", "AU")])) == 1


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ({"type": "by_election", "place": "TW-TXG"}, {"type": "local", "place": "TW-TXG"}),
        ({"type": "leadership", "place": "US-NV"}, {"type": "local", "place": "US-NV"}),
        ({"type": "general"}, {"type": "general", "stage": "result"}),
        ({"type": "presidential"}, {"type": "general", "stage": "call"}),
    ],
)
def test_one_vote_under_two_types_or_steps_is_one_event(mine: dict[str, str], other: dict[str, str]) -> None:
    claims = [
        *(told(f"2026-03-0{n}", "2026-03-14", **mine) for n in (1, 2, 3)),
        told("2026-03-09", "2026-03-14", **other),
    ]
    (event,) = resolve(claims)
    assert (event.type, event.stage) == (mine["type"], "vote")


def test_a_count_of_another_day_and_a_vote_elsewhere_stay_events_of_their_own() -> None:
    votes = [told(f"2026-03-0{n}", "2026-03-14") for n in (1, 2, 3)]
    count = told("2026-03-20", "2026-03-20", status="occurred", stage="result")
    town = told("2026-03-02", "2026-03-14", type="local", place="GB-LND")
    assert len(resolve([*votes, count, town])) == 3


def test_a_region_told_once_does_not_make_a_nationwide_vote_its_own() -> None:
    nationwide = [told(f"2026-03-0{n}", "2026-10-04", type="local") for n in (1, 2, 3, 4, 5)]
    (vote,) = resolve([*nationwide, told("2026-03-09", "2026-10-04", type="local", place="GB-MAN")])
    assert vote.place == ""


def test_a_journey_to_two_countries_does_not_swallow_the_talks_with_one() -> None:
    journey = talks("2026-03-15", "US", "JP", "KR", until="2026-03-18")
    seoul = [talks("2026-03-18", "US", "KR") for _ in range(2)]
    tokyo = [talks("2026-03-16", "US", "JP") for _ in range(2)]
    events = resolve([journey, *seoul, *tokyo])
    assert sorted(believed(e)[0] for e in events) == ["2026-03-16", "2026-03-18"]
    assert sorted(believed(e)[:2] for e in resolve([journey, seoul[0]])) == [
        ("2026-03-15", "2026-03-18"),
        ("2026-03-18", "2026-03-18"),
    ]


def test_a_conference_that_one_country_hosts_is_an_event() -> None:
    days: dict[str, Any] = {
        "kind": "alliance",
        "type": "summit",
        "stage": "",
        "participants": ("KE",),
        "doubtful": True,
    }
    reports = [told(f"2026-02-0{n}", "2026-09-08", source=n, **days) for n in (1, 2, 3)]
    (summit,) = resolve(reports)
    assert summit.confirmed and summit.participants == ("KE",)
    invited = told("2026-02-05", "2026-09-08", **days | {"participants": ("KE", "GH", "NG", "ZA"), "doubtful": False})
    assert len(resolve([*reports, invited])) == 1


# --- status ---------------------------------------------------------------------------------------


def test_nothing_has_occurred_before_its_day() -> None:
    (vote,) = resolve([told("2026-03-01", "2026-04-12"), told("2026-03-05", "2026-04-12", status="occurred")])
    assert vote.current.status == "scheduled"
    (vote,) = resolve([*vote.claims, told("2026-04-13", "2026-04-12", status="occurred")])
    assert vote.current.status == "occurred"


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_a_report_that_it_is_off_outweighs_older_plans_and_passing_mentions(status: str) -> None:
    plans = [told(f"2026-03-0{n}", "2026-05-03") for n in range(1, 8)]
    off = told("2026-03-20", "2026-05-03", status=status)
    passing = told("2026-03-25", "2026-05-01", "2026-05-31", status="expected", doubtful=True)
    (vote,) = resolve([*plans, off, passing])
    assert vote.current.status == status
    (vote,) = resolve([*plans, off, *(told(f"2026-04-0{n}", "2026-05-03") for n in (1, 2, 3))])
    assert vote.current.status == "scheduled"  # it is on again


def test_what_was_called_off_has_not_occurred_because_somebody_speaks_of_its_day() -> None:
    plans = [told(f"2026-03-0{n}", "2026-05-03") for n in (1, 2)]
    off = [told(f"2026-04-2{n}", "2026-05-03", status="cancelled") for n in (1, 2, 3)]
    (vote,) = resolve([*plans, *off, told("2026-05-10", "2026-05-03", status="occurred")])
    assert vote.current.status == "cancelled"


def test_conflicting_statuses_are_a_contradiction_and_an_older_plan_is_none() -> None:
    off = told("2026-04-20", "2026-05-03", status="cancelled", source=1)
    older, newer = (told(day, "2026-05-03", source=2) for day in ("2026-04-19", "2026-04-22"))
    (vote,) = resolve([older, off])
    assert vote.contradictions == []
    (vote,) = resolve([older, off, newer])
    assert [(c.first, c.second) for c in vote.contradictions] == [(off.pk, newer.pk)]


def test_the_evidence_is_the_plainest_claim_with_exactly_the_believed_days() -> None:
    plain = told("2026-03-01", "2026-05-03")
    vague = told("2026-03-01", "2026-05-01", "2026-05-31")
    doubtful = told("2026-03-01", "2026-05-03", doubtful=True)
    unlikely = replace(told("2026-03-01", "2026-05-03"), probability=0.6)
    (vote,) = resolve([plain, vague, doubtful, unlikely])
    assert vote.current.claim == plain.pk


# --- ids ------------------------------------------------------------------------------------------


def test_an_older_article_that_comes_later_does_not_change_the_id() -> None:
    known = [told(f"2026-03-0{n}", "2026-05-03") for n in (3, 4)]
    (before,) = resolve(known)
    (after,) = resolve([told("2025-11-01", "2026-05-03"), *known])
    assert after.claims[0].reported == date(2025, 11, 1)
    assert event_id(after.first) == event_id(before.first)


def test_a_more_likely_claim_supports_its_day_more() -> None:
    likely = told("2026-03-02", "2026-05-03")
    doubted = [replace(told("2026-03-02", "2026-05-10"), probability=0.3) for _ in range(2)]
    (vote,) = resolve([likely, *doubted])
    assert vote.current.when.days == When(date(2026, 5, 3), date(2026, 5, 3)).days
