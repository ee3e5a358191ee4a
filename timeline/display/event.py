"""The one shape of an event that page, feed and API show, and how it is read with few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language, pgettext

from timeline.display.dates import span_words
from timeline.display.titles import title
from timeline.extraction.when import Days, When, dates_of, spans_of
from timeline.models import Actor, Claim, Event, EventBelief, EventParticipant, Membership
from timeline.models.dated import WHEN_COLUMNS, Status, when_in

GRACE = timedelta(days=3)  # in which reports of an event may still come
SETTLED = (Status.OCCURRED.value, Status.CANCELLED.value)
MAX_WORDS = 50_000  # titles and spans that a process remembers, some 200 bytes each


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as believed now, or on the day `as_of`; days inclusive, None open.

    `lapsed`: its days were over for some days by then and nobody had said that it took place or was cancelled.
    `enlarges`: an accession of those who are members already. With `as_of`, claims reported later are not counted.
    `evidence`: the sentence of the newest claim. `note`: why it matters, in an editor's words; "" with `as_of`.
    `day`: what events are ordered by (then by `id`). `weight`: who gets room first, as of now (see `Event`).
    `before`: days believed before the event was moved; `source_window`: the window that sources give where a law
    gives the day. Both are asked for by `with_other_days` alone.
    """

    id: str
    kind: str
    type: str
    stage: str
    place: Actor | None
    participants: tuple[Actor, ...]
    when: When
    status: str
    lapsed: bool
    day: date
    believed_since: date
    first_reported: date
    claim_count: int
    source_count: int
    weight: int = 0
    evidence: str = ""
    note: str = ""
    enlarges: bool = False
    as_of: date | None = None
    before: Days | None = None
    source_window: Days | None = None

    @property
    def state(self) -> str:
        """The status that is shown: `lapsed` stands above one that the days have overtaken."""
        return "lapsed" if self.lapsed else self.status

    @property
    def title(self) -> str:
        return self.title_in("")

    def title_in(self, lane: str) -> str:
        """Return the title without the actor of a lane (its code, "" for none), as it stands beside."""
        codes = tuple(actor.identity for actor in self.participants)
        place = self.place.identity if self.place else None
        key = ("title", get_language(), lane, self.kind, self.type, self.stage, self.enlarges, place, codes)
        return _once(key, lambda: title(self, lane=lane))

    @property
    def span(self) -> str:
        """The days in words; a day that only a law gives says so."""
        return _once(("span", get_language(), self.when), self._span)

    def _span(self) -> str:
        words = span_words(self.when)
        return pgettext("days of an event", "%(days)s (by law)") % {"days": words} if self.when.by_law else words

    @property
    def url(self) -> str:
        """The permanent path of the event, without `as_of`."""
        before, after = _event_path(get_script_prefix())
        return f"{before}{self.id}{after}"

    @property
    def link(self) -> str:
        """The path of the event as known on the same day."""
        return f"{self.url}?as_of={self.as_of}" if self.as_of else self.url


@lru_cache(maxsize=8)
def _event_path(prefix: str) -> tuple[str, str]:
    """Return what stands before and behind the id in the path of an event; an id is a slug, nothing to quote."""
    before, _, after = reverse("event", args=["0"]).rpartition("0")
    return before, after


_WORDS: dict[object, str] = {}


def _once(key: object, words: Callable[[], str]) -> str:
    """Words by all that they depend on: to make them anew each time is most of what pages and exports cost."""
    known = _WORDS.get(key)
    if known is None:
        if len(_WORDS) >= MAX_WORDS:
            _WORDS.clear()
        known = _WORDS[key] = words()
    return known


def as_json(event: EventView, *, base: str = "") -> dict[str, Any]:
    """Return plain values for feed and API, ISO 8601 days; `base`: scheme and host before the path in `url`."""
    return {
        "id": event.id,
        "url": base + event.url,
        "kind": event.kind,
        "type": event.type,
        "stage": event.stage,
        "place": _actor(event.place) if event.place else None,
        "participants": [_actor(actor) for actor in event.participants],
        **dates_of(event.when),
        "modifier": event.when.modifier,
        "extent": event.when.extent,
        "by_law": event.when.by_law,
        "status": event.status,
        "lapsed": event.lapsed,
        "edtf": event.when.edtf,
        "alternatives": spans_of(event.when),
        "believed_since": event.believed_since.isoformat(),
        "first_reported": event.first_reported.isoformat(),
        "claims": event.claim_count,
        "sources": event.source_count,
        "note": event.note,
        "title": event.title,
        "span": event.span,
    }


def _actor(actor: Actor) -> dict[str, str]:
    return {"code": actor.code, "name": actor.name}


# --- from rows ----------------------------------------------------------------------------------


def is_lapsed(end: date | None, status: str, today: date) -> bool:
    """Tell whether the last day is some days past and no report says that it took place or was cancelled."""
    return end is not None and end < lapsed_before(today) and status not in SETTLED


