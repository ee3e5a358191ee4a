"""The one parser of query strings: pages, feeds and API name the parameters that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext

from timeline.query.conditions import Rows
from timeline.query.values import Choice, InvalidValueError, Language, Value, shown

Problem = tuple[str, str, str]  # the parameter, what is wrong with it, what is allowed


class FilterError(ValueError):
    """Parameters that are unknown or invalid: `problems` holds (parameter, reason, what is allowed)."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{name}: {reason} {allowed}" for name, reason, allowed in problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a query string.

    `about`: what it means, in English, for the API's description and the documentation; they show `example`, too.
    `condition`: which rows a value means; None where `timeline.query.events` chooses the rows by it. `label`: what
    pages call it. `form`: where the filter form shows it, "main" or "more"; "" where it is kept but not shown.
    `tallied`: whether `Tally` has it as a column. `excludes`: keys beside which it must not be given; `needs`: keys of
    which one must be given with it; `up_to`: the key of the day that it must not be later than. `allow_empty`: whether
    `key=` counts as absent, as forms send it.
    """

    key: str
    value: Value
    about: str
    example: Any = None
    condition: Callable[[Any, Rows], Q] | None = None
    label: str | Promise = ""
    form: str = ""
    tallied: bool = False
    excludes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    up_to: str = ""
    allow_empty: bool = True


LANG = Parameter(key="lang", value=Language(), about="The language of the texts.", allow_empty=False)
THEME = Parameter(
    key="theme", value=Choice(("light", "dark", "auto")), about="The colours of pages; auto: those of the browser."
)


def parse(query: QueryDict, parameters: Sequence[Parameter], *, allow_empty: bool = True) -> dict[str, Any]:
    """Return the value of each of these parameters by key, its default where it is absent.

    `lang` is taken everywhere, and `theme` by pages (`timeline.http.preferences` reads them). With
    `allow_empty=False`, for programs, empty values are refused everywhere. Raises FilterError with every problem at
    once, unknown names among them. One query for each parameter that names rows.
    """
    keys = [parameter.key for parameter in parameters]
    allowed = gettext("Allowed are: %(names)s.") % {"names": ", ".join(keys) or "–"}
    unknown = gettext("Unknown parameter.")
    others = [one for one in (LANG, THEME)[: 1 + allow_empty] if one.key not in keys]
    known = {*keys, *(one.key for one in others)}
    problems = [(shown(name), unknown, allowed) for name in query if name not in known]
    for parameter in others:
        problems += _problems(query, parameter)
    found: dict[str, Any] = {}
    for parameter in parameters:
        try:
            found[parameter.key] = read(query, parameter, allow_empty=allow_empty)
        except FilterError as error:
            problems += error.problems
            found[parameter.key] = parameter.value.default
    for parameter in parameters:
        problems += _contradictions(parameter, found)
    if problems:
        raise FilterError(problems)
    return found


def _problems(query: QueryDict, parameter: Parameter) -> list[Problem]:
    try:
        read(query, parameter)
    except FilterError as error:
        return error.problems
    return []


def read(query: QueryDict, parameter: Parameter, *, allow_empty: bool = True) -> Any:
    """Return the value of one parameter, ignoring all others. Raises FilterError."""
    texts = query.getlist(parameter.key)
    if not (allow_empty and parameter.allow_empty) and not all(texts):
        empty, allowed = gettext("Empty."), gettext("Omit it or give it a value.")
        raise FilterError([(parameter.key, empty, allowed)])
    try:
        return parameter.value.parse([text for text in texts if text])
    except InvalidValueError as error:
        raise FilterError([(parameter.key, reason, allowed) for reason, allowed in error.wrong]) from error


def _contradictions(parameter: Parameter, found: dict[str, Any]) -> Iterator[Problem]:
    value, last = found[parameter.key], found.get(parameter.up_to)
    if value and any(found.get(key) for key in parameter.excludes):
        names = ", ".join(parameter.excludes)
        reason = gettext("It cannot be combined with %(names)s.") % {"names": names}
        yield parameter.key, reason, gettext("Omit one of them.")
    if value and parameter.needs and not any(found.get(key) for key in parameter.needs):
        reason = gettext("It means nothing without %(names)s.") % {"names": ", ".join(parameter.needs)}
        yield parameter.key, reason, gettext("Add it, or omit this one.")
    if value and last and value > last:
        reason = gettext("%(first)s lies after %(last)s.") % {"first": value, "last": last}
        yield parameter.key, reason, gettext("It must not be later than “%(name)s”.") % {"name": parameter.up_to}
