"""Facets as the page shows them: each value with its count, and the address that sets or removes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from timeline.models import Actor, Source
from timeline.query.facets import Facet
from timeline.query.filter import EventFilter
from timeline.query.form import Look, changed, field_words, first_page, page_url, value_words


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: how many events it would give, and the address that sets or removes it."""

    words: str
    count: int
    chosen: bool
    url: str


def panel(chosen: EventFilter, look: Look, facets: Sequence[Facet]) -> list[tuple[str, list[Value]]]:
    """The facets as links, under what their fields are called; those without a choice are left out. Two queries."""
    codes = [value for facet in facets if facet.name in ("country", "bloc") for value, _ in facet.values]
    slugs = [value for facet in facets if facet.name == "source" for value, _ in facet.values]
    names = {actor.code: actor.name for actor in Actor.objects.filter(pk__in=codes)}
    names |= dict(Source.objects.filter(slug__in=slugs).values_list("slug", "name"))
    labels, found = field_words(), []
    for facet in facets:
        values = [_value(chosen, first_page(look), facet.name, value, n, names) for value, n in facet.values]
        if len(values) > 1 or any(value.chosen for value in values):
            found.append((labels[facet.name], values))
    return found


def _value(chosen: EventFilter, look: Look, field: str, value: str, n: int, names: dict[str, str]) -> Value:
    now = getattr(chosen, field)
    if isinstance(now, tuple):
        is_chosen = value in now
        then: Any = tuple(v for v in now if v != value) if is_chosen else (*now, value)
    else:
        is_chosen = value == now
        then = "" if is_chosen else value
    return Value(value_words(field, value, names), n, is_chosen, page_url(changed(chosen, field, then), look))
