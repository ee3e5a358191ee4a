"""The one filter of events: page, feed and API parse the same parameters and get the same events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, DateField, Exists, F, Max, Min, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext, ngettext

from timeline.extraction.dates.interval import add_months, month, year
from timeline.models import Actor, Claim, Event, EventBelief, EventParticipant
from timeline.models.dated import Kind, Status, Type
from timeline.schemas import SETTLED, EventView, view_beliefs, view_events

LAPSED = "lapsed"
STATUSES = (*Status.values, LAPSED)
FIRST_YEAR, LAST_YEAR = 1000, 2999  # the years that the reading of dates knows
MONTHS = 14  # what the page opens on
WORDS = 200  # characters of a search
VALUES = 50  # values of one parameter
ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class BadFilter(ValueError):
    """Parameters that cannot be meant: `problems` holds (parameter, what is wrong, what is allowed)."""

    def __init__(self, problems: Sequence[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {wrong} {allowed}" for name, wrong, allowed in problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events. Several values of one field mean any of them; different fields all hold.

    `start` and `end` (parameters `from`, `to`): events whose days meet these, both inclusive, None
    open. `as_of`: what was believed on that day. `words`: all of them stand in names or evidence.
    """

    kind: str = ""
    type: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    bloc: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    words: str = ""
    as_of: date | None = None

    @classmethod
    def parse(cls, query: QueryDict, *, extra: frozenset[str] = frozenset()) -> EventFilter:
        """The filter that a query string means; empty values count as absent, `extra` names are left alone.

        Raises BadFilter with every problem at once. One query, and only where actors are named.
        """
        return _Parser(query).filter(extra)

    def to_query(self, **more: str | int | None) -> str:
        """The canonical query string (no `?`); `more` is appended, None left out."""
        pairs: list[tuple[str, str]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            values = value if isinstance(value, tuple) else (value,) if value else ()
            pairs += [(PARAMETERS[field.name], str(v)) for v in values]
        pairs += [(name, str(value)) for name, value in more.items() if value is not None]
        return urlencode(pairs)

    @property
    def bounded(self) -> bool:
        return self.start is not None or self.end is not None

    def events(
        self,
        today: date,
        *,
        after: tuple[date, str] | None = None,
        before: tuple[date, str] | None = None,
        limit: int | None = None,
        offset: int = 0,
        newest: bool = False,
    ) -> list[EventView]:
        """Matching events in order of (day, id); `after`: only those behind that key (keyset paging).

        `newest` gives those whose belief is newest first instead, in order of (believed since, id), and
        `after` is a key of that order. `before`: the last `limit` of those in front of that key. Merged and
        retracted events never come.
        """
        rows = self.rows(today)
        if after is not None:
            day, pk = after
            further = Q(since_of__lt=day) if newest else Q(at__gt=day)
            same = Q(since_of=day) if newest else Q(at=day)
            rows = rows.filter(further | same & Q(pk_of__gt=pk))
        if before is not None:
            rows = rows.filter(Q(at__lt=before[0]) | Q(at=before[0], pk_of__lt=before[1]))
            return self._views(rows.order_by("-at", "-pk_of")[:limit], today)[::-1]
        rows = rows.order_by("-since_of", "pk_of") if newest else rows.order_by("at", "pk_of")
        return self._views(rows[offset : None if limit is None else offset + limit], today)

    def most_important(self, today: date, limit: int) -> list[EventView]:
        """The matching events most worth a mark: by sources, then what is next, then what was last."""
        ahead = Case(When(at__gte=today, then=F("at")), output_field=DateField())
        rows = self.rows(today).annotate(ahead=ahead)
        rows = rows.order_by("-sources", F("ahead").asc(nulls_last=True), "-at", "pk_of")
        return self._views(rows[:limit], today)

    def count(self, today: date) -> int:
        return self.rows(today).count()

    def reach(self, today: date) -> tuple[date, date] | None:
        """The first and last day that any matching event names; None where none matches."""
        found = self.rows(today).aggregate(Min("start"), Max("start"), Min("end"), Max("end"))
        days = [day for day in found.values() if day]
        return (min(days), max(days)) if days else None

    def rows(self, today: date) -> QuerySet[Any]:
        """Events, or with `as_of` beliefs, annotated alike (at, pk_of, sources, since_of); no order."""
        if self.as_of is None:
            events = Event.objects.filter(merged_into=None, retracted=False)
            return (
                events.filter(self._conditions("", today))
                .order_by()
                .annotate(at=F("day"), pk_of=F("pk"), sources=F("source_count"), since_of=F("believed_since"))
            )
        known = Q(since__lte=self.as_of) & (Q(until=None) | Q(until__gt=self.as_of))
        beliefs = EventBelief.objects.filter(known, event__merged_into=None, event__retracted=False)
        beliefs = beliefs.filter(self._conditions("event__", today)).select_related("event")
        return beliefs.order_by().annotate(
            at=Coalesce("start", "end", "event__day"),
            pk_of=F("event_id"),
            sources=F("event__source_count"),
            since_of=F("since"),
        )

    def _views(self, rows: Iterable[Any], today: date) -> list[EventView]:
        if self.as_of is None:
            return view_events(rows, today)
        return view_beliefs(rows, today, self.as_of)

    def _conditions(self, event: str, today: date) -> Q:
        """`event`: the path from the row to its event; days and status are the row's own."""
        q = Q()
        if self.kind:
            q &= Q(**{f"{event}kind": self.kind})
        if self.type:
            q &= Q(**{f"{event}type__in": self.type})
        if self.status:
            q &= self._status(today)
        if self.end is not None:
            q &= Q(start=None) | Q(start__lte=self.end)
        if self.start is not None:
            q &= Q(end=None) | Q(end__gte=self.start)
        for codes in (self.country, self.bloc):
            if codes:
                taking_part = EventParticipant.objects.filter(event=OuterRef(f"{event}pk"), actor__in=codes)
                q &= Q(Exists(taking_part))
        for word in self.words.split():
            q &= self._word(word, event)
        return q

    def _status(self, today: date) -> Q:
        q = Q(status__in=[status for status in self.status if status != LAPSED])
        if LAPSED in self.status:
            known_on = min(self.as_of, today) if self.as_of else today
            q |= Q(end__lt=known_on) & ~Q(status__in=SETTLED)
        return q

    def _word(self, word: str, event: str) -> Q:
        if self.as_of is None:
            return Q(words__icontains=word)
        # Event.words also holds what was said later: look into the claims known by then instead.
        known = Claim.objects.filter(event=OuterRef("event"), reported__lte=self.as_of)
        name = Q(actor__name_zh_hans__icontains=word) | Q(actor__name_zh_hant__icontains=word)
        name |= Q(actor__name_en__icontains=word)
        named = EventParticipant.objects.filter(name, event=OuterRef("event"))
        return Q(Exists(known.filter(evidence__icontains=word))) | Q(Exists(named))

    def opened(self, today: date) -> tuple[EventFilter, str]:
        """What the page shows: this filter with a window, and why that one.

        The reason: `given` (from or to is set), `ahead` (14 months from today, or from `as_of`),
        `newest` (14 months from the newest claim), `before` (14 months up to it), `empty`.
        """
        if self.bounded:
            return self, "given"
        base = self.as_of or today
        ahead = replace(self, start=base, end=add_months(base, MONTHS))
        # what began before and has no end is no reason to look ahead: it stands in every window
        if ahead.rows(today).exclude(start__lt=base, end=None).exists():
            return ahead, "ahead"
        claims = Claim.objects.filter(event__in=self.rows(today).values("pk_of"))
        if self.as_of:
            claims = claims.filter(reported__lte=self.as_of)
        newest = claims.order_by("-reported").values_list("reported", flat=True).first()
        if newest is None:
            return ahead, "empty"
        around = replace(self, start=newest, end=add_months(newest, MONTHS))
        if around.rows(today).exists():
            return around, "newest"
        return replace(self, start=add_months(newest, -MONTHS), end=newest), "before"


PARAMETERS = {
    "kind": "kind",
    "type": "type",
    "country": "country",
    "bloc": "bloc",
    "status": "status",
    "start": "from",
    "end": "to",
    "words": "q",
    "as_of": "as_of",
}


class _Parser:
    """Collects every problem of a query before it gives up."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.problems: list[tuple[str, str, str]] = []

    def filter(self, extra: frozenset[str]) -> EventFilter:
        known = [*PARAMETERS.values(), *sorted(extra)]
        for name in self.query:
            if name not in known:
                allowed = gettext("Allowed are: %(names)s.") % {"names": ", ".join(known)}
                self._wrong(name, gettext("There is no such parameter."), allowed)
        found = EventFilter(
            kind=self._one_of("kind", Kind.values),
            type=self._several("type", Type.values),
            country=self._strings("country"),
            bloc=self._strings("bloc"),
            status=self._several("status", STATUSES),
            start=self._date("from", first=True),
            end=self._date("to", first=False),
            words=self._words(),
            as_of=self._date("as_of", first=False),
        )
        self._check_actors(found)
        if found.start and found.end and found.start > found.end:
            wrong = gettext("%(from)s lies after %(to)s.") % {"from": found.start, "to": found.end}
            self._wrong("from", wrong, gettext("It must not be later than “to”."))
        if self.problems:
            raise BadFilter(self.problems)
        return found

    def _wrong(self, name: str, wrong: str, allowed: str) -> None:
        self.problems.append((CONTROL.sub("\ufffd", name)[:40], wrong, allowed))

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
            return _iso_day(value, first=first)
        except ValueError:
            allowed = gettext("Write 2024, 2024-03 or 2024-03-20, in the years %(first)s to %(last)s.")
            allowed %= {"first": FIRST_YEAR, "last": LAST_YEAR}
            self._wrong(name, gettext("“%(value)s” is no date.") % {"value": _shown(value)}, allowed)
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

    def _check_actors(self, found: EventFilter) -> None:
        codes = [code for code in (*found.country, *found.bloc) if not CONTROL.search(code)]
        if not (found.country or found.bloc):
            return
        kinds = dict(Actor.objects.filter(pk__in=codes).values_list("pk", "kind"))
        country = gettext("Write the code of a country or place that newsdesk knows, such as JP.")
        bloc = gettext("Write the code of a bloc that newsdesk knows, such as nato.")
        for code in found.country:
            if kinds.get(code) not in (Actor.Kind.COUNTRY, Actor.Kind.PLACE):
                self._wrong("country", _unknown(code), country)
        for code in found.bloc:
            if kinds.get(code) != Actor.Kind.BLOC:
                self._wrong("bloc", _unknown(code), bloc)


def _shown(value: str) -> str:
    return CONTROL.sub("\ufffd", value)[:40]


def _unknown(value: str) -> str:
    return gettext("“%(value)s” is unknown.") % {"value": _shown(value)}


def _iso_day(value: str, *, first: bool) -> date:
    """The first or last day of an ISO 8601 year, month or day. Raises ValueError."""
    found = ISO.fullmatch(value)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise ValueError(value)
    if found[3]:
        return date.fromisoformat(value)
    if found[2]:
        date(int(found[1]), int(found[2]), 1)  # raises for month 13, which `month` would carry over
    pick: Callable[[tuple[date, date]], date] = min if first else max
    return pick(month(int(found[1]), int(found[2])) if found[2] else year(int(found[1])))
