"""Claims that tell of one event with other parties, types or days, and claims that only seem to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.claims import told
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import key_of
from timeline.resolution.resolve import ResolvedEvent, resolve


def as_shown(claims: list[ClaimValue]) -> list[tuple[str, str, tuple[str, ...]]]:
    """What stands on the calendar, each key resolved by itself: type, first day, parties."""
    keys: dict[str, list[ClaimValue]] = {}
    for c in claims:
        keys.setdefault(key_of(c.kind, c.type, c.stage, c.place, c.participants), []).append(c)
    events: list[ResolvedEvent] = [e for of_key in keys.values() for e in resolve(of_key)]
    return sorted((e.type, str(e.current.when.start), tuple(sorted(e.participants))) for e in events if e.confirmed)


# --- who takes part -------------------------------------------------------------------------------


def test_those_take_part_whom_most_claims_name_though_no_set_of_names_is_the_commonest() -> None:
    halves = [told("2027-03-02", "CL", other, type="agreement") for other in ("PE", "EC", "PE", "EC")]
    (event,) = resolve([*halves, told("2027-03-02", "CL", "PE", "EC", type="agreement")])
    assert set(event.participants) == {"CL", "PE", "EC"}  # each by three of five


def test_a_doubtful_name_counts_less_and_a_reprint_nothing() -> None:
    plain = told("2027-03-02", "CL", "PE", type="agreement")
    more = told("2027-03-02", "CL", "PE", "EC", type="agreement", doubtful=True)
    reprints = [
        replace(more, pk=more.pk + 100_000 + n, identity=f"z{n}", article=more.article + 100_000 + n) for n in (1, 2)
    ]
    (event,) = resolve([plain, more, *reprints])
    assert set(event.participants) == {"CL", "PE"}


def test_a_treaty_stands_beside_its_parties_unless_few_claims_name_it() -> None:
    parties = [told("2027-03-02", "CN", "eu", type="agreement") for _ in range(5)]
    with_treaty = [told("2027-03-02", "CN", "eu", "cai", type="agreement") for _ in range(2)]
    assert as_shown([*parties, *with_treaty])[0][2] == ("CN", "cai", "eu")
    assert as_shown([*parties, with_treaty[0]])[0][2] == ("CN", "eu")


def test_a_list_of_the_countries_of_a_journey_tells_neither_the_day_nor_the_parties_of_one_stop() -> None:
    journey = [told("2027-05-03", "KE", "PT", "ES", "IT", until="2027-05-10") for _ in range(6)]
    lisbon = [told("2027-05-05", "KE", "PT") for _ in range(2)]
    assert as_shown([*journey, *lisbon])[0] == ("meeting", "2027-05-05", ("KE", "PT"))


def test_three_who_meet_are_three_where_nobody_tells_of_two() -> None:
    assert as_shown([told("2027-05-03", "KE", "UG", "TZ")]) == [("meeting", "2027-05-03", ("KE", "TZ", "UG"))]


@pytest.mark.parametrize("topic", ["KP", "TW", "UA", "NE"])
def test_who_is_only_a_topic_of_the_talks_makes_no_second_event(topic: str) -> None:
    talks = [told("2027-06-08", "FR", "JP") for _ in range(2)]
    about = [told("2027-06-08", "FR", "JP", topic, doubtful=True, source=n) for n in (1, 2, 3, 4)]
    assert as_shown([*talks, *about]) == [("meeting", "2027-06-08", ("FR", "JP"))]


# --- blocs, formats, treaties ---------------------------------------------------------------------


def test_at_a_summit_the_bloc_stands_for_its_members_whoever_speaks() -> None:
    speakers = [told("2027-09-21", "un", who, type="summit") for who in ("JP", "KE", "CL")]
    assert len(as_shown([*speakers, told("2027-09-21", "un", type="summit")])) == 1
    assert (
        len(as_shown([told("2027-09-21", "brics", "IN", type="summit"), told("2027-09-21", "brics", type="summit")]))
        == 1
    )
    guests = [told("2027-09-21", "eu", "CN", type="summit"), told("2027-09-21", "eu", "IN", type="summit")]
    assert len(as_shown(guests)) == 2  # who is no member comes as itself


def test_an_exercise_of_some_members_of_a_format_is_that_of_the_format() -> None:
    whole = [told("2027-11-03", "US", "JP", "IN", "AU", type="exercise") for _ in range(3)]
    some = told("2027-11-04", "IN", "US", type="exercise")
    assert as_shown([*whole, some]) == [("exercise", "2027-11-03", ("AU", "IN", "JP", "US"))]


@pytest.mark.parametrize(
    ("most", "other", "who"),
    [
        ("agreement", "withdrawal", ("GB", "eu")),  # `the transition ends`
        ("withdrawal", "agreement", ("CA", "HK")),  # `suspends the treaty of extradition`
        ("accession", "agreement", ("MD", "eu")),  # `signs the treaty of accession`
        ("agreement", "accession", ("rcep", "KR")),
    ],
)
def test_agreeing_joining_and_leaving_on_one_day_are_one_event(most: str, other: str, who: tuple[str, ...]) -> None:
    claims = [*(told("2027-12-31", *who, type=most) for _ in range(3)), told("2027-12-31", *who, type=other)]
    assert [(e[0], e[1]) for e in as_shown(claims)] == [(most, "2027-12-31")]


def test_agreeing_and_leaving_on_other_days_or_in_one_year_are_two() -> None:
    signed, left = told("2027-02-01", "GB", "eu", type="agreement"), told("2027-12-31", "GB", "eu", type="withdrawal")
    assert len(as_shown([signed, left])) == 2
    year: dict[str, Any] = {"until": "2027-12-31", "extent": "within"}
    vague = [told("2027-01-01", "GB", "eu", type=type, **year) for type in ("agreement", "withdrawal")]
    assert len(as_shown(vague)) == 2
