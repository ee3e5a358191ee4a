"""One event out of many claims, and what was believed when: a pure function of the claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from timeline.resolving import Happening, Said, event_id, key_of, resolve

numbers = count(1)


def said(reported: str, start: str | None, end: str | None, status: str = "scheduled", **more: object) -> Said:
    """A claim that Britain votes; every call is another article."""
    n = next(numbers)
    claim = Said(
        pk=n,
        identity=f"{reported}|{n:05}",
        article=n,
        source=n % 3,
        reported=date.fromisoformat(reported),
        kind="election",
        type="general",
        stage="vote",
        place="",
        participants=("GB",),
        start=date.fromisoformat(start) if start else None,
        end=date.fromisoformat(end) if end else None,
        granularity="day" if start == end else "month",
        modifier="",
        extent="within",
        status=status,
    )
    return replace(claim, **more)  # type: ignore[arg-type]


def history(happening: Happening) -> list[tuple[str, str, str, str, str]]:
    return [(str(b.since), str(b.start), str(b.end), b.status, b.change) for b in happening.beliefs]


def test_a_window_narrows_to_the_day_and_then_occurs() -> None:
    (vote,) = resolve(
        [
            said("2024-01-05", "2024-01-05", "2025-01-28", "expected"),
            said("2024-05-23", "2024-07-04", "2024-07-04"),
            said("2024-07-05", "2024-07-04", "2024-07-04", "occurred"),
        ]
    )
    assert history(vote) == [
        ("2024-01-05", "2024-01-05", "2025-01-28", "expected", "first"),
        ("2024-05-23", "2024-07-04", "2024-07-04", "scheduled", "narrowed"),
        ("2024-07-05", "2024-07-04", "2024-07-04", "occurred", "status"),
    ]


def test_a_vaguer_word_later_does_not_undo_a_known_day() -> None:
    (vote,) = resolve(
        [said("2024-05-23", "2024-07-04", "2024-07-04"), said("2024-06-01", "2024-01-01", "2024-12-31", "expected")]
    )
    assert len(vote.beliefs) == 1 and str(vote.now.start) == "2024-07-04" and vote.now.status == "scheduled"


def test_a_postponed_vote_is_the_same_event_on_another_day() -> None:
    (vote,) = resolve(
        [
            said("2020-06-01", "2020-09-06", "2020-09-06", participants=("HK",), type="legislative"),
            said("2020-08-09", "2021-09-01", "2021-09-30", "postponed", participants=("HK",), type="legislative"),
        ]
    )
    assert [b.change for b in vote.beliefs] == ["first", "moved"]
    assert vote.beliefs[0].until == date(2020, 8, 9)
    assert vote.now.status == "postponed" and str(vote.now.start) == "2021-09-01"


def test_a_cancelled_plan_keeps_its_day_and_says_so() -> None:
    (vote,) = resolve(
        [said("2024-03-01", "2024-05-05", "2024-05-05"), said("2024-04-01", "2024-05-05", "2024-05-05", "cancelled")]
    )
    assert vote.now.status == "cancelled" and str(vote.now.start) == "2024-05-05"


def test_the_vote_of_another_year_is_another_event() -> None:
    votes = resolve(
        [said("2020-01-01", "2016-01-01", "2016-12-31", "occurred"), said("2020-01-01", "2020-11-03", "2020-11-03")]
    )
    assert len(votes) == 2


def test_two_claims_of_one_article_are_two_events() -> None:
    one = said("2024-03-20", "2024-03-20", "2024-12-31", kind="alliance", type="agreement", participants=("aukus",))
    two = replace(one, pk=999, identity="z", end=date(2024, 11, 30))
    assert len(resolve([one, two])) == 2


def test_presidential_and_legislative_votes_of_a_country_stay_apart() -> None:
    votes = resolve(
        [
            said("2024-01-01", "2024-06-02", "2024-06-02", type="presidential"),
            said("2024-01-02", "2024-06-02", "2024-06-02", type="legislative"),
        ]
    )
    assert len(votes) == 2


def test_keys_hold_together_what_may_be_one_happening() -> None:
    assert key_of("election", "general", "vote", "", ["US"]) == key_of(
        "election", "presidential", "postponement", "", ["US"]
    )
    assert key_of("election", "general", "vote", "", ["US"]) != key_of("election", "general", "runoff", "", ["US"])
    assert key_of("alliance", "accession", "", "", ["JP", "CA", "aukus"]) == "alliance:accession:aukus"
    assert key_of("alliance", "meeting", "", "", ["GB", "AU"]) == key_of("alliance", "meeting", "", "", ["AU", "GB"])


days = st.integers(0, 900).map(lambda n: date.fromordinal(date(2024, 1, 1).toordinal() + n))


@st.composite
def claims(draw: st.DrawFn) -> list[Said]:
    out = []
    for n in range(draw(st.integers(1, 12))):
        start, length = draw(days), draw(st.sampled_from([0, 0, 3, 30, 365]))
        out.append(
            replace(
                said("2024-01-01", None, None),
                pk=n,
                article=draw(st.integers(0, 8)),
                identity=f"{n:03}",
                reported=draw(days),
                start=draw(st.sampled_from([start, start, None])),
                end=date.fromordinal(start.toordinal() + length),
                status=draw(st.sampled_from(["scheduled", "expected", "occurred", "cancelled", "postponed"])),
                type=draw(st.sampled_from(["general", "presidential", "legislative"])),
            )
        )
    return out


def summary(happenings: list[Happening]) -> object:
    return sorted((event_id("k", h.claims[0]), history(h), [c.pk for c in h.claims]) for h in happenings)


@settings(max_examples=300)
@given(claims(), st.randoms())
def test_any_order_of_claims_gives_the_same_events_beliefs_and_ids(given_claims: list[Said], chance: Random) -> None:
    shuffled = list(given_claims)
    chance.shuffle(shuffled)
    assert summary(resolve(given_claims)) == summary(resolve(shuffled))


@given(claims())
def test_no_claim_is_lost_and_beliefs_follow_one_another(given_claims: list[Said]) -> None:
    happenings = resolve(given_claims)
    assert sorted(c.pk for h in happenings for c in h.claims) == sorted(c.pk for c in given_claims)
    for happening in happenings:
        assert happening.beliefs[-1].until is None
        for earlier, later in zip(happening.beliefs, happening.beliefs[1:], strict=False):
            assert earlier.until == later.since and earlier.since < later.since
