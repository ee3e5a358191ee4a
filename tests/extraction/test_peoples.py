"""Peoples stand for their countries: `Bulgarians go to the polls` is a vote of Bulgaria."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from timeline.extraction import gazetteer
from timeline.extraction.gazetteer import find_mentions

PEOPLES = {
    "Bulgarians": "BG",
    "Slovenes": "SI",
    "Albanians": "AL",
    "Kosovars": "XK",
    "Bolivians": "BO",
    "Hondurans": "HN",
    "Guatemalans": "GT",
    "Ghanaians": "GH",
    "Ugandans": "UG",
    "Zambians": "ZM",
    "Georgians": "GE",
    "Gambians": "GM",
    "Dominicans": "DO",
    "Icelanders": "IS",
    "Luxembourgers": "LU",
    "Azerbaijanis": "AZ",
    "Omanis": "OM",
}


def named(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[m.start : m.end], m.codes) for m in find_mentions(text, date(2024, 3, 20))]


@pytest.mark.parametrize(("people", "code"), PEOPLES.items())
def test_a_people_stands_for_its_country(people: str, code: str) -> None:
    assert named(f"{people} go to the polls") == named(f"{people}' votes are counted") == [(people, (code,))]


def test_whoever_is_of_a_country_is_its_people_in_the_plural_too() -> None:
    names = tomllib.loads((Path(gazetteer.__file__).parent / "names.toml").read_text("utf-8"))["names"]
    peoples = [(f"{name}s", (code,)) for code, others in names.items() for name in others if name.endswith("ian")]
    assert len(peoples) > 50
    assert [people for people in peoples if named(f"{people[0]} vote") != [people]] == []
