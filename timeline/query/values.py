"""The kinds of value that a parameter may have: how each is parsed, and how a value is put into words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import get_language, get_supported_language_variant, gettext, ngettext, to_locale

from timeline.extraction import gazetteer
from timeline.models import Actor, Source
from timeline.query import cursors
from timeline.query.windows import (
    FIRST_YEAR,
    LAST_YEAR,
    RELATIVE,
    WindowError,
    days_of,
    iso_day,
    window_label,
)

MAX_SEARCH_CHARS = 200
MAX_VALUES = 50  # of one parameter
MAX_SHOWN_CHARS = 40  # of what was sent, in an error
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
Wrong = tuple[str, str]  # the reason, and what is allowed


class InvalidValueError(ValueError):
    """Texts that are no value of a parameter: `wrong` holds (reason, what is allowed), one or several."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__("; ".join(f"{reason} {allowed}" for reason, allowed in wrong))
        self.wrong = wrong


class Value:
    """A kind of value. `many`: several may be given. `default`: the value of a parameter that is absent."""

    many: ClassVar[bool] = False
    default: Any = ""

    def parse(self, texts: Sequence[str]) -> Any:
        """Parse non-empty texts, none giving `default`. Raises InvalidValueError."""
        if not texts:
            return self.default
        if len(texts) > 1:
            raise InvalidValueError((gettext("Given more than once."), gettext("Give it once.")))
        return self.parse_one(texts[0])

    def parse_one(self, text: str) -> Any:
        """Parse one text. Raises InvalidValueError."""
        raise NotImplementedError

    def names(self, values: Sequence[str]) -> dict[str, str]:
        """Return the name of each of these values for readers, without those that have none."""
        return {}


