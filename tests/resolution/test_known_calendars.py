"""The two lists of known events of 2020, and how a timeline is compared with them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from bench.calendar import KINDS, LISTS, read_list, score
from bench.written_articles import ALLIANCES, ELECTIONS, STAGES
from timeline.extraction.gazetteer.data import actors

FIELDS = {
    "election": {"name", "country", "also", "place", "types", "stages", "day", "until", "other_days"},
    "alliance": {
        *{"name", "participants", "blocs", "or_participants", "types", "day", "until", "other_days"},
        "any_of_these_days",
    },
}
TYPES = {"election": ELECTIONS, "alliance": ALLIANCES}


@pytest.mark.parametrize("file", LISTS.values())
@pytest.mark.parametrize("kind", KINDS)
def test_entries_are_well_formed(file: str, kind: str) -> None:
    for entry in read_list(file)[kind]:
        assert set(entry) <= FIELDS[kind], entry
        assert set(entry["types"]) <= TYPES[kind], entry
        assert set(entry.get("stages", [])) <= STAGES, entry
        assert entry["day"] <= entry.get("until", entry["day"]), entry
        named = [entry.get("country"), *entry.get("also", []), *entry.get("participants", []), *entry.get("blocs", [])]
        assert {code for code in named if code} <= set(actors()), entry


def test_the_second_list_has_at_least_sixty_others() -> None:
    first, second = (read_list(file) for file in LISTS.values())
    assert sum(len(second[kind]) for kind in KINDS) >= 60
    for kind in KINDS:
        assert all(date(2020, 7, 1) <= entry["day"] <= date(2021, 12, 31) for entry in second[kind])
        seen = [sorted((k, str(v)) for k, v in entry.items() if k != "name") for entry in (*first[kind], *second[kind])]
        assert all(seen.count(entry) == 1 for entry in seen)
    names = [entry["name"] for entries in (first, second) for kind in KINDS for entry in entries[kind]]
    assert len(set(names)) == len(names)


def on_timeline(**fields: Any) -> dict[str, Any]:
    day = date(2020, 9, 3)
    row = {"kind": "election", "type": "general", "stage": "vote", "participants": ["JM"], "place": "", "claims": 2}
    return {**row, "start": day, "end": day, **fields}


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([on_timeline()], "exactly one, right day"),
        ([on_timeline(), on_timeline(start=date(2020, 9, 4), end=date(2020, 9, 4))], "more than once"),
        ([on_timeline(start=date(2020, 9, 10), end=date(2020, 9, 10))], "a wrong day"),
        ([on_timeline(participants=["TT"])], "not at all"),
    ],
)
def test_each_list_has_its_own_columns(events: list[dict[str, Any]], answer: str) -> None:
    vote = {"name": "Jamaica votes", "country": "JM", "types": ["general"], "day": date(2020, 9, 3)}
    lists: dict[str, dict[str, Any]] = {
        "one list": {"election": [], "alliance": []},
        "another list": {"election": [vote], "alliance": []},
    }
    said = score(events, lists, Counter({"Jamaica votes": 1}))
    assert f"| {answer} | 0 | 0% | 0 | 0% | 1 | 100% | 1 | 100% |" in said


def test_those_who_meet_and_sign_on_one_day_do_both() -> None:
    entry = {
        "name": "They sign",
        "participants": ["CL", "PE"],
        "types": ["meeting", "agreement"],
        "day": date(2020, 9, 3),
    }
    lists: dict[str, dict[str, Any]] = {"a list": {"election": [], "alliance": [entry]}}
    talks = on_timeline(kind="alliance", type="meeting", stage="", participants=["CL", "PE"])
    signed = talks | {"type": "agreement"}
    assert "| exactly one, right day | 1 |" in score([talks, signed], lists, Counter())
    assert "| more than once | 1 |" in score([talks, signed, signed | {"claims": 1}], lists, Counter())
