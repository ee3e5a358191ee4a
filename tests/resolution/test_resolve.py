"""One event out of many claims, and what was believed when: a pure function of the claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timeline.extraction.when import When
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id, key_of
from timeline.resolution.resolve import ResolvedEvent, resolve

numbers = count(1)


def said(reported: str, start: str | None, end: str | None, status: str = "scheduled", **more: object) -> ClaimValue:
    """A claim that Britain votes; every call is another article."""
    n = next(numbers)
    first, last = (date.fromisoformat(day) if day else None for day in (start, end))
    claim = ClaimValue(
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
        when=When(first, last, "day" if start == end else "month"),
        status=status,
    )
    days = {name: more.pop(name) for name in ("modifier", "extent", "alternatives") if name in more}
    return replace(claim, when=replace(claim.when, **days), **more)  # type: ignore[arg-type]


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
    assert key_of("election", "general", "vote", "", ["US"]) != key_of("election", "general", "result", "", ["US"])
    assert key_of("alliance", "accession", "", "", ["JP", "CA", "aukus"]) == "alliance:accession:aukus"
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


def test_a_day_that_was_put_off_is_believed_no_more_however_often_it_was_told() -> None:
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
    return sorted((event_id("k", h.claims[0]), history(h), [c.pk for c in h.claims]) for h in happenings)


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


# --- what many articles make of one happening ------------------------------------------------------


def words_of_its_own() -> str:
    """A sentence unlike any other."""
    n = next(numbers)
    return "".join(chr(0x4E00 + (n * n * 7919 + i * i * 104729 + n * i) % 20000) for i in range(40))


def votes(day: str, reported: str, count_of: int, source: int = 1) -> list[ClaimValue]:
    return [said(reported, day, day, evidence=words_of_its_own(), source=source) for _ in range(count_of)]


def test_the_day_that_most_say_stands_against_one_that_errs() -> None:
    (vote,) = resolve([*votes("2020-11-03", "2020-09-01", 5), *votes("2020-11-04", "2020-10-01", 1)])
    assert str(vote.current.when.start) == "2020-11-03"
    assert len(vote.claims) == 6


def test_a_vote_called_for_another_day_moves_and_keeps_its_id() -> None:
    old = votes("2025-09-28", "2024-06-01", 4)
    (vote,) = resolve([*old, *votes("2025-02-23", "2024-11-12", 3)])
    assert [(str(b.when.start), b.change) for b in vote.beliefs] == [("2025-09-28", "first"), ("2025-02-23", "moved")]
    assert event_id("k", vote.claims[0]) == event_id("k", resolve(old)[0].claims[0])


def test_reprints_count_once() -> None:
    words = "法新社报道说，英国将于7月4日举行大选，首相在唐宁街宣布了这一日期，各党随即开始竞选。"
    agency = said("2024-05-23", "2024-07-04", "2024-07-04", evidence=words, source=1)
    again = [
        said("2024-05-23", "2024-07-04", "2024-07-04", evidence=words.replace("法新社报道说", "法新社"), source=n)
        for n in (2, 3)
    ]
    own = said("2024-05-24", "2024-07-04", "2024-07-04", evidence="苏纳克在雨中说出了日期：七月四日投票。", source=4)
    (vote,) = resolve([agency, *again, own])
    assert len(vote.sources) == 2
    assert [vote.reprints[c.pk] == agency.pk for c in (agency, *again, own)] == [True, True, True, False]


def test_two_newsrooms_that_differ_within_a_week_contradict_one_another() -> None:
    one, other = votes("2020-11-03", "2020-09-01", 1, source=1), votes("2020-11-10", "2020-09-03", 1, source=2)
    late = votes("2020-11-12", "2020-10-20", 1, source=2)
    (vote,) = resolve([*one, *other, *late])
    assert [(c.first, c.second) for c in vote.contradictions] == [(one[0].pk, other[0].pk)]


def talks(day: str, *who: str, type: str = "meeting") -> ClaimValue:
    more = {"kind": "alliance", "type": type, "participants": who, "evidence": words_of_its_own()}
    return said("2020-10-07", day, day, "occurred", **more)


def test_talks_of_the_same_governments_are_one_happening_whoever_else_is_named() -> None:
    keys = {
        key_of("alliance", "meeting", "", "", who) for who in (["CZ", "TW"], ["CN", "CZ", "TW"], ["TW", "CZ", "US"])
    }
    assert len(keys) == 1
    (visit,) = resolve(
        [talks("2020-08-30", "CZ", "TW"), talks("2020-08-30", "CN", "CZ", "TW"), talks("2020-08-31", "TW", "CZ")]
    )
    assert set(visit.participants) == {"CZ", "TW"} and str(visit.current.when.start) == "2020-08-30"


def test_a_format_is_known_by_its_members_and_a_treaty_by_its_parties() -> None:
    assert key_of("alliance", "meeting", "", "", ["US", "JP", "IN", "AU"]) == key_of(
        "alliance", "summit", "", "", ["quad"]
    )
    assert key_of("alliance", "agreement", "", "", ["CN", "eu", "cai"]) == key_of(
        "alliance", "agreement", "", "", ["eu", "CN"]
    )
    assert key_of("alliance", "meeting", "", "", ["DE", "eu", "CN"]) == key_of(
        "alliance", "meeting", "", "", ["CN", "eu"]
    )


def test_meetings_of_other_days_and_other_governments_stay_apart() -> None:
    assert len(resolve([talks("2020-08-30", "US", "TW"), talks("2020-09-17", "US", "TW")])) == 2
    assert len(resolve([talks("2020-08-30", "US", "JP"), talks("2020-08-30", "US", "KR")])) == 2


def test_a_year_alone_joins_the_best_supported_talks_of_that_year_and_makes_none_of_its_own() -> None:
    year = said(
        "2021-01-05", "2020-01-01", "2020-12-31", "occurred", kind="alliance", type="summit", participants=("g20",)
    )
    summit = [talks("2020-11-21", "g20", type="summit") for _ in range(2)]
    assert len(resolve([*summit, year])) == 1
    two = resolve([*summit, talks("2020-03-26", "g20", type="summit"), year])
    assert {str(e.current.when.start): len(e.claims) for e in two} == {"2020-03-26": 1, "2020-11-21": 3}


def test_whoever_says_one_day_of_a_visit_agrees_with_the_whole_of_it() -> None:
    first, later = (talks(day, "CZ", "TW") for day in ("2020-08-30", "2020-09-03"))
    stay = When(date(2020, 8, 30), date(2020, 9, 4), extent="throughout")
    whole = replace(talks("2020-08-30", "CZ", "TW"), when=stay)
    (visit,) = resolve([first, later, whole])
    assert (str(visit.current.when.start), str(visit.current.when.end)) == ("2020-08-30", "2020-09-04")


def test_a_day_stands_above_the_vaguer_window_that_holds_it() -> None:
    day = talks("2020-07-01", "RU", "CN")
    summer = [
        replace(talks("2020-12-01", "RU", "CN"), when=When(date(2020, 6, 1), date(2020, 8, 31), "season"))
        for _ in range(3)
    ]
    (event,) = resolve([day, *summer])
    assert str(event.current.when.start) == str(event.current.when.end) == "2020-07-01"


def test_a_vote_told_without_its_place_is_that_of_the_place() -> None:
    votes = [
        said("2020-08-10", "2020-08-15", "2020-08-15", type="by_election", participants=("TW",), place=place)
        for place in ("TW-KHH", "", "TW-KHH")
    ]
    (vote,) = resolve(votes)
    assert vote.place == "TW-KHH"
    elsewhere = said("2020-08-10", "2020-08-15", "2020-08-15", type="by_election", participants=("TW",), place="TW-TPE")
    assert sorted(v.place for v in resolve([*votes, elsewhere])) == ["TW-KHH", "TW-TPE"]


def test_a_law_gives_the_day_inside_the_month_that_is_told_and_the_claim_stays_as_it_was_said() -> None:
    month = said("2024-03-20", "2024-11-01", "2024-11-30", type="presidential", participants=("US",))
    (vote,) = resolve([month])
    now = vote.current.when
    assert (str(now.start), str(now.end), now.by_law) == ("2024-11-05", "2024-11-05", True)
    assert str(vote.claims[0].when.end) == "2024-11-30"
    told = said("2024-09-01", "2024-11-05", "2024-11-05", type="presidential", participants=("US",))
    (vote,) = resolve([month, told])
    assert [b.change for b in vote.beliefs] == ["first"] and not resolve([told])[0].current.when.by_law


@pytest.mark.parametrize(
    ("start", "end", "type", "who"),
    [
        ("2023-11-01", "2023-11-30", "presidential", "US"),  # no vote is due
        ("2024-01-01", "2032-12-31", "presidential", "US"),  # two are
        ("2024-05-01", "2024-05-31", "general", "GB"),  # no law fixes it
        ("2024-11-02", "2024-11-04", "presidential", "US"),  # the day lies outside
    ],
)
def test_a_law_never_makes_a_day_that_the_text_does_not_hold(start: str, end: str, type: str, who: str) -> None:
    (vote,) = resolve([said("2023-01-01", start, end, type=type, participants=(who,))])
    assert (str(vote.current.when.start), str(vote.current.when.end), vote.current.when.by_law) == (start, end, False)
