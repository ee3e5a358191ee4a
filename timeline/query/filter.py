"""The one filter of events: page, feeds and API parse the same parameters and get the same events."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext

from timeline.extraction.dates.calendar import add_months
from timeline.models import Claim
from timeline.query import counts
from timeline.query.events import Conditions
from timeline.query.parameters import LAPSED, PARAMETERS, STATUSES, BadFilter, ask

__all__ = ["LAPSED", "MONTHS", "PARAMETERS", "STATUSES", "BadFilter", "EventFilter"]

MONTHS = 14  # what the page opens on


@dataclass(frozen=True, slots=True)
class EventFilter(Conditions):
    """Conditions as a query string gives them."""

    @classmethod
    def parse(cls, query: QueryDict, *, extra: frozenset[str] = frozenset()) -> EventFilter:
        """The filter that a query string means; empty values count as absent, `extra` names are left alone.

        Raises BadFilter with every problem at once.
        """
        return cls(**ask(query, extra))

    @classmethod
    def day_known(cls, query: QueryDict, *, extra: frozenset[str] = frozenset()) -> date | None:
        """`as_of`, where nothing else of a filter has a meaning. Raises BadFilter for any other but `extra`."""
        chosen, names = cls.parse(query, extra=extra), ("as_of", *sorted(extra))
        others = [name for name, values in query.lists() if name not in names and any(values)]
        if others:
            allowed = gettext("Allowed are: %(names)s.") % {"names": ", ".join(names)}
            raise BadFilter([(name, gettext("Only the day can be chosen here."), allowed) for name in others])
        return chosen.as_of

    def to_query(self, **more: str | int | None) -> str:
        """The canonical query string (no `?`); `more` is appended, None left out."""
        pairs: list[tuple[str, str]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            values = value if isinstance(value, tuple) else (value,) if value else ()
            pairs += [(PARAMETERS[field.name], str(v)) for v in values]
        pairs += [(name, str(value)) for name, value in more.items() if value is not None]
        return urlencode(pairs)

    def count(self, today: date) -> int:
        """How many events match."""
        return counts.total(self, today)

    def opened(self, today: date) -> tuple[EventFilter, str]:
        """What the page shows: this filter with a window, and why that one.

        The reason: `given` (days were chosen), `ahead` (14 months from today, or from `as_of`),
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
        """Whether anything matches but what began before `base` and has no end: that stands in every window."""
        known = self.as_of is not None
        rows = [self.whole(today)] if known else [self.asked(part, today) for part in self.parts(today)]
        if base is not None:
            lasting = Q(**{"at__lt" if known else "day__lt": base}, end=None)
            rows = [part.exclude(lasting) for part in rows]
        return any(part.exists() for part in rows)

    def _newest_report(self, today: date) -> date | None:
        claims = Claim.objects.filter(event__in=self.whole(today).values("pk_of"))
        if self.as_of:
            claims = claims.filter(reported__lte=self.as_of)
        return claims.order_by("-reported").values_list("reported", flat=True).first()
