"""Which events conditions mean, and how they are found: few rows are touched however many events there are.

A window is asked in parts, one for each reach (see `models.dated.reach_of`): each is a stretch of an index in the
order of (day, id), and the parts are merged. Actors and sources are asked for in tables of their own, which carry the
days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from timeline.display.event import SETTLED, EventView, view_beliefs, view_ids
from timeline.models import Claim, Contradiction, Event, EventBelief, EventParticipant, EventSource
from timeline.models.dated import LONGEST, SPAN, Precision, Reach, Status
from timeline.query.parameters import LAPSED
from timeline.query.windows import Days, days_of, preset

CANDIDATES = 2_000  # so many are weighed in memory; of more, those that weigh most are walked through
Key = tuple[date, str]  # (day, id) or (believed since, id)
OF_PRECISION: dict[str, Reach] = {  # of what has two ends and lasts no longer than a year
    precision: next(reach for reach, behind in SPAN.items() if days <= behind + 1)
    for precision, days in LONGEST.items()
}
FAR_PRECISION = {Reach.LONGER: Precision.LONGER, Reach.NO_END: Precision.OPEN, Reach.NO_START: Precision.OPEN}
MOVES = ("narrowed", "moved", "revised")
PUT_OFF = (Status.POSTPONED.value, Status.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which events. Several values of one field mean any of them; different fields all hold; "" and None: any.

    `start` and `end`: events whose days meet these, both inclusive, None open; or `window`, a preset. `reported`,
    `new`, `moved`: spans of days in which a claim was reported, the event first heard of, its days or fate
    changed. `words`: all of them stand in names or evidence. `as_of`: what was believed on that day.
    """

    kind: str = ""
    type: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    bloc: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    precision: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    curated: str = ""
    contradicted: str = ""
    window: str = ""
    start: date | None = None
    end: date | None = None
    words: str = ""
    reported: str = ""
    new: str = ""
    moved: str = ""
    as_of: date | None = None

    @property
    def bounded(self) -> bool:
        """Whether days were chosen, if only by the word for all of them."""
        return bool(self.window or self.start or self.end)

    def days(self, today: date) -> Days:
        """The days asked for; a preset counts from `as_of` if that is given."""
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
        """Matching events in order of (day, id), each once; merged and retracted ones never come.

        `after`, `before`: only those behind, or in front of, that key; with `before` the last `limit` of them.
        `newest`: in order of (believed since, id), the newest first, and `after` is a key of that order.
        """
        if self.as_of is not None:
            return view_beliefs(self._known(today, after, before, limit, newest), today, self.as_of)
        keys = self._newest(today, after, limit) if newest else self.keys(today, after, before, limit)
        return self.loaded([pk for _, pk in keys], today)

    def keys(
        self, today: date, after: Key | None = None, before: Key | None = None, limit: int | None = None
    ) -> list[Key]:
        """(day, id) of the events as believed now, in order; arguments as of `events`."""
        behind, sign = _behind(after, before, self.pk), "" if before is None else "-"
        parts = []
        for part in self.parts(today):
            rows = self.asked(part & behind, today).order_by(f"{sign}day", f"{sign}{self.pk}")
            parts.append(self.once(rows.values_list("day", self.pk))[:limit])
        found = list(islice(merge(*parts, reverse=before is not None), limit))
        return found if before is None else found[::-1]

    def _newest(self, today: date, after: Key | None, limit: int | None) -> list[Key]:
        bounded = self.pk != "pk" or self.days(today) != (None, None)
        chosen = self._candidates(today) if bounded else None
        if chosen is not None:
            keys = sorted(((since, pk) for pk, _, _, since in chosen), key=lambda k: (-k[0].toordinal(), k[1]))
            last = (-after[0].toordinal(), after[1]) if after else (-date.max.toordinal(), "")
            return list(islice((k for k in keys if (-k[0].toordinal(), k[1]) > last), limit))
        behind = Q()
        if after is not None:
            since, pk = after
            behind = Q(believed_since__lte=since) & (Q(believed_since__lt=since) | Q(pk__gt=pk))
        rows = self.whole(today).filter(behind).order_by("-believed_since", "pk")
        return list(rows.values_list("believed_since", "pk")[:limit])

    def most_important(self, today: date, limit: int) -> list[EventView]:
        """The matching events most worth a mark: by weight, then by nearness to the day of asking."""
        if self.as_of is not None:
            rows = self.whole(today).order_by("-event__weight", "at", "pk_of")
            return view_beliefs(rows.select_related("event")[:limit], today, self.as_of)
        chosen = self._candidates(today)
        if chosen is None:
            rows = self.whole(today).order_by("-weight", "day", "pk")
            return self.loaded(list(rows.values_list("pk", flat=True)[:limit]), today)
        chosen.sort(key=lambda c: (-c[2], abs((c[1] - today).days), c[0]))
        return self.loaded([pk for pk, *_ in chosen[:limit]], today)

    def _candidates(self, today: date) -> list[tuple[str, date, int, date]] | None:
        """(id, day, weight, believed since) of all that match, in no order; None if they are more than CANDIDATES."""
        found: dict[str, None] = {}
        for part in self.parts(today):
            rows = self.once(self.asked(part, today).values_list(self.pk, flat=True))
            found |= dict.fromkeys(rows.order_by()[: CANDIDATES + 1])
            if len(found) > CANDIDATES:
                return None
        rows = Event.objects.filter(pk__in=list(found)).order_by()
        return list(rows.values_list("pk", "day", "weight", "believed_since"))

    @staticmethod
    def loaded(ids: Iterable[str], today: date) -> list[EventView]:
        """Events by id as believed now, in the order given; what is gone is left out."""
        return view_ids(list(ids), today)

    # --- as known on a day ----------------------------------------------------------------------

    def _known(
        self, today: date, after: Key | None, before: Key | None, limit: int | None, newest: bool
    ) -> list[EventBelief]:
        rows = self.whole(today).select_related("event")
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

    def whole(self, today: date) -> QuerySet[Any]:
        """Rows of Event, or with `as_of` of EventBelief, in no order, annotated alike (at, pk_of, since_of)."""
        if self.as_of is None:
            parts = Q()
            for part in self.parts(today) if self.days(today) != (None, None) else ():
                parts |= part
            rows = Event.objects.filter(parts & _live("") & self._conditions("", today) & self._told(""))
            return rows.order_by().annotate(at=F("day"), pk_of=F("pk"), since_of=F("believed_since"))
        known = Q(since__lte=self.as_of) & (Q(until=None) | Q(until__gt=self.as_of))
        conditions = known & _live("event__") & self._conditions("event__", today) & self._told("event__")
        return (
            EventBelief.objects.filter(conditions & self._meets(today))
            .order_by()
            .annotate(at=Coalesce("start", "end", "event__day"), pk_of=F("event_id"), since_of=F("since"))
        )

    # --- where is asked -------------------------------------------------------------------------

    @property
    def event(self) -> str:
        """The path to the event from the rows that are asked."""
        return "event__" if self.country or self.bloc or self.source else ""

    @property
    def pk(self) -> str:
        return "event_id" if self.event else "pk"

    def asked(self, part: Q, today: date) -> QuerySet[Any]:
        q = part & self._conditions(self.event, today)
        if self.country or self.bloc:
            told = self._told("event__", bloc=bool(self.country), source=True, country=False)
            return EventParticipant.objects.filter(q & told, actor__in=self.country or self.bloc).order_by()
        if self.source:
            return EventSource.objects.filter(q, source__slug__in=self.source).order_by()
        return Event.objects.filter(q & _live("")).order_by()

    def beside(self, part: Q, today: date) -> Q:
        """The conditions on rows of another table of events (see `OfEvent`); `part` stands for the window."""
        return part & self._conditions("event__", today) & self._told("event__")

    def once(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """An event stands several times in the tables of actors and sources where several are asked for."""
        several = len(self.country or self.bloc or self.source) > 1
        return rows.distinct() if several else rows

    def span(self, today: date) -> tuple[date, date] | None:
        """The first and last day that any matching event names; None where none matches."""
        if self.as_of is not None:
            found = self.whole(today).aggregate(Min("start"), Max("start"), Min("end"), Max("end"))
            named = [day for day in found.values() if day]
            return (min(named), max(named)) if named else None
        firsts = self.keys(today, limit=1)
        if not firsts:
            return None
        lasts = [firsts[0][0]]
        for part in self.parts(today):
            rows = self.asked(part, today)
            newest = rows.order_by("-day").values_list("day", "reach").first()
            if newest is None:
                continue
            day, reach = newest
            lasts.append(day)
            if self.event and reach in SPAN:  # they have no index by end, but these end soon
                rows = rows.filter(day__gte=_earlier(day, SPAN[reach]))
            lasts += rows.exclude(end=None).order_by("-end").values_list("end", flat=True)[:1]
        return firsts[0][0], max(lasts)

    def parts(self, today: date) -> list[Q]:
        """The window as conditions apart from one another, on `day`, `end` and `reach` of any table of events.

        All days are one part for events, and one for each reach where an index begins with it.
        """
        if not self.event and self.days(today) == (None, None):
            return [Q()]
        return [*self.near(today), *self.far(today)]

    def near(self, today: date) -> list[Q]:
        """The parts of a window for what lasts no longer than a year; those that `precision` can mean."""
        first, last = self.days(today)
        return self._near(first, Q(day__lte=last) if last is not None else Q())

    def carried(self, first: date) -> list[Q]:
        """Of the parts of a window from `first` on for what lasts no longer than a year: what began before it."""
        return self._near(first, Q(day__lt=first))

    def _near(self, first: date | None, begun: Q) -> list[Q]:
        parts = []
        for reach, days in SPAN.items():
            part = Q(reach=reach) & begun
            if first is not None:
                part &= Q(day__gte=_earlier(first, days), end__gte=first)
            if not self.precision or any(OF_PRECISION.get(p) == reach for p in self.precision):
                parts.append(part)
        return parts

    def far(self, today: date) -> list[Q]:
        """The parts of a window for what lasts longer, or has only one end."""
        first, last = self.days(today)
        begun = Q(day__lte=last) if last is not None else Q()
        lasting = Q(end__gte=first) if first is not None else Q()
        known = {Reach.LONGER: begun & lasting, Reach.NO_END: begun, Reach.NO_START: lasting}
        wanted = [reach for reach in known if not self.precision or FAR_PRECISION[reach] in self.precision]
        return [Q(reach=reach) & known[reach] for reach in wanted]

    def _meets(self, today: date) -> Q:
        """The window, on the days of a belief."""
        first, last = self.days(today)
        q = Q()
        if last is not None:
            q &= Q(start=None) | Q(start__lte=last)
        if first is not None:
            q &= Q(end=None) | Q(end__gte=first)
        return q

    # --- conditions -----------------------------------------------------------------------------

    def _conditions(self, event: str, today: date) -> Q:
        """All but window, actors and sources. `event`: the path from the row to its event.

        Days, status and precision are the row's own, or of its event where the row has none of its own.
        """
        own = event if self.as_of is None else ""
        q = Q()
        if self.kind:
            q &= Q(kind=self.kind) if self.as_of is None else Q(**{f"{event}kind": self.kind})
        if self.type:
            q &= Q(**{f"{event}type__in": self.type})
        if self.status:
            q &= self._status(own, today)
        if self.precision:
            q &= Q(**{f"{event}precision__in": self.precision}) if self.as_of is None else self._precision()
        if self.curated:
            q &= Q(**{f"{event}curated": self.curated == "yes"})
        for word in self.words.split():
            q &= self._word(word, event)
        return q & self._reports(event, today)

    def _reports(self, event: str, today: date) -> Q:
        """What the claims and beliefs of the event say about days of reports."""
        q = Q()
        if self.contradicted:
            pairs = Contradiction.objects.all()
            if self.as_of is not None:
                pairs = pairs.filter(first__reported__lte=self.as_of, second__reported__lte=self.as_of)
            differing = Q(**{f"{event}pk__in": pairs.values("event")})
            q &= differing if self.contradicted == "yes" else ~differing
        if self.reported:
            claims = Claim.objects.filter(event=OuterRef(f"{event}pk"))
            q &= Q(Exists(_between(claims, "reported", self.reported, today)))
        if self.new:
            first, last = days_of(self.new, self.as_of or today)
            q &= Q(**{f"{event}first_reported__gte": first}) if first else Q()
            q &= Q(**{f"{event}first_reported__lte": last}) if last else Q()
        if self.moved:
            fate = Q(change="status", status__in=PUT_OFF)
            changed = EventBelief.objects.filter(Q(change__in=MOVES) | fate)
            changed = _between(changed, "since", self.moved, self.as_of or today)
            q &= Q(**{f"{event}pk__in": changed.values("event")})
        return q

    def _precision(self) -> Q:
        """The length of what was believed, which a belief's row does not keep."""
        q, least = Q(), 0
        for precision, most in LONGEST.items():
            if precision in self.precision:
                longer = Q(end__gte=F("start") + timedelta(days=least))
                q |= longer & Q(end__lt=F("start") + timedelta(days=most))
            least = most
        if Precision.LONGER in self.precision:
            q |= Q(end__gte=F("start") + timedelta(days=least))
        return q | Q(start=None) | Q(end=None) if Precision.OPEN in self.precision else q

    def _status(self, own: str, today: date) -> Q:
        q = Q(**{f"{own}status__in": [status for status in self.status if status != LAPSED]})
        if LAPSED in self.status:
            known_on = min(self.as_of, today) if self.as_of else today
            q |= Q(end__lt=known_on) & ~Q(**{f"{own}status__in": SETTLED})
        return q

    def _told(self, event: str, *, country: bool = True, bloc: bool = True, source: bool = True) -> Q:
        """Who takes part and who tells of it, where that is not what the rows themselves are."""
        q = Q()
        for codes, wanted in ((self.country, country), (self.bloc, bloc)):
            if codes and wanted:
                q &= Q(Exists(EventParticipant.objects.filter(event=OuterRef(f"{event}pk"), actor__in=codes)))
        if self.source and source and self.as_of is None:
            told = EventSource.objects.filter(event=OuterRef(f"{event}pk"), source__slug__in=self.source)
            q &= Q(Exists(told))
        elif self.source and source:
            claims = Claim.objects.filter(event=OuterRef(f"{event}pk"), reported__lte=self.as_of)
            q &= Q(Exists(claims.filter(article__source__slug__in=self.source)))
        return q

    def _word(self, word: str, event: str) -> Q:
        if self.as_of is None:
            return Q(**{f"{event}words__icontains": word})
        # Event.words also holds what was said later: look into the claims known by then instead.
        known = Claim.objects.filter(event=OuterRef("event"), reported__lte=self.as_of)
        name = Q(actor__name_zh_hans__icontains=word) | Q(actor__name_zh_hant__icontains=word)
        name |= Q(actor__name_en__icontains=word)
        named = EventParticipant.objects.filter(name, event=OuterRef("event"))
        return Q(Exists(known.filter(evidence__icontains=word))) | Q(Exists(named))


def _live(event: str) -> Q:
    return Q(**{f"{event}merged_into": None, f"{event}retracted": False})


def _behind(after: Key | None, before: Key | None, pk: str) -> Q:
    """Keyset conditions; the first of each lets an index begin at the day."""
    q = Q()
    if after is not None:
        q &= Q(day__gte=after[0]) & (Q(day__gt=after[0]) | Q(**{f"{pk}__gt": after[1]}))
    if before is not None:
        q &= Q(day__lte=before[0]) & (Q(day__lt=before[0]) | Q(**{f"{pk}__lt": before[1]}))
    return q


def _between(rows: QuerySet[Any], column: str, span: str, today: date) -> QuerySet[Any]:
    first, last = days_of(span, today)
    if first is not None:
        rows = rows.filter(**{f"{column}__gte": first})
    return rows.filter(**{f"{column}__lte": last}) if last is not None else rows


def _earlier(day: date, days: int) -> date:
    return max(day, date.min + timedelta(days=days)) - timedelta(days=days)
