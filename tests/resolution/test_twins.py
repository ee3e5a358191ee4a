"""One happening told with one party more or less under two keys is one event; two happenings of a day stay two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.claims import told
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id, key_of
from timeline.resolution.resolve import ResolvedEvent, resolve
from timeline.resolution.twins import merge_twins, related, spot_of, spot_of_event

DAY = "2027-04-06"


def by_key(claims: Iterable[ClaimValue]) -> dict[str, list[ResolvedEvent]]:
    keys: dict[str, list[ClaimValue]] = defaultdict(list)
    for c in claims:
        keys[key_of(c.kind, c.type, c.stage, c.place, c.participants)].append(c)
    return {key: resolve(of_key) for key, of_key in keys.items()}


def shown(claims: Iterable[ClaimValue]) -> list[set[str]]:
    """Who takes part in each event of the calendar, the one with most reports first."""
    events = [e for of_key in merge_twins(by_key(claims)).values() for e in of_key if e.confirmed]
    return [set(e.participants) for e in sorted(events, key=lambda e: -len(e.claims))]


def by(newsrooms: Iterable[int], *who: str, type: str = "agreement", until: str = "") -> list[ClaimValue]:
    return [told(DAY, *who, type=type, until=until, source=n) for n in newsrooms]


def test_a_party_more_or_less_that_few_newsrooms_name_makes_no_second_event() -> None:
    assert shown([*by((1, 2), "FR", "KE"), *by((3,), "FR", "KE", "PE")]) == [{"FR", "KE"}]
    assert shown([*by((1,), "FR", "KE"), *by((2, 3), "FR", "KE", "PE")]) == [{"FR", "KE", "PE"}]
    assert shown([*by((1, 2), "KE", "UG"), *by((3,), "KE", "UG", "au")]) == [{"KE", "UG"}]  # and their bloc


def test_the_members_of_a_format_and_those_whom_a_report_lists_are_one_event() -> None:
    whole, some = by((1, 2), "quad", type="exercise"), by((3,), "AU", "US", "JP", type="exercise")
    assert len(shown([*whole, *some])) == 1


def test_where_as_many_newsrooms_tell_of_either_both_stay() -> None:
    assert len(shown([*by((1, 2), "FR", "KE"), *by((3, 4), "FR", "KE", "PE")])) == 2


def test_talks_of_one_with_two_others_on_one_day_are_two_though_a_report_names_all_three() -> None:
    talks = [*by((1, 2, 3, 4), "US", "AM", type="meeting"), *by((1,), "US", "AM", "AZ", type="meeting")]
    assert {"US", "AZ"} in shown([*talks, *by((1, 2), "US", "AZ", type="meeting")])
    assert len(shown([*by((1, 2, 3), "FR", "KE", type="meeting"), *by((1,), "FR", "PE", type="meeting")])) == 2


def test_talks_of_two_beside_a_meeting_of_many_are_their_own() -> None:
    assert len(shown([*by((1, 2, 3, 4), "quad", type="meeting"), *by((1,), "US", "JP", type="meeting")])) == 2


def test_a_journey_told_with_more_or_fewer_of_its_stops_is_one_event_if_its_days_are_the_same() -> None:
    longer = by((1,), "CN", "KH", "LA", "MY", "TH", type="meeting", until="2027-04-10")
    assert len(shown([*longer, *by((2,), "CN", "KH", "LA", "MY", type="meeting", until="2027-04-10")])) == 1
    assert len(shown([*longer, *by((2,), "CN", "KH", "LA", "MY", type="meeting", until="2027-04-09")])) == 2


def test_another_act_of_the_same_day_is_another_event() -> None:
    assert len(shown([*by((1, 2), "FR", "KE"), *by((3,), "FR", "KE", "PE", type="exercise")])) == 2


def test_the_id_of_the_older_event_stays() -> None:
    few, many = by((3,), "FR", "KE", "PE"), by((1, 2), "FR", "KE")
    (event,) = (e for of_key in merge_twins(by_key([*few, *many])).values() for e in of_key)
    assert event_id(event.first) == event_id(few[0])


codes = st.lists(st.sampled_from(["US", "FR", "KE", "PE", "UG", "au"]), min_size=2, max_size=4, unique=True)
reports = st.lists(st.tuples(codes, st.integers(1, 5), st.sampled_from([DAY, "2027-04-20"])), min_size=2, max_size=12)


def picture(resolved: dict[str, list[ResolvedEvent]]) -> dict[str, list[tuple[str, list[int]]]]:
    return {key: sorted((event_id(e.first), [c.pk for c in e.claims]) for e in resolved[key]) for key in resolved}


@settings(max_examples=100)
@given(reports, st.randoms())
def test_any_order_of_reports_gives_the_same_events_and_loses_none(
    drawn: list[tuple[list[str], int, str]], chance: Random
) -> None:
    claims = [told(day, *who, type="agreement", source=source) for who, source, day in drawn]
    mixed = list(claims)
    chance.shuffle(mixed)
    once = picture(merge_twins(by_key(claims)))
    assert once == picture(merge_twins(by_key(mixed)))
    assert sorted(pk for events in once.values() for _, pks in events for pk in pks) == sorted(c.pk for c in claims)


@settings(max_examples=100)
@given(reports)
def test_the_related_keys_alone_give_what_all_keys_give(drawn: list[tuple[list[str], int, str]]) -> None:
    """What is resolved under the locks of a key and of those that are related is what one round over all gives."""
    claims = [told(day, *who, type="agreement", source=source) for who, source, day in drawn]
    resolved = by_key(claims)
    everything = picture(merge_twins(resolved))
    for key, events in resolved.items():
        keys = {key}
        for spot in {spot for e in events if (spot := spot_of_event(e))}:
            there = {k: [c.participants for c in _at(resolved[k], spot)] for k in resolved}
            keys |= related(there, {key})
        assert picture(merge_twins({k: resolved[k] for k in keys}))[key] == everything[key]


def _at(events: list[ResolvedEvent], spot: object) -> list[ClaimValue]:
    return [c for e in events for c in e.claims if spot_of(c.kind, c.type, c.when.days) == spot]
