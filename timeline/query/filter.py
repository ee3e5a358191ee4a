"""The one filter of events: pages, feeds and API parse the same parameters and get the same events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from timeline.extraction.dates.calendar import add_months
from timeline.models import Claim
from timeline.query import counts
from timeline.query.events import EventQuery
from timeline.query.parameters import AS_OF, FIELDS, PARAMETERS
from timeline.query.parser import Parameter, parse
from timeline.query.windows import PRESETS, iso_interval

MONTHS = 14  # what the page opens on


@dataclass(frozen=True, slots=True)
class EventFilter(EventQuery):
    """The filter of a query string."""

    @classmethod
    def parse(cls, query: QueryDict) -> EventFilter:
        """Parse a query string without other parameters; empty values count as absent. Raises FilterError."""
        return cls.of(parse(query, PARAMETERS))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> EventFilter:
        """Make the filter of parsed values, by key; an ISO 8601 interval sets its two ends."""
        found = {name: values[parameter.key] for name, parameter in FIELDS.items()}
        if found["window"] and found["window"] not in PRESETS:
            start, end = iso_interval(found["window"])
            found |= {"window": "" if start or end else "all", "start": start, "end": end}
        return cls(**found)

    def to_query(self, **more: str | int | None) -> str:
        """Return the canonical query string without `?`; `more` is appended, None left out."""
        pairs: list[tuple[str, str]] = []
        for name, parameter in FIELDS.items():
            pairs += [(parameter.key, text) for text in self.texts(name)]
        pairs += [(name, str(value)) for name, value in more.items() if value is not None]
        return urlencode(pairs)

    def texts(self, name: str) -> list[str]:
        """Return the values of a field as they are in a query string, none if it is not set."""
        value = getattr(self, name)
        return [str(one) for one in (value if isinstance(value, tuple) else (value,)) if one]

    def without(self, name: str, text: str) -> EventFilter:
        """Return the filter without one value of a field, and without what means nothing without it."""
        value = FIELDS[name].value
        left: Any = tuple(other for other in self.texts(name) if other != text) if value.many else value.default
        found = replace(self, **{name: left})
        alone = [other for other, parameter in FIELDS.items() if FIELDS[name].key in parameter.needs]
        return found if left else replace(found, **{other: FIELDS[other].value.default for other in alone})

    def count(self, today: date) -> int:
        """Return how many events match."""
        return counts.total(self, today)

    def with_default_window(self, today: date) -> tuple[EventFilter, str]:
        """Return this filter with a window that has events, and why that one was chosen.

        Reasons: `given` (days were chosen), `ahead` (14 months from today, or from `as_of`),
        `newest` (14 months from the newest claim), `before` (14 months up to it), `empty`.
        """
        if self.bounded:
            return self, "given"
        base = self.as_of or today
        ahead = replace(self, start=base, end=add_months(base, MONTHS))
        if ahead._begins(base, today):
            return ahead, "ahead"
        newest = self._newest_report(today)
        if newest is None:
            return ahead, "empty"
        around = replace(self, start=newest, end=add_months(newest, MONTHS))
        if around._begins(None, today):
            return around, "newest"
        return replace(self, start=add_months(newest, -MONTHS), end=newest), "before"

    def _begins(self, base: date | None, today: date) -> bool:
        """Tell whether events match, not counting endless ones that began before `base`: they match every window."""
        known = self.as_of is not None
        rows = [self.queryset(today)] if known else [self.matching(part, today) for part in self.parts(today)]
        if base is not None:
            lasting = Q(**{"at__lt" if known else "day__lt": base}, end=None)
            rows = [part.exclude(lasting) for part in rows]
        return any(part.exists() for part in rows)

    def _newest_report(self, today: date) -> date | None:
        claims = Claim.objects.filter(event__in=self.queryset(today).values("pk_of"))
        if self.as_of:
            claims = claims.filter(reported__lte=self.as_of)
        return claims.order_by("-reported").values_list("reported", flat=True).first()


def parse_as_of(query: QueryDict, *more: Parameter) -> date | None:
    """Parse `as_of` where no other parameter of the filter applies, only `more`. Raises FilterError."""
    day: date | None = parse(query, (AS_OF, *more))[AS_OF.key]
    return day
