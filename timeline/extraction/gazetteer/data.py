"""The gazetteer's files, loaded once and strictly."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
BLOC_KEYS = {"title", "names", "since", "founders", "members", "form"}
FORMS = {"organisation", "treaty", "forum"}


class BadGazetteer(ValueError):
    """A file of the gazetteer that breaks its own rules; the message names file and entry."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A country (ISO 3166-1 alpha-2, and XK) or a bloc (slug). `names`: zh-Hans, zh-Hant, en.

    `form` of a bloc: an organisation acts itself; a treaty or a forum is joined, left, signed or attended.
    """

    code: str
    kind: str
    names: Mapping[str, str]
    form: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A region or city that votes on its own (ISO 3166-2) and its country."""

    code: str
    country: str
    names: Mapping[str, str]
    surfaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """A region or subregion of UN M49. `code`: three digits; `countries`: all that lie in it (ISO 3166-1)."""

    slug: str
    code: str
    names: Mapping[str, str]
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Membership:
    """`member` belonged to `bloc` from `since` to `until`, both inclusive, None open."""

    bloc: str
    member: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands for a government, and his term: both ends inclusive, None open."""

    code: str
    since: date
    until: date | None
    names: tuple[str, ...]


def read(name: str) -> dict[str, Any]:
    """Parse a data file."""
    return tomllib.loads(files("timeline.extraction.gazetteer").joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def actors() -> Mapping[str, Actor]:
    """Every country and bloc by its code. Raises BadGazetteer."""
    found = {code: Actor(code, "country", names) for code, names in read("countries").items()}
    for slug, row in read("blocs").items():
        if unknown := set(row) - BLOC_KEYS:
            raise BadGazetteer(f"blocs.toml: {slug}: unknown {sorted(unknown)}")
        if not slug.islower() or len(row["title"]) != 3:
            raise BadGazetteer(f"blocs.toml: {slug}: a slug in small letters and three titles are expected")
        if (form := row.get("form", "organisation")) not in FORMS:
            raise BadGazetteer(f"blocs.toml: {slug}: form {form!r} is none of {sorted(FORMS)}")
        found[slug] = Actor(slug, "bloc", dict(zip(LANGUAGES, row["title"], strict=True)), form)
    return found


@cache
def ever_members(bloc: str) -> frozenset[str]:
    """Who is or was a member of a bloc, on whatever day."""
    return frozenset(m.member for m in memberships() if m.bloc == bloc)


@cache
def memberships() -> Sequence[Membership]:
    """Who belonged to which bloc from when to when. Raises BadGazetteer."""
    return [m for slug, row in read("blocs").items() for m in _members(slug, row)]


def _members(slug: str, row: Mapping[str, Any]) -> list[Membership]:
    rows = [f"{code} {row['since']} -" for code in row.get("founders", "").split()] + row.get("members", [])
    found = []
    for text in rows:
        code, since, until = text.split()
        if code not in actors():
            raise BadGazetteer(f"blocs.toml: {slug}: no such member: {code}")
        found.append(Membership(slug, code, _day(since), _day(until)))
    return found


def _day(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)


def members(bloc: str, day: date) -> frozenset[str]:
    """Return the members of a bloc on a day, as codes; empty for one without a table."""
    return frozenset(
        m.member
        for m in memberships()
        if m.bloc == bloc and (m.since is None or m.since <= day) and (m.until is None or day <= m.until)
    )


@cache
def places() -> Mapping[str, Place]:
    """Every place by its code. Raises BadGazetteer."""
    found = {}
    for code, (country, *names) in read("places")["places"].items():
        if country not in actors() or len(names) < 3:
            raise BadGazetteer(f"places.toml: {code}: a country and three names are expected")
        found[code] = Place(code, country, dict(zip(LANGUAGES, names, strict=False)), tuple(names))
    return found


@cache
def regions() -> Mapping[str, Region]:
    """Every region by its slug, in the order of the file. Raises BadGazetteer."""
    rows = read("regions")
    lying: dict[str, set[str]] = {slug: set() for slug in rows}
    for slug, row in rows.items():
        codes, around, seen = row.get("countries", "").split(), slug, set[str]()
        if unknown := set(codes) - set(actors()):
            raise BadGazetteer(f"regions.toml: {slug}: no such countries: {sorted(unknown)}")
        while around:
            if around not in rows or around in seen:
                raise BadGazetteer(f"regions.toml: {slug}: it lies in no region: {around}")
            seen.add(around)
            lying[around].update(codes)
            around = rows[around].get("within", "")
    return {slug: Region(slug, row["code"], row["names"], frozenset(lying[slug])) for slug, row in rows.items()}


@cache
def codes_in(region: str) -> frozenset[str]:
    """Return the codes of the countries of a region, by its slug, and of their places. Raises KeyError."""
    countries = regions()[region].countries
    return countries | {place.code for place in places().values() if place.country in countries}


@cache
def persons() -> Sequence[Person]:
    """Leaders and ministers with their terms. Raises BadGazetteer."""
    found = []
    for code, since, until, *names in read("persons")["persons"]:
        if code not in actors() or not names:
            raise BadGazetteer(f"persons.toml: {names or code}: a known code and a name are expected")
        found.append(Person(code, date.fromisoformat(since), _day(until), tuple(names)))
    return found


@cache
def _other_names() -> Mapping[str, Sequence[str]]:
    """Names of actors beside their titles, by code."""
    names, found = read("names"), dict[str, list[str]]()
    for code, others in (*names["names"].items(), *names["guarded"]["names"].items()):
        found.setdefault(code, []).extend(others)
    for slug, row in read("blocs").items():
        found.setdefault(slug, []).extend(row.get("names", []))
    return found


@cache
def names_of(code: str) -> tuple[str, ...]:
    """Every name of an actor or place in three languages, each once; none for an unknown code."""
    if code in places():
        return tuple(dict.fromkeys((*places()[code].names.values(), *places()[code].surfaces)))
    if code not in actors():
        return ()
    return tuple(dict.fromkeys((*actors()[code].names.values(), *_other_names().get(code, ()))))
