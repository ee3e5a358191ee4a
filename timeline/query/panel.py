"""Facets as the page shows them: each value with its count, and the address that sets or removes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from timeline.query.facets import Facet
from timeline.query.filter import EventFilter
from timeline.query.form import Look, first_page, page_url
from timeline.query.parameters import FIELDS


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: how many events it would give, and the address that sets or removes it."""

    label: str
    count: int
    chosen: bool
    url: str


def panel(chosen: EventFilter, look: Look, facets: Sequence[Facet]) -> list[tuple[str, list[Value]]]:
    """Return (label, values) of each facet that leaves a choice. One query for each that names rows."""
    found = []
    for facet in facets:
        parameter = FIELDS[facet.name]
        names = parameter.value.names([value for value, _ in facet.values])
        values = [_value(chosen, look, facet.name, value, names.get(value, value), n) for value, n in facet.values]
        if len(values) > 1 or any(value.chosen for value in values):
            found.append((str(parameter.label), values))
    return found


def _value(chosen: EventFilter, look: Look, name: str, text: str, label: str, count: int) -> Value:
    now = chosen.texts(name)
    more: Any = (*now, text) if FIELDS[name].value.many else text
    then = chosen.without(name, text) if text in now else replace(chosen, **{name: more})
    return Value(label, count, text in now, page_url(then, first_page(look)))
