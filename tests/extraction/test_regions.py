"""The regions of UN M49: every country lies in one of the smallest, and in what lies around it."""

from __future__ import annotations

from timeline.extraction import gazetteer
from timeline.extraction.gazetteer.data import read

MACRO = {"africa": "002", "americas": "019", "asia": "142", "europe": "150", "oceania": "009"}


def test_every_country_but_antarctica_lies_in_one_macro_region_and_one_subregion() -> None:
    countries = {code for code, actor in gazetteer.actors().items() if actor.kind == "country"} - {"AQ"}
    smallest = [code for row in read("regions").values() for code in row.get("countries", "").split()]
    assert sorted(smallest) == sorted(countries)
    assert sorted(code for slug in MACRO for code in gazetteer.regions()[slug].countries) == sorted(countries)


def test_a_region_holds_the_countries_of_those_within_it() -> None:
    known = gazetteer.regions()
    assert known["latin-america-and-the-caribbean"].countries == frozenset[str]().union(
        *(known[slug].countries for slug in ("caribbean", "central-america", "south-america"))
    )
    assert known["americas"].countries - known["latin-america-and-the-caribbean"].countries == {
        *("BM", "CA", "GL", "PM", "US"),
    }
    assert {"FR", "RU", "GB", "XK"} <= known["europe"].countries
    assert not {"TR", "CY", "GE", "KZ"} & known["europe"].countries


def test_codes_and_names_are_complete_and_each_is_given_once() -> None:
    known = gazetteer.regions()
    assert {slug: known[slug].code for slug in MACRO} == MACRO
    codes = [region.code for region in known.values()]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 3 and code.isdigit() for code in codes)
    for language in ("zh-Hans", "zh-Hant", "en"):
        names = [region.names[language] for region in known.values()]
        assert all(names)
        assert len(set(names)) == len(names)


def test_places_lie_where_their_country_does() -> None:
    assert {"TW", "TW-KHH"} <= gazetteer.codes_in("eastern-asia")
    assert "TW-KHH" not in gazetteer.codes_in("europe")
