"""Find the events of a filter; the rows read do not grow with the number of events.

A window is asked in parts, one for each reach (see `models.dated.reach_of`): each is a stretch of an index in the
order of (day, id), and the parts are merged. Actors and sources are asked for in tables of their own, which carry the
days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import F, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from timeline.display.event import EventView, view_beliefs, view_ids
from timeline.models import Event, EventBelief, EventParticipant, EventSource
from timeline.models.dated import LONGEST, SPAN, WHEN_COLUMNS, Precision, Reach
from timeline.query import search
from timeline.query.conditions import Rows
from timeline.query.parameters import FIELDS, FilterValues
from timeline.query.windows import Days, preset

MAX_CANDIDATES = 2_000  # sorted in memory; more are read in the order of an index
Key = tuple[date, str]  # (day, id) or (believed since, id)
OF_PRECISION: dict[str, Reach] = {  # of what has two ends and lasts no longer than a year
    precision: next(reach for reach, behind in SPAN.items() if days <= behind + 1)
    for precision, days in LONGEST.items()
}
FAR_PRECISION = {Reach.LONGER: Precision.LONGER, Reach.NO_END: Precision.OPEN, Reach.NO_START: Precision.OPEN}


class Candidate(NamedTuple):
    """What the order of an event depends on: in the list, by importance and by when its days were believed."""

    pk: str
    day: date
    weight: int
    since: date
    columns: tuple[Any, ...]  # WHEN_COLUMNS


@dataclass(frozen=True, slots=True)
class EventQuery(FilterValues):
    """The events that match the values of all parameters (see `timeline.query.parameters`)."""

    @property
    def blocs(self) -> tuple[str, ...]:
        """The blocs that take part themselves; none where their members do instead."""
        return () if self.members else self.bloc

    @property
    def bounded(self) -> bool:
        """Whether days are set, if only by the preset `all`."""
        return bool(self.window or self.start or self.end)

    def days(self, today: date) -> Days:
        """First and last day of the window, both inclusive, None open; a preset counts from `as_of` or `today`."""
        return preset(self.window, self.as_of or today) if self.window else (self.start, self.end)

    # --- events in order ------------------------------------------------------------------------

    def events(
        self,
        today: date,
        *,
        after: Key | None = None,
        before: Key | None = None,
        limit: int | None = None,
        newest: bool = False,
    ) -> list[EventView]:
        """Return matching events in order of (day, id), each once, without merged and retracted ones.

        `after`, `before`: only events after, or before, that key (exclusive); with `before` the last `limit` of them.
        `newest`: in order of (believed since descending, id), and `after` is a key of that order.
        """
        if self.as_of is not None:
            return view_beliefs(self._known(today, after, before, limit, newest), today, self.as_of)
        keys = self._newest(today, after, limit) if newest else self.keys(today, after, before, limit)
        return self.load([pk for _, pk in keys], today)

    def keys(
        self, today: date, after: Key | None = None, before: Key | None = None, limit: int | None = None
    ) -> list[Key]:
        """Return (day, id) of matching events as believed now, in order; arguments as in `events`."""
        behind, sign = _behind(after, before, self.pk), "" if before is None else "-"
        parts = []
        for part in self.parts(today):
            rows = self.matching(part & behind, today).order_by(f"{sign}day", f"{sign}{self.pk}")
            parts.append(self.distinct(rows.values_list("day", self.pk))[:limit])
        found = list(islice(merge(*parts, reverse=before is not None), limit))
        return found if before is None else found[::-1]

    def _newest(self, today: date, after: Key | None, limit: int | None) -> list[Key]:
        bounded = bool(self._table) or self.days(today) != (None, None)
        chosen = self.candidates(today) if bounded else None
        if chosen is not None:
            keys = sorted(((row.since, row.pk) for row in chosen), key=lambda k: (-k[0].toordinal(), k[1]))
            last = (-after[0].toordinal(), after[1]) if after else (-date.max.toordinal(), "")
            return list(islice((k for k in keys if (-k[0].toordinal(), k[1]) > last), limit))
        behind = Q()
        if after is not None:
            since, pk = after
            behind = Q(believed_since__lte=since) & (Q(believed_since__lt=since) | Q(pk__gt=pk))
        rows = self.queryset(today).filter(behind).order_by("-believed_since", "pk")
        return list(rows.values_list("believed_since", "pk")[:limit])

    def most_important(self, today: date, limit: int) -> list[EventView]:
        """Return the first `limit` matching events in the order of `by_importance`.

        Of more than MAX_CANDIDATES, and with `as_of`, events of the same weight are in order of day instead.
        """
        if self.as_of is not None:
            rows = self.queryset(today).order_by("-event__weight", "at", "pk_of")
            return view_beliefs(rows.select_related("event")[:limit], today, self.as_of)
        return self.load(self.most_important_ids(today, limit, self.candidates(today)), today)

    def most_important_ids(self, today: date, limit: int, among: Sequence[Candidate] | None) -> list[str]:
        """Return the ids of the first `limit` matches by importance, as believed now; `among`: their `candidates`."""
        if among is None:
            rows = self.queryset(today).order_by("-weight", "day", "pk")
            return list(rows.values_list("pk", flat=True)[:limit])
        return [row.pk for row in sorted(among, key=lambda row: _rank(row.weight, row.day, row.pk, today))[:limit]]

    def candidates(self, today: date) -> list[Candidate] | None:
        """Return all matches as believed now, unordered; None if more than MAX_CANDIDATES. One statement."""
        parts = [self.matching(part, today).values_list(self.pk, flat=True) for part in self.parts(today)]
        if not parts:
            return []
        ids = in_one([self.distinct(part) for part in parts])[: MAX_CANDIDATES + 1]
        rows = Event.objects.filter(pk__in=ids).order_by()
        found = list(rows.values_list("pk", "day", "weight", "believed_since", *WHEN_COLUMNS))
        if len(found) > MAX_CANDIDATES:
            return None
        return [Candidate(pk, day, weight, since, columns) for pk, day, weight, since, *columns in found]

    @staticmethod
    def load(ids: Iterable[str], today: date) -> list[EventView]:
        """Return events by id as believed now, in the order given, without those that are gone."""
        return view_ids(list(ids), today)

    # --- as known on a day ----------------------------------------------------------------------

    def _known(
        self, today: date, after: Key | None, before: Key | None, limit: int | None, newest: bool
    ) -> list[EventBelief]:
        rows = self.queryset(today).select_related("event")
        if newest:
            if after is not None:
                rows = rows.filter(Q(since_of__lt=after[0]) | Q(since_of=after[0], pk_of__gt=after[1]))
            return list(rows.order_by("-since_of", "pk_of")[:limit])
        if after is not None:
            rows = rows.filter(Q(at__gt=after[0]) | Q(at=after[0], pk_of__gt=after[1]))
        if before is not None:
            rows = rows.filter(Q(at__lt=before[0]) | Q(at=before[0], pk_of__lt=before[1]))
            return list(rows.order_by("-at", "-pk_of")[:limit])[::-1]
        return list(rows.order_by("at", "pk_of")[:limit])

    def queryset(self, today: date) -> QuerySet[Any]:
        """Return rows of Event, or with `as_of` of EventBelief, unordered; both have at, pk_of and since_of."""
        if self.as_of is None:
            parts = Q()
            for part in self.parts(today) if self.days(today) != (None, None) else ():
                parts |= part
            rows = Event.objects.filter(parts & _live("") & self._q(Rows("", today)))
            return rows.order_by().annotate(at=F("day"), pk_of=F("pk"), since_of=F("believed_since"))
        known = Q(since__lte=self.as_of) & (Q(until=None) | Q(until__gt=self.as_of))
        conditions = known & _live("event__") & self._q(Rows("event__", today, self.as_of))
        return (
            EventBelief.objects.filter(conditions & self._overlapping(today))
            .order_by()
            .annotate(at=Coalesce("start", "end", "event__day"), pk_of=F("event_id"), since_of=F("since"))
        )

    # --- which rows -----------------------------------------------------------------------------

    @property
    def _table(self) -> str:
        """The field whose table is queried: actors, sources and words have their own; "" is that of events."""
        own = {"country": self.country, "bloc": self.blocs, "source": self.source, "words": self.words}
        return next((name for name, value in own.items() if value), "")

    @property
    def event(self) -> str:
        """The path from the rows of `matching` to their event."""
        return "event__" if self._table else ""

    @property
    def pk(self) -> str:
        """The column of the rows of `matching` that holds the event's id."""
        return "event_id" if self._table else "pk"

    def matching(self, part: Q, today: date) -> QuerySet[Any]:
        """Return the rows of the table that answers fastest, as believed now; `part`: one of `parts`."""
        table, codes = self._table, self.country or self.blocs
        q = part & self._q(Rows(self.event, today), skip=table)
        if codes:
            return EventParticipant.objects.filter(q, actor__in=codes).order_by()
        if table == "words":
            return search.matching(self.words, part).filter(q).order_by()
        if table:
            return EventSource.objects.filter(q, source__slug__in=self.source).order_by()
        return Event.objects.filter(q & _live("")).order_by()

    def related_q(self, part: Q, today: date) -> Q:
        """Return the condition of `matching` for rows of another table of events (see `OfEvent`), as believed now."""
        return part & self._q(Rows("event__", today))

    def _q(self, rows: Rows, *, skip: str = "") -> Q:
        """Join the conditions of all parameters that have one; `skip`: except this field, which chose the table."""
        q, rows = Q(), replace(rows, members=bool(self.members))
        for name, parameter in FIELDS.items():
            value = getattr(self, name)
            if value and parameter.condition and name != skip:
                q &= parameter.condition(value, rows)
        return q

    def distinct(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Remove duplicates: with several actors or sources an event has several rows in their tables."""
        several = len(self.country or self.blocs or self.source) > 1
        return rows.distinct() if several else rows

    def span(self, today: date) -> tuple[date, date] | None:
        """Return the first and last day of all matching events; None if there are none."""
        if self.as_of is not None:
            found = self.queryset(today).aggregate(Min("start"), Max("start"), Min("end"), Max("end"))
            named = [day for day in found.values() if day]
            return (min(named), max(named)) if named else None
        firsts = self.keys(today, limit=1)
        if not firsts:
            return None
        lasts = [firsts[0][0]]
        for part in self.parts(today):
            rows = self.matching(part, today)
            newest = rows.order_by("-day").values_list("day", "reach").first()
            if newest is None:
                continue
            day, reach = newest
            lasts.append(day)
            if self.event and reach in SPAN:  # this table has no index by end, but short events end soon
                rows = rows.filter(day__gte=_earlier(day, SPAN[reach]))
            lasts += rows.exclude(end=None).order_by("-end").values_list("end", flat=True)[:1]
        return firsts[0][0], max(lasts)

    def parts(self, today: date) -> list[Q]:
        """Return the window as disjoint conditions on `day`, `end` and `reach` of any table of events.

        Without a window it is one condition on events, and one for each reach in tables indexed by reach.
        """
        if not self.event and self.days(today) == (None, None):
            return [Q()]
        return [*self.short_parts(today), *self.long_parts(today)]

    def short_parts(self, today: date) -> list[Q]:
        """Return the parts of the window for events of at most a year, as far as `precision` allows them."""
        first, last = self.days(today)
        return self._short_parts(first, Q(day__lte=last) if last is not None else Q())

    def carried_parts(self, first: date) -> list[Q]:
        """Return the parts for events of at most a year that began before `first` and end on it or later."""
        return self._short_parts(first, Q(day__lt=first))

    def _short_parts(self, first: date | None, begun: Q) -> list[Q]:
        parts = []
        for reach, days in SPAN.items():
            part = Q(reach=reach) & begun
            if first is not None:
                part &= Q(day__gte=_earlier(first, days), end__gte=first)
            if not self.precision or any(OF_PRECISION.get(p) == reach for p in self.precision):
                parts.append(part)
        return parts

    def long_parts(self, today: date) -> list[Q]:
        """Return the parts of the window for events of more than a year or with an open end."""
        first, last = self.days(today)
        begun = Q(day__lte=last) if last is not None else Q()
        lasting = Q(end__gte=first) if first is not None else Q()
        known = {Reach.LONGER: begun & lasting, Reach.NO_END: begun, Reach.NO_START: lasting}
        wanted = [reach for reach in known if not self.precision or FAR_PRECISION[reach] in self.precision]
        return [Q(reach=reach) & known[reach] for reach in wanted]

    def _overlapping(self, today: date) -> Q:
        """Return the window as a condition on the days of a belief."""
        first, last = self.days(today)
        q = Q()
        if last is not None:
            q &= Q(start=None) | Q(start__lte=last)
        if first is not None:
            q &= Q(end=None) | Q(end__gte=first)
        return q


def in_one(parts: Sequence[QuerySet[Any]]) -> QuerySet[Any]:
    """Return the rows of these queries, at least one, by one statement; each part still reads an index of its own."""
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def by_importance(events: Iterable[EventView], today: date) -> list[EventView]:
    """Sort events by weight (see `Event`), the highest first, then by nearness to `today`, then by id."""
    return sorted(events, key=lambda event: _rank(event.weight, event.day, event.id, today))


def _rank(weight: int, day: date, pk: str, today: date) -> tuple[int, int, str]:
    return -weight, abs((day - today).days), pk


def _live(event: str) -> Q:
    return Q(**{f"{event}merged_into": None, f"{event}retracted": False})


def _behind(after: Key | None, before: Key | None, pk: str) -> Q:
    """Return keyset conditions; the redundant first one lets an index scan start at the day."""
    q = Q()
    if after is not None:
        q &= Q(day__gte=after[0]) & (Q(day__gt=after[0]) | Q(**{f"{pk}__gt": after[1]}))
    if before is not None:
        q &= Q(day__lte=before[0]) & (Q(day__lt=before[0]) | Q(**{f"{pk}__lt": before[1]}))
    return q


def _earlier(day: date, days: int) -> date:
    return max(day, date.min + timedelta(days=days)) - timedelta(days=days)
