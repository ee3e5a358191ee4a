"""What a query string asks for: each parameter with what it may be. Every problem is told at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext, ngettext

from timeline.models import Actor, Source
from timeline.models.dated import Kind, Precision, Status, Type
from timeline.query.windows import FIRST_YEAR, LAST, LAST_YEAR, PRESETS, BadWindow, days_of, iso_day, iso_interval

LAPSED = "lapsed"
STATUSES = (*Status.values, LAPSED)
YES_NO = ("yes", "no")
WORDS = 200  # characters of a search
VALUES = 50  # values of one parameter
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# The fields of a filter and the parameters that give them, in the order of a canonical query.
PARAMETERS = {
    "kind": "kind",
    "type": "type",
    "country": "country",
    "bloc": "bloc",
    "status": "status",
    "precision": "precision",
    "source": "source",
    "curated": "curated",
    "contradicted": "contradicted",
    "window": "window",
    "start": "from",
    "end": "to",
    "words": "q",
    "reported": "reported",
    "new": "new",
    "moved": "moved",
    "as_of": "as_of",
}


class BadFilter(ValueError):
    """Parameters that cannot be meant: `problems` holds (parameter, what is wrong, what is allowed)."""

    def __init__(self, problems: Sequence[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {wrong} {allowed}" for name, wrong, allowed in problems))
        self.problems = list(problems)


def ask(query: QueryDict, extra: frozenset[str]) -> dict[str, Any]:
    """The fields of a filter; empty values count as absent, `extra` names are left alone.

    Raises BadFilter with every problem at once. One query for actors and one for sources, only where such are named.
    """
    return _Parser(query).fields(extra)


class _Parser:
    """Collects every problem of a query before it gives up."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.problems: list[tuple[str, str, str]] = []

    def fields(self, extra: frozenset[str]) -> dict[str, Any]:
        self._check_names([*PARAMETERS.values(), *sorted(extra)])
        found: dict[str, Any] = {
            "kind": self._one_of("kind", Kind.values),
            "type": self._several("type", Type.values),
            "country": self._strings("country"),
            "bloc": self._strings("bloc"),
            "status": self._several("status", STATUSES),
            "precision": self._several("precision", Precision.values),
            "source": self._strings("source"),
            "curated": self._one_of("curated", YES_NO),
            "contradicted": self._one_of("contradicted", YES_NO),
            "words": self._words(),
            "reported": self._days("reported"),
            "new": self._days("new"),
            "moved": self._days("moved"),
            "as_of": self._date("as_of", first=False),
            **self._window(),
        }
        self._check_actors(found["country"], found["bloc"])
        self._check_sources(found["source"])
        if self.problems:
            raise BadFilter(self.problems)
        return found

    def _check_names(self, known: Sequence[str]) -> None:
        for name in self.query:
            if name not in known:
                allowed = gettext("Allowed are: %(names)s.") % {"names": ", ".join(known)}
                self._wrong(name, gettext("There is no such parameter."), allowed)

    def _window(self) -> dict[str, Any]:
        """A preset, or the two ends: of `from` and `to`, or of an interval in one word."""
        start, end, text = self._date("from", first=True), self._date("to", first=False), self._single("window")
        if text and (start or end):
            allowed = gettext("Leave out one of them.")
            self._wrong("window", gettext("It stands beside “from” or “to”."), allowed)
            return {}
        if text in PRESETS:
            return {"window": text}
        if text:
            try:
                start, end = iso_interval(text)
            except BadWindow:
                self._wrong_days("window", text, PRESETS)
                return {}
            if start is None and end is None:
                return {"window": "all"}
        if start and end and start > end:
            wrong = gettext("%(from)s lies after %(to)s.") % {"from": start, "to": end}
            self._wrong("from", wrong, gettext("It must not be later than “to”."))
        return {"start": start, "end": end}

    def _days(self, name: str) -> str:
        """Words of LAST or an ISO interval, checked but kept as they are: some count from the day of asking."""
        text = self._single(name)
        if text:
            try:
                days_of(text, date(2000, 1, 1))
            except BadWindow:
                self._wrong_days(name, text, LAST)
                return ""
            if text in PRESETS:
                self._wrong_days(name, text, LAST)
                return ""
        return text

    def _wrong_days(self, name: str, text: str, words: Sequence[str]) -> None:
        allowed = gettext("Write an ISO 8601 interval such as 2024-03/2025-05, or one of: %(names)s.")
        wrong = gettext("“%(value)s” is no span of days.") % {"value": shown(text)}
        self._wrong(name, wrong, allowed % {"names": ", ".join(words)})

    def _wrong(self, name: str, wrong: str, allowed: str) -> None:
        self.problems.append((shown(name), wrong, allowed))

    def _strings(self, name: str) -> tuple[str, ...]:
        """The values in order, each once, without empty ones."""
        values = [v for v in dict.fromkeys(self.query.getlist(name)) if v]
        if len(values) > VALUES:
            most = ngettext("At most %(count)s value.", "At most %(count)s values.", VALUES)
            self._wrong(name, gettext("Too many values."), most % {"count": VALUES})
            return ()
        return tuple(values)

    def _single(self, name: str) -> str:
        values = [v for v in self.query.getlist(name) if v]
        if len(values) > 1:
            self._wrong(name, gettext("It is given more than once."), gettext("Give it once."))
            return ""
        return values[0] if values else ""

    def _one_of(self, name: str, allowed: Sequence[str]) -> str:
        value = self._single(name)
        return value if not value or self._is_allowed(name, value, allowed) else ""

    def _several(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        return tuple(v for v in self._strings(name) if self._is_allowed(name, v, allowed))

    def _is_allowed(self, name: str, value: str, allowed: Sequence[str]) -> bool:
        if value in allowed:
            return True
        self._wrong(name, _unknown(value), gettext("Allowed are: %(names)s.") % {"names": ", ".join(allowed)})
        return False

    def _date(self, name: str, *, first: bool) -> date | None:
        value = self._single(name)
        if not value:
            return None
        try:
            return iso_day(value, first=first)
        except BadWindow:
            allowed = gettext("Write 2024, 2024-03 or 2024-03-20, in the years %(first)s to %(last)s.")
            allowed %= {"first": FIRST_YEAR, "last": LAST_YEAR}
            self._wrong(name, gettext("“%(value)s” is no date.") % {"value": shown(value)}, allowed)
            return None

    def _words(self) -> str:
        words = self._single("q")
        if len(words) > WORDS:
            most = gettext("At most %(count)s characters.") % {"count": WORDS}
            self._wrong("q", gettext("The search is too long."), most)
            return ""
        if CONTROL.search(words):
            self._wrong("q", gettext("It holds control characters."), gettext("Write plain words."))
            return ""
        return " ".join(words.split())

    def _check_actors(self, countries: Sequence[str], blocs: Sequence[str]) -> None:
        codes = [code for code in (*countries, *blocs) if not CONTROL.search(code)]
        kinds = dict(Actor.objects.filter(pk__in=codes).values_list("pk", "kind")) if codes else {}
        country = gettext("Write the code of a country or place that newsdesk knows, such as JP.")
        bloc = gettext("Write the code of a bloc that newsdesk knows, such as nato.")
        for code in countries:
            if kinds.get(code) not in (Actor.Kind.COUNTRY, Actor.Kind.PLACE):
                self._wrong("country", _unknown(code), country)
        for code in blocs:
            if kinds.get(code) != Actor.Kind.BLOC:
                self._wrong("bloc", _unknown(code), bloc)

    def _check_sources(self, slugs: Sequence[str]) -> None:
        wanted = [slug for slug in slugs if not CONTROL.search(slug)]
        known = set(Source.objects.filter(slug__in=wanted).values_list("slug", flat=True)) if wanted else set()
        for slug in slugs:
            if slug not in known:
                self._wrong("source", _unknown(slug), gettext("Write the slug of a source that newsdesk reads."))


def shown(value: str) -> str:
    """What a reader sent, short and without control characters."""
    return CONTROL.sub("\ufffd", value)[:40]


def _unknown(value: str) -> str:
    return gettext("“%(value)s” is unknown.") % {"value": shown(value)}
