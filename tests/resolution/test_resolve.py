"""One event out of many claims, and what was believed when: a pure function of the claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.claims import said
from timeline.extraction.when import When
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id, key_of
from timeline.resolution.resolve import ResolvedEvent, resolve


def history(happening: ResolvedEvent) -> list[tuple[str, str, str, str, str]]:
    return [(str(b.since), str(b.when.start), str(b.when.end), b.status, b.change) for b in happening.beliefs]


def test_reports_of_two_centuries_are_weighed() -> None:
    told = resolve(said(f"{year}-01-05", "2100-01-01", "2100-12-31") for year in (1900, 1990, 2023, 2024, 2099))
    assert [len(happening.claims) for happening in told] == [5]


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
    assert len(vote.beliefs) == 1 and vote.current.status == "scheduled"
    assert str(vote.current.when.start) == "2024-07-04"


def test_a_postponed_vote_is_the_same_event_on_another_day() -> None:
    (vote,) = resolve(
        [
            said("2020-06-01", "2020-09-06", "2020-09-06", participants=("HK",), type="legislative"),
            said("2020-08-09", "2021-09-01", "2021-09-30", "postponed", participants=("HK",), type="legislative"),
        ]
    )
    assert [b.change for b in vote.beliefs] == ["first", "moved"]
    assert vote.beliefs[0].until == date(2020, 8, 9)
    assert vote.current.status == "postponed" and str(vote.current.when.start) == "2021-09-01"


def test_a_cancelled_plan_keeps_its_day_and_says_so() -> None:
    (vote,) = resolve(
        [said("2024-03-01", "2024-05-05", "2024-05-05"), said("2024-04-01", "2024-05-05", "2024-05-05", "cancelled")]
    )
    assert vote.current.status == "cancelled" and str(vote.current.when.start) == "2024-05-05"


def test_the_vote_of_another_year_is_another_event() -> None:
    votes = resolve(
        [said("2020-01-01", "2016-01-01", "2016-12-31", "occurred"), said("2020-01-01", "2020-11-03", "2020-11-03")]
    )
    assert len(votes) == 2


def test_two_claims_of_one_article_are_two_events() -> None:
    one = said("2024-03-20", "2024-03-20", "2024-12-31", kind="alliance", type="agreement", participants=("aukus",))
    two = replace(one, pk=999, identity="z", when=replace(one.when, end=date(2024, 11, 30)))
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
    assert key_of("election", "general", "vote", "", ["US"]) == key_of("election", "general", "runoff", "", ["US"])
    assert key_of("election", "general", "vote", "", ["US"]) == key_of("election", "local", "result", "", ["US"])
    assert key_of("alliance", "accession", "", "", ["JP", "CA", "aukus"]) == "alliance:treaty:aukus"
    assert key_of("alliance", "meeting", "", "", ["GB", "AU"]) == key_of("alliance", "meeting", "", "", ["AU", "GB"])


def test_the_second_round_is_its_own_happening_and_takes_what_calls_its_day_the_vote() -> None:
    votes = resolve(
        [
            said("2024-01-01", "2024-04-10", "2024-04-10"),
            said("2024-01-02", "2024-04-24", "2024-04-24", stage="runoff"),
            said("2024-01-03", "2024-04-24", "2024-04-24"),
            said("2024-01-04", "2024-04-01", "2024-04-30"),
        ]
    )
    assert [(h.stage, h.current.when.start.isoformat(), len(h.claims)) for h in votes if h.current.when.start] == [
        ("vote", "2024-04-10", 2),
        ("runoff", "2024-04-24", 2),
    ]


def test_doubtful_claims_make_an_event_with_a_plain_one_or_with_three_newsrooms_for_the_same_days() -> None:
    def doubted(reported: str, day: str, source: int) -> ClaimValue:
        return said(reported, day, day, doubtful=True, source=source, evidence=f"{source}号报社的话")

    one, two = doubted("2024-01-01", "2024-07-04", 1), doubted("2024-01-02", "2024-07-04", 2)
    assert not resolve([one])[0].confirmed
    assert not resolve([one, two])[0].confirmed
    assert resolve([one, two, doubted("2024-01-03", "2024-07-04", 3)])[0].confirmed
    assert not resolve([one, two, doubted("2024-01-03", "2024-07-05", 3)])[0].confirmed  # not the same days
    assert not resolve([one, two, doubted("2024-01-03", "2024-07-04", 2)])[0].confirmed  # not another newsroom
    assert resolve([one, said("2024-01-05", "2024-07-04", "2024-07-04")])[0].confirmed


def test_guesses_of_the_reader_make_no_event_however_many_newsrooms_repeat_the_sentence() -> None:
    def guessed(source: int) -> ClaimValue:
        of: dict[str, Any] = {"doubtful": True, "guessed": True, "source": source, "evidence": f"{source}号报社的话"}
        return said(f"2024-01-0{source}", "2024-07-04", "2024-07-04", **of)

    three = [guessed(1), guessed(2), guessed(3)]
    assert not resolve(three)[0].confirmed
    (event,) = resolve([*three, said("2024-01-05", "2024-07-04", "2024-07-04")])
    assert event.confirmed and len(event.claims) == 4


def test_no_number_of_newsrooms_makes_an_agreement_of_one_party() -> None:
    alone = [
        said(
            f"2024-01-0{n}",
            "2024-07-04",
            "2024-07-04",
            kind="alliance",
            type="agreement",
            stage="",
            participants=("eu",),
            doubtful=True,
            source=n,
            evidence=f"{n}号报社的话",
        )
        for n in (1, 2, 3, 4)
    ]
    assert not resolve(alone)[0].confirmed


def test_a_postponed_day_is_no_longer_believed_however_often_it_was_reported() -> None:
    (vote,) = resolve(
        [
            *[said(f"2024-01-0{n}", "2024-06-02", "2024-06-02", evidence=f"{n}号报社") for n in range(1, 9)],
            said("2024-02-01", "2024-09-08", "2024-09-08", "postponed"),
            said("2024-02-02", "2024-09-08", "2024-09-08", "postponed", evidence="另一家"),
            said("2024-02-03", "2024-06-02", "2024-06-02", "postponed", evidence="第三家"),
            said("2024-02-04", "2024-09-08", "2024-09-08", "postponed", evidence="第四家"),
        ]
    )
    assert (str(vote.current.when.start), vote.current.status) == ("2024-09-08", "postponed")


def test_two_halves_of_those_who_take_part_are_one_happening_where_a_third_names_all() -> None:
    def signed(n: int, *who: str) -> ClaimValue:
        return said(
            f"2024-01-0{n}",
            "2024-01-01",
            "2024-01-01",
            "occurred",
            kind="alliance",
            type="agreement",
            stage="",
            participants=who,
            evidence=f"{n}号报社的话",
        )

    halves = [signed(2, "IL", "AE"), signed(3, "IL", "BH")]
    assert len(resolve(halves)) == 2
    assert len(resolve([*halves, signed(4, "IL", "AE", "BH")])) == 1


def test_the_law_stands_above_a_day_that_a_newsroom_got_wrong() -> None:
    (vote,) = resolve([said("2024-01-01", "2024-11-06", "2024-11-06", type="presidential", participants=("US",))])
    assert (str(vote.current.when.start), vote.current.when.by_law, str(vote.claims[0].when.start)) == (
        "2024-11-05",
        True,
        "2024-11-06",
    )


days = st.integers(0, 900).map(lambda n: date.fromordinal(date(2024, 1, 1).toordinal() + n))


@st.composite
def claims(draw: st.DrawFn) -> list[ClaimValue]:
    out = []
    for n in range(draw(st.integers(1, 12))):
        start, length = draw(days), draw(st.sampled_from([0, 0, 3, 30, 365]))
        first = draw(st.sampled_from([start, start, None]))
        out.append(
            replace(
                said("2024-01-01", None, None),
                pk=n,
                article=draw(st.integers(0, 8)),
                identity=f"{n:03}",
                reported=draw(days),
                when=When(first, date.fromordinal(start.toordinal() + length), "month"),
                status=draw(st.sampled_from(["scheduled", "expected", "occurred", "cancelled", "postponed"])),
                type=draw(st.sampled_from(["general", "presidential", "legislative"])),
            )
        )
    return out


def summary(happenings: list[ResolvedEvent]) -> object:
    return sorted((event_id(h.first), history(h), [c.pk for c in h.claims]) for h in happenings)


@settings(max_examples=300)
@given(claims(), st.randoms())
def test_any_order_of_claims_gives_the_same_events_beliefs_and_ids(
    given_claims: list[ClaimValue], chance: Random
) -> None:
    shuffled = list(given_claims)
    chance.shuffle(shuffled)
    assert summary(resolve(given_claims)) == summary(resolve(shuffled))


@given(claims())
def test_no_claim_is_lost_and_beliefs_follow_one_another(given_claims: list[ClaimValue]) -> None:
    happenings = resolve(given_claims)
    assert sorted(c.pk for h in happenings for c in h.claims) == sorted(c.pk for c in given_claims)
    for happening in happenings:
        assert happening.beliefs[-1].until is None
        for earlier, later in zip(happening.beliefs, happening.beliefs[1:], strict=False):
            assert earlier.until == later.since and earlier.since < later.since