def lapsed_before(today: date) -> date:
    """Return the day before which (exclusive) an event must have ended to be called unconfirmed: reports take days."""
    return max(today, date.min + GRACE) - GRACE


def view_events(rows: Iterable[Event], today: date) -> list[EventView]:
    """View events as believed now, in the order given. At most four queries however many they are."""
    return _views([(event, event) for event in rows], today, None)


def view_ids(ids: Sequence[str], today: date) -> list[EventView]:
    """View events by id, as `view_events` does; missing ids are left out. No instance of Event is made."""
    found = Event.objects.filter(pk__in=ids).order_by().annotate(evidence=_newest_evidence(None))
    rows = {row.pk: row for row in found.values_list(*COLUMNS, "evidence", named=True)}
    evidence = {pk: row.evidence or "" for pk, row in rows.items()}
    return _views([(rows[pk], rows[pk]) for pk in ids if pk in rows], today, None, evidence)


def view_beliefs(rows: Iterable[EventBelief], today: date, as_of: date) -> list[EventView]:
    """View events as believed on `as_of` (rows with their `event`). At most five queries however many they are."""
    return _views([(belief.event, belief) for belief in rows], today, as_of)


def view_known(row: Event, today: date, as_of: date | None) -> EventView | None:
    """One event as believed now, or on `as_of`; None where nothing was known of it on that day."""
    if as_of is None:
        return view_events([row], today)[0]
    known = EventBelief.objects.filter(event=row, since__lte=as_of).select_related("event").order_by("-since")
    views = view_beliefs(known[:1], today, as_of)
    return views[0] if views else None


Row = tuple[Event, Event | EventBelief]
ACTOR_COLUMNS = ("code", "kind", "name_zh_hans", "name_zh_hant", "name_en")
COLUMNS = (  # of an event, all that a view shows
    *("pk", "kind", "type", "stage", "place_id", *WHEN_COLUMNS, "by_law", "status", "day", "believed_since"),
    *("first_reported", "claim_count", "source_count", "weight", "note"),
)


def _views(
    rows: Sequence[Row], today: date, as_of: date | None, evidence: Mapping[str, str] | None = None
) -> list[EventView]:
    events = [event for event, _ in rows]
    ids = [event.pk for event in events]
    actors, participants = _actors(events)
    if evidence is None:
        evidence = _evidence(ids, as_of)
    counts = _counts(ids, as_of) if as_of else {}
    known_on = min(as_of, today) if as_of else today
    members = _members([(event, participants[event.pk]) for event in events if event.type == "accession"])
    return [
        EventView(
            id=event.pk,
            kind=event.kind,
            type=event.type,
            stage=event.stage,
            place=actors.get(event.place_id) if event.place_id else None,
            participants=tuple(actor for actor in participants[event.pk] if actor.code != event.place_id),
            when=when,
            status=dated.status,
            lapsed=is_lapsed(when.end, dated.status, known_on),
            day=when.start or when.end or event.day,
            believed_since=dated.since if isinstance(dated, EventBelief) else dated.believed_since,
            first_reported=event.first_reported,
            claim_count=counts.get(event.pk, (0, 0))[0] if as_of else event.claim_count,
            source_count=counts.get(event.pk, (0, 0))[1] if as_of else event.source_count,
            weight=event.weight,
            evidence=evidence.get(event.pk, ""),
            note="" if as_of else event.note,
            enlarges=event.pk in members,
            as_of=as_of,
        )
        for event, dated in rows
        for when in [when_in(dated)]
    ]


def _actors(events: Sequence[Event]) -> tuple[dict[str, Actor], dict[str, list[Actor]]]:
    """All actors of these events by code, places included; and by event those who take part, in order."""
    rows = EventParticipant.objects.filter(event__in=[event.pk for event in events]).order_by("event_id", "position")
    actors: dict[str, Actor] = {}
    participants: dict[str, list[Actor]] = defaultdict(list)
    for pk, code, *names in rows.values_list("event_id", "actor_id", *(f"actor__{name}" for name in ACTOR_COLUMNS[1:])):
        actor = actors.get(code)
        if actor is None:
            actor = actors[code] = Actor.from_db(rows.db, ACTOR_COLUMNS, (code, *names))
        participants[pk].append(actor)
    if elsewhere := {event.place_id for event in events if event.place_id} - actors.keys():
        actors |= Actor.objects.in_bulk(elsewhere)
    return actors, participants


OWN_WORDS = Q(reprint_of=None)


def known_claims(as_of: date | None) -> QuerySet[Claim]:
    """Return claims reported up to a day (inclusive), or all."""
    return Claim.objects.filter(reported__lte=as_of) if as_of else Claim.objects.all()


def _evidence(ids: Sequence[str], as_of: date | None) -> dict[str, str]:
    rows = Event.objects.filter(pk__in=ids).order_by()
    found = rows.annotate(evidence=_newest_evidence(as_of)).values_list("pk", "evidence")
    return {pk: evidence or "" for pk, evidence in found}


