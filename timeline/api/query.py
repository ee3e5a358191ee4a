"""Reads the parameters of a request. Nothing is ignored, and every problem is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from timeline.api import paging
from timeline.api.errors import Refusal
from timeline.api.parameters import Parameter
from timeline.query import cursors
from timeline.query.filter import BadFilter, EventFilter
from timeline.query.parameters import CONTROL, PARAMETERS, VALUES, shown
from timeline.query.parameters import WORDS as LONGEST_SEARCH
from timeline.query.windows import FIRST_YEAR, LAST_YEAR, BadWindow, iso_day


class Query:
    """The parameters of a request. What is wrong is noted, and raised by `done` or `filter`."""

    def __init__(self, request: HttpRequest, *known: Parameter) -> None:
        self.request, self.values = request, request.GET
        self.known = {parameter.name: parameter for parameter in known}
        self.problems: list[tuple[str, str, str]] = []
        for name in self.values:
            self._check(name)

    def _check(self, name: str) -> None:
        values, parameter = self.values.getlist(name), self.known.get(name)
        if parameter is None:
            allowed = gettext("Allowed are: %(names)s.") % {"names": ", ".join(self.known) or "–"}
            self.wrong(name, gettext("There is no such parameter."), allowed)
        elif not all(values):
            self.wrong(name, gettext("It is empty."), gettext("Leave it out, or give it a value."))
        elif len(values) > 1 and not parameter.several:
            self.wrong(name, gettext("It is given more than once."), gettext("Give it once."))
        elif len(values) > VALUES:
            most = ngettext("At most %(count)s value.", "At most %(count)s values.", VALUES)
            self.wrong(name, gettext("Too many values."), most % {"count": VALUES})

    def wrong(self, name: str, reason: str, allowed: str) -> None:
        """Note a problem, the first of each parameter."""
        if all(known != name for known, *_ in self.problems):
            self.problems.append((shown(name), reason, allowed))

    def done(self) -> None:
        """Raises BadFilter with every problem."""
        if self.problems:
            raise BadFilter(self.problems)

    def filter(self) -> EventFilter:
        """The filter of events that the query means, beside the other parameters. Raises BadFilter."""
        others = frozenset(self.known) - frozenset(PARAMETERS.values())
        try:
            chosen = EventFilter.parse(self.values, extra=others)
        except BadFilter as error:
            for problem in error.problems:
                if problem[0] in self.known:
                    self.wrong(*problem)
        self.done()
        return chosen

    # --- values ---------------------------------------------------------------------------------

    def number(self, name: str) -> int:
        """An integer within the bounds of its schema, or the default."""
        schema, text = self.known[name].schema, self._one(name)
        if text is None:
            return int(schema["default"])
        lowest, highest = schema["minimum"], schema["maximum"]
        if re.fullmatch("0|[1-9][0-9]{0,18}", text) is None or not lowest <= int(text) <= highest:
            bounds = {"lowest": lowest, "highest": highest}
            self.wrong(name, gettext("This is no such number."), gettext("%(lowest)s to %(highest)s") % bounds)
            return int(schema["default"])
        return int(text)

    def one_of(self, name: str) -> str:
        """One word of the schema's list, or its default, or ""."""
        schema, text = self.known[name].schema, self._one(name)
        if text is None:
            return str(schema.get("default", ""))
        return text if self._allowed(name, text, schema["enum"]) else ""

    def some_of(self, name: str) -> list[str]:
        """Words of the list in the schema of an array."""
        allowed = self.known[name].schema["items"]["enum"]
        values = dict.fromkeys(self.values.getlist(name))
        return [text for text in values if text and self._allowed(name, text, allowed)]

    def matching(self, name: str) -> list[str]:
        """Values of an array that match the pattern in its schema."""
        pattern = self.known[name].schema["items"]["pattern"]
        found = [text for text in dict.fromkeys(self.values.getlist(name)) if text]
        for text in found:
            if re.fullmatch(pattern, text) is None:
                self.unknown(name, text, gettext("Write the slug of a source that newsdesk reads."))
        return found

    def words(self, name: str) -> str:
        """Plain words."""
        text = self._one(name) or ""
        if len(text) > LONGEST_SEARCH:
            most = gettext("At most %(count)s characters.") % {"count": LONGEST_SEARCH}
            self.wrong(name, gettext("The search is too long."), most)
        elif CONTROL.search(text):
            self.wrong(name, gettext("It holds control characters."), gettext("Write plain words."))
        return text

    def day(self, name: str, *, first: bool) -> date | None:
        """The first or last day of an ISO 8601 year, month or day."""
        text = self._one(name)
        try:
            return iso_day(text, first=first) if text else None
        except BadWindow:
            allowed = gettext("Write 2024, 2024-03 or 2024-03-20, in the years %(first)s to %(last)s.")
            wrong = gettext("“%(value)s” is no date.") % {"value": shown(text or "")}
            self.wrong(name, wrong, allowed % {"first": FIRST_YEAR, "last": LAST_YEAR})
            return None

    def place(self, *values: Callable[[str], Any]) -> list[Any] | None:
        """What the cursor says, each value read by its reader; None on the first page.

        Raises Refusal for a cursor of another list or filter.
        """
        text = self._one("cursor")
        if text is None:
            return None
        try:
            told = cursors.unseal(paging.family(self.request.path, self.values), text, len(values))
            return [read(value) for read, value in zip(values, told, strict=True)]
        except (ValueError, OverflowError) as error:
            raise Refusal("bad-cursor", wrong=[{"name": "cursor", "reason": str(error), "allowed": ""}]) from error

    def following(self, *place: str) -> str:
        """The address of the page behind `place`."""
        return paging.following(self.request, self.request.path, self.values, *place)

    def _one(self, name: str) -> str | None:
        return self.values.get(name) or None

    def _allowed(self, name: str, text: str, allowed: Sequence[str]) -> bool:
        if text not in allowed:
            self.unknown(name, text, gettext("Allowed are: %(names)s.") % {"names": ", ".join(allowed)})
        return text in allowed

    def unknown(self, name: str, text: str, allowed: str) -> None:
        """Note that this value is not known."""
        self.wrong(name, gettext("“%(value)s” is unknown.") % {"value": shown(text)}, allowed)