class Many(Value):
    """Several values, each once, in the order given; at most MAX_VALUES."""

    many = True
    default = ()

    def parse(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the distinct texts. Raises InvalidValueError with every text that is not allowed."""
        if len(texts) > MAX_VALUES:
            most = ngettext("At most %(count)s value.", "At most %(count)s values.", MAX_VALUES)
            raise InvalidValueError((gettext("Too many values."), most % {"count": MAX_VALUES}))
        distinct = tuple(dict.fromkeys(self.normal(text) for text in texts))
        known, allowed = self.known(distinct), self.allowed()
        if wrong := [unknown(text, allowed) for text in distinct if text not in known]:
            raise InvalidValueError(*wrong)
        return distinct

    def normal(self, text: str) -> str:
        """Return the one spelling of a text."""
        return text

    def known(self, texts: Sequence[str]) -> Sequence[str] | Mapping[str, str]:
        """Return what is allowed, at least those of the texts that are."""
        raise NotImplementedError

    def allowed(self) -> str:
        """Say what is allowed, for the error."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Choice(Value):
    """One of `values`; `label` gives what a reader calls it."""

    values: Sequence[str]
    label: Callable[[str], str] = str
    default: str = ""

    def parse_one(self, text: str) -> str:
        if text not in self.values:
            raise InvalidValueError(unknown(text, _one_of(self.values)))
        return text

    def names(self, values: Sequence[str]) -> dict[str, str]:
        return {value: self.label(value) for value in values}


@dataclass(frozen=True, slots=True)
class Language(Value):
    """A language of the pages, as a tag in any case (RFC 5646); kept as Django names it."""

    def parse_one(self, text: str) -> str:
        try:
            return get_supported_language_variant(text.lower())
        except LookupError as error:
            tags = [to_locale(code).replace("_", "-") for code, _ in settings.LANGUAGES]
            raise InvalidValueError(unknown(text, _one_of(tags))) from error


@dataclass(frozen=True, slots=True)
class Choices(Many):
    """Any of `values`; `label` gives what a reader calls one."""

    values: Sequence[str]
    label: Callable[[str], str] = str

    def known(self, texts: Sequence[str]) -> Sequence[str]:
        return self.values

    def allowed(self) -> str:
        return _one_of(self.values)

    def names(self, values: Sequence[str]) -> dict[str, str]:
        return {value: self.label(value) for value in values}


class Codes(Many):
    """Codes of rows; `format` names them in the API's description."""

    format: ClassVar[str]

    def known(self, texts: Sequence[str]) -> dict[str, str]:
        """Return the names of those that exist, by code. One query."""
        return self.names([text for text in texts if not CONTROL.search(text)])


@dataclass(frozen=True, slots=True)
class Countries(Codes):
    """Countries, and places that vote on their own."""

    format: ClassVar[str] = "country-code"
    kinds: ClassVar = (Actor.Kind.COUNTRY, Actor.Kind.PLACE)

    def normal(self, text: str) -> str:
        return text.upper()

    def names(self, values: Sequence[str]) -> dict[str, str]:
        return _actor_names(values, self.kinds)

    def allowed(self) -> str:
        return gettext("Write the code of a country or place that newsdesk knows, such as JP.")


@dataclass(frozen=True, slots=True)
class Blocs(Codes):
    """Alliances and other groups of states."""

    format: ClassVar[str] = "bloc-slug"
    kinds: ClassVar = (Actor.Kind.BLOC,)

    def normal(self, text: str) -> str:
        return text.lower()

    def names(self, values: Sequence[str]) -> dict[str, str]:
        return _actor_names(values, self.kinds)

    def allowed(self) -> str:
        return gettext("Write the code of a bloc that newsdesk knows, such as nato.")


@dataclass(frozen=True, slots=True)
class Regions(Many):
    """Regions and subregions of UN M49, by slug; their codes of three digits are taken for them."""

    def normal(self, text: str) -> str:
        return _region_codes().get(text, text.lower())

    def known(self, texts: Sequence[str]) -> Sequence[str]:
        return list(gazetteer.regions())

    def names(self, values: Sequence[str]) -> dict[str, str]:
        language = to_locale(get_language() or "en").replace("_", "-")
        known = gazetteer.regions()
        return {slug: known[slug].names.get(language, known[slug].names["en"]) for slug in values if slug in known}

    def allowed(self) -> str:
        return _one_of(list(gazetteer.regions()))


@dataclass(frozen=True, slots=True)
class Sources(Codes):
    """Newsrooms, by slug."""

    format: ClassVar[str] = "source-slug"

    def names(self, values: Sequence[str]) -> dict[str, str]:
        return dict(Source.objects.filter(slug__in=values).values_list("slug", "name")) if values else {}

    def allowed(self) -> str:
        return gettext("Write the slug of a source that newsdesk reads.")


@dataclass(frozen=True, slots=True)
class Day(Value):
    """An ISO 8601 day; of a year or month the first day, or the last one."""

    first: bool
    default: None = None

    def parse_one(self, text: str) -> date:
        try:
            return iso_day(text, first=self.first)
        except WindowError as error:
            allowed = gettext("Use 2024, 2024-03 or 2024-03-20, with years from %(first)s to %(last)s.")
            allowed %= {"first": FIRST_YEAR, "last": LAST_YEAR}
            raise InvalidValueError(
                (gettext("“%(value)s” is not a date.") % {"value": shown(text)}, allowed)
            ) from error


@dataclass(frozen=True, slots=True)
class Window(Value):
    """One of `words`, or an ISO 8601 interval; kept as text, since some words count from the day of asking."""

    words: Sequence[str]

    def parse_one(self, text: str) -> str:
        if text not in self.words:
            try:
                if text in RELATIVE:
                    raise WindowError(text)
                days_of(text, date(2000, 1, 1))
            except WindowError as error:
                allowed = gettext("Use an ISO 8601 interval such as 2024-03/2025-05, or one of: %(names)s.")
                wrong = gettext("“%(value)s” is not a date range.") % {"value": shown(text)}
                raise InvalidValueError((wrong, allowed % {"names": ", ".join(self.words)})) from error
        return text

    def names(self, values: Sequence[str]) -> dict[str, str]:
        return {value: window_label(value) for value in values}


@dataclass(frozen=True, slots=True)
class Words(Value):
    """Words to search for, with single blanks between them."""

    def parse_one(self, text: str) -> str:
        if len(text) > MAX_SEARCH_CHARS:
            most = gettext("At most %(count)s characters.") % {"count": MAX_SEARCH_CHARS}
            raise InvalidValueError((gettext("The search is too long."), most))
        if CONTROL.search(text):
            raise InvalidValueError((gettext("Contains control characters."), gettext("Use plain words.")))
        return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A whole number from `lowest` to `highest`, both inclusive."""

    lowest: int
    highest: int
    default: int

    def parse_one(self, text: str) -> int:
        if re.fullmatch("0|[1-9][0-9]{0,18}", text) is None or not self.lowest <= int(text) <= self.highest:
            bounds = gettext("%(lowest)s to %(highest)s") % {"lowest": self.lowest, "highest": self.highest}
            raise InvalidValueError((gettext("Not a whole number in the allowed range."), bounds))
        return int(text)


@dataclass(frozen=True, slots=True)
class Opaque(Value):
    """A text that whoever gave it out reads."""

    def parse_one(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Place(Value):
    """A cursor of `timeline.query.cursors.encode`, checked but kept as text."""

    def parse_one(self, text: str) -> str:
        try:
            cursors.decode(text)
        except cursors.CursorError as error:
            raise InvalidValueError((str(error), "")) from error
        return text


@dataclass(frozen=True, slots=True)
class EventId(Value):
    """The id of an event, which need not exist."""

    def parse_one(self, text: str) -> str:
        if not (text.isascii() and text.isalnum() and len(text) <= 16):
            raise InvalidValueError((gettext("Not an event ID."), ""))
        return text


def shown(text: str) -> str:
    """Return what was sent, cut and without control characters, to be shown in an error."""
    return CONTROL.sub("\ufffd", text)[:MAX_SHOWN_CHARS]


def unknown(text: str, allowed: str) -> Wrong:
    """Return the error for a value that is not allowed."""
    return gettext("“%(value)s” is unknown.") % {"value": shown(text)}, allowed


def _one_of(values: Sequence[str]) -> str:
    return gettext("Allowed are: %(names)s.") % {"names": ", ".join(values)}


@cache
def _region_codes() -> dict[str, str]:
    return {region.code: slug for slug, region in gazetteer.regions().items()}


def _actor_names(codes: Sequence[str], kinds: Sequence[Actor.Kind]) -> dict[str, str]:
    rows = Actor.objects.filter(pk__in=codes, kind__in=kinds) if codes else ()
    return {actor.code: actor.name for actor in rows}