def _newest_evidence(as_of: date | None) -> Subquery:
    newest = known_claims(as_of).filter(event=OuterRef("pk")).order_by("-reported", "-pk")
    return Subquery(newest.values("evidence")[:1])


def newest_claims(ids: Sequence[str], as_of: date | None) -> dict[str, Claim]:
    """Return the newest claim of each event by the event's id, with its article; `as_of`: as known on that day."""
    newest = known_claims(as_of).filter(event=OuterRef("pk")).order_by("-reported", "-pk")
    rows = Event.objects.filter(pk__in=ids).order_by().annotate(newest=Subquery(newest.values("pk")[:1]))
    by_claim = {claim: pk for pk, claim in rows.values_list("pk", "newest") if claim is not None}
    claims = Claim.objects.filter(pk__in=by_claim).select_related("article")
    return {by_claim[c.pk]: c for c in claims.defer("article__markup", "article__text")}


def _counts(ids: Sequence[str], as_of: date) -> dict[str, tuple[int, int]]:
    rows = known_claims(as_of).filter(event__in=ids).order_by().values("event")
    counted = rows.annotate(claims=Count("pk"), sources=Count("article__source", filter=OWN_WORDS, distinct=True))
    return {row["event"]: (row["claims"], row["sources"]) for row in counted}


# --- other days of the same event ---------------------------------------------------------------

UNSETTLED = (Status.SCHEDULED.value, Status.EXPECTED.value, Status.CONDITIONAL.value, Status.POSTPONED.value)


def with_other_days(events: Sequence[EventView]) -> list[EventView]:
    """Return the events with `before` and `source_window` filled in.

    One query for those that may have moved, one for those by law.
    """
    changed = [e for e in events if e.status in UNSETTLED and _may_have_moved(e)]
    before = _before_moving(changed) if changed else {}
    by_law = [e for e in events if e.when.by_law]
    windows = _source_windows([e.id for e in by_law], by_law[0].as_of) if by_law else {}
    other = before.keys() | windows.keys()
    return [
        replace(e, before=before.get(e.id), source_window=windows.get(e.id)) if e.id in other else e for e in events
    ]


def _may_have_moved(event: EventView) -> bool:
    return event.status == Status.POSTPONED or event.believed_since > event.first_reported


def _before_moving(events: Sequence[EventView]) -> dict[str, Days]:
    """Find the newest earlier days of the events that were postponed or moved, by id."""
    views = {event.id: event for event in events}
    rows = known_beliefs(events[0].as_of).filter(event__in=views).order_by("event", "-since")
    histories: dict[str, list[tuple[str, Days]]] = defaultdict(list)
    for pk, change, start, end in rows.values_list("event_id", "change", "start", "end"):
        histories[pk].append((change, (start, end)))
    found = {}
    for pk, history in histories.items():
        now = views[pk].when.days
        moved = history[0][0] == "moved" or views[pk].status == Status.POSTPONED
        earlier = next((days for _, days in history if days != now), None)
        if moved and earlier:
            found[pk] = earlier
    return found


def known_beliefs(as_of: date | None) -> QuerySet[EventBelief]:
    """Return beliefs that began up to a day (inclusive), or all."""
    return EventBelief.objects.filter(since__lte=as_of) if as_of else EventBelief.objects.all()


def _source_windows(ids: Sequence[str], as_of: date | None) -> dict[str, Days]:
    """Find the window (both ends inclusive) of the newest claim that gives more than a day, by event id."""
    newest = known_claims(as_of).filter(event=OuterRef("pk"), start__lt=F("end")).order_by("-reported", "-pk")
    rows = Event.objects.filter(pk__in=ids).order_by()
    first, last = Subquery(newest.values("start")[:1]), Subquery(newest.values("end")[:1])
    found = rows.annotate(window_start=first, window_end=last).values_list("pk", "window_start", "window_end")
    return {pk: (start, end) for pk, start, end in found if start and end}


def _members(accessions: Sequence[tuple[Event, Sequence[Actor]]]) -> set[str]:
    """Which of these accessions name only countries that belonged to the bloc before."""
    blocs = {a.code for _, actors in accessions for a in actors if a.kind == Actor.Kind.BLOC}
    belongs: dict[str, list[Membership]] = defaultdict(list)
    for membership in Membership.objects.filter(bloc__in=blocs).order_by(F("since").asc(nulls_first=True)):
        belongs[membership.member_id].append(membership)
    found = set()
    for event, actors in accessions:
        own = {a.code for a in actors if a.kind == Actor.Kind.BLOC}
        countries = [a.code for a in actors if a.kind == Actor.Kind.COUNTRY]
        if countries and all(_belonged(belongs[code], own, _before(event)) for code in countries):
            found.add(event.pk)
    return found


def _before(event: Event) -> date:
    return min(event.first_reported, event.start) if event.start else event.first_reported


def _belonged(memberships: Sequence[Membership], blocs: set[str], day: date) -> bool:
    return any(
        m.bloc_id in blocs and (m.since is None or m.since < day) and (m.until is None or m.until >= day)
        for m in memberships
    )
