"""Keep the inbox: contradictions, moves, proposals, doubtful claims …, one row for each event or claim.

A correction settles the signals that its editor saw; they come back only once they differ. `refresh` follows what
changed; after a correction its event is updated at once. All rows can be recomputed from the events.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from timeline.curation.candidates import STRONG_SCORE, candidates
from timeline.display.event import OWN_WORDS
from timeline.extraction.gazetteer.offices import may_vote
from timeline.models import (
    Actor,
    Article,
    Assignment,
    Attention,
    AttentionMark,
    Claim,
    Contradiction,
    Correction,
    ErrorReport,
    Event,
    EventBelief,
    EventParticipant,
    Followed,
    Reason,
)
from timeline.models.dated import Kind
from timeline.query.conditions import PUT_OFF

BATCH_SIZE = 200  # events that are updated in one transaction
MAX_RUN_SECONDS = 40  # of one run; the next goes on
MAX_COMMIT_DELAY = timedelta(minutes=3)  # between the stamp of a row and the commit that makes it visible
CANDIDATE_HORIZON = timedelta(days=90)  # after its end no merge candidates of an event are looked for
MOVES = ("moved", "revised")  # changes of belief that need an editor; narrowing does not
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNCERTAINTY = {
    Reason.WAITS: 4,
    Reason.PROPOSAL: 3,
    Reason.CONTRADICTION: 3,
    Reason.LAPSED: 2,
    Reason.MOVED: 2,
    Reason.MERGE: 2,
    Reason.DOUBTFUL: 2,
    Reason.BLOC: 1,
    Reason.ASSIGNED: 3,
    Reason.PUT_OFF: 3,
    Reason.OFFICE: 2,
    Reason.REPORTED: 3,
}
_After = Callable[[datetime, str], list[tuple[datetime, str]]]
_Update = Callable[[Iterable[str]], None]
OPEN_UNTIL_DECIDED = frozenset({Reason.WAITS, Reason.PROPOSAL, Reason.ASSIGNED})  # whatever else was corrected


@dataclass(slots=True)
class _Signals:
    """The signals of an event: by reason a string that differs once there is something new to see."""

    of: dict[str, str] = field(default_factory=dict)

    def open(self, settled: Mapping[str, str]) -> list[str]:
        """Return the reasons whose signals differ from the settled ones."""
        return [r.value for r in Reason if r in self.of and (r in OPEN_UNTIL_DECIDED or settled.get(r) != self.of[r])]


# --- events -------------------------------------------------------------------------------------


@transaction.atomic
def update_events(ids: Iterable[str]) -> None:
    """Update the inbox rows of these events."""
    wanted = sorted(set(ids))
    rows = {row.event_id: row for row in Attention.objects.select_for_update().filter(event__in=wanted).order_by("pk")}
    events = Event.objects.filter(pk__in=wanted, merged_into=None, retracted=False).order_by("pk")
    live = list(events)
    facts, corrections, codes = _signals(live), _newest_corrections(live), _codes(live)
    people = _assigned_to(Assignment.objects.filter(Q(event__in=live) | Q(claim__event__in=live)))
    for pk, users in people.items():
        facts[str(pk)].of[Reason.ASSIGNED] = " ".join(map(str, users))
    keep, marks = [], {}
    for event in live:
        row = rows.get(event.pk) or Attention(event=event)
        _settle_row(row, facts[event.pk], corrections.get(event.pk, 0))
        row.reasons = facts[event.pk].open(row.settled)
        row.unsure = sum(UNCERTAINTY[Reason(reason)] for reason in row.reasons)
        row.weight, row.day, row.noticed_at = event.weight, event.day, timezone.now()
        if row.reasons or row.settled or row.pk:
            keep.append(row)
            marks[event.pk] = _marks(row.reasons, event.kind, event.type, codes[event.pk], people.get(event.pk, ()))
    columns = ["reasons", "unsure", "weight", "day", "settled", "decision", "noticed_at"]
    Attention.objects.bulk_create(
        [row for row in keep if not row.pk], update_conflicts=True, unique_fields=["event"], update_fields=columns
    )
    Attention.objects.bulk_update([row for row in keep if row.pk], columns)
    gone = set(wanted) - {event.pk for event in live}
    Attention.objects.filter(event__in=gone).delete()
    Attention.objects.filter(claim__event__in=wanted).delete()
    stored = {row.event_id: row for row in Attention.objects.filter(event__in=list(marks))}
    _mark({stored[pk].pk: (stored[pk].day, words) for pk, words in marks.items()})


def _settle_row(row: Attention, facts: _Signals, newest: int) -> None:
    """Settle the signals if there is a newer correction; clear them if the newest was undone."""
    if newest > row.decision:
        row.settled = dict(facts.of)
    elif newest < row.decision:
        row.settled = {}
    row.decision = newest


def _assigned_to(rows: QuerySet[Assignment]) -> dict[str | int, list[int]]:
    """Return the users who are asked to look at an item, by the id of its event, else of its claim."""
    found: dict[str | int, list[int]] = defaultdict(list)
    columns = ("event", "claim__event", "claim", "to")
    for event, of_claim, claim, user in rows.filter(done_at=None).order_by("pk").values_list(*columns):
        if (key := event or of_claim or claim) is not None:
            found[key] = [*dict.fromkeys([*found[key], user])]
    return found


def _newest_corrections(events: Sequence[Event]) -> dict[str, int]:
    rows = Correction.objects.filter(event__in=events, undone_at=None).order_by().values("event")
    return {row["event"]: row["newest"] for row in rows.annotate(newest=Max("pk"))}


def _codes(events: Sequence[Event]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for pk, code in EventParticipant.objects.filter(event__in=events).order_by().values_list("event_id", "actor_id"):
        found[pk].append(code)
    return found


def _signals(events: Sequence[Event]) -> dict[str, _Signals]:
    found = {event.pk: _Signals() for event in events}
    for pk, word in _contradictions(events).items():
        found[pk].of[Reason.CONTRADICTION] = word
    for pk, word in _moves(events).items():
        found[pk].of[Reason.MOVED] = word
    for pk in _with_waiting_correction(events):
        found[pk].of[Reason.WAITS] = "yes"
    for pk, codes in _first_of_bloc(events).items():
        found[pk].of[Reason.BLOC] = " ".join(sorted(codes))
    for pk, word in _newest_put_off(events).items():
        found[pk].of[Reason.PUT_OFF] = word
    reports = ErrorReport.objects.filter(event__in=events, settled_at=None).order_by().values("event")
    for row in reports.annotate(newest=Max("pk")):
        found[row["event"]].of[Reason.REPORTED] = str(row["newest"])
    for pk, word in _impossible_votes(events).items():
        found[pk].of[Reason.OFFICE] = word
    horizon = timezone.localdate() - CANDIDATE_HORIZON
    for event in events:
        if event.proposals:
            found[event.pk].of[Reason.PROPOSAL] = json.dumps(event.proposals, sort_keys=True)
        if event.end is None or event.end >= horizon:
            twins = sorted(one.event for one in candidates(event) if one.score >= STRONG_SCORE or one.twin)
            if twins:
                found[event.pk].of[Reason.MERGE] = " ".join(twins)
    return found


def _contradictions(events: Sequence[Event]) -> dict[str, str]:
    """Return by event the days that differ, of the same days the statuses too."""
    days = [f"{side}__{name}" for side in ("first", "second") for name in ("start", "end", "status")]
    differing: dict[str, set[str]] = defaultdict(set)
    for pk, *rest in Contradiction.objects.filter(event__in=events).order_by().values_list("event_id", *days):
        if rest[:2] == rest[3:5]:
            differing[pk] |= {"/".join(map(str, rest[:3])), "/".join(map(str, rest[3:]))}
        else:
            differing[pk] |= {f"{rest[0]}/{rest[1]}", f"{rest[3]}/{rest[4]}"}
    return {pk: " ".join(sorted(words)) for pk, words in differing.items()}


def _newest_put_off(events: Sequence[Event]) -> dict[str, str]:
    """Return by event the last day of reports, where one of that day says it is off but the event stands."""
    standing = [event.pk for event in events if event.status not in PUT_OFF]
    last = Claim.objects.filter(event=OuterRef("event")).order_by("-reported").values("reported")[:1]
    rows = Claim.objects.filter(OWN_WORDS, event__in=standing, status__in=PUT_OFF, reported=Subquery(last))
    return {str(pk): reported.isoformat() for pk, reported in rows.order_by().values_list("event", "reported")}


def _impossible_votes(events: Sequence[Event]) -> dict[str, str]:
    """Return by event the country and the type of a vote that the country does not hold on that day."""
    votes = {event.pk: event for event in events if event.kind == Kind.ELECTION}
    rows = EventParticipant.objects.filter(event__in=list(votes)).order_by("event", "position")
    first: dict[str, str] = {}
    for pk, code in rows.values_list("event_id", "actor_id"):
        first.setdefault(pk, code)
    return {
        pk: f"{code} {votes[pk].type}"
        for pk, code in first.items()
        if not may_vote(code, votes[pk].type, votes[pk].stage, votes[pk].day)
    }


def _moves(events: Sequence[Event]) -> dict[str, str]:
    """Return the last move, postponement or cancellation by event, except those by corrections."""
    moved = Q(change__in=MOVES) | Q(change="status", status__in=PUT_OFF)
    rows = EventBelief.objects.filter(moved, event__in=events).exclude(change="corrected").order_by("event", "since")
    return {
        pk: f"{since} {start}/{end} {status}"
        for pk, since, start, end, status in rows.values_list("event_id", "since", "start", "end", "status")
    }


def _with_waiting_correction(events: Sequence[Event]) -> set[str]:
    rows = Correction.objects.filter(event__in=events, waits=True, undone_at=None).order_by()
    return set(rows.values_list("event_id", flat=True))


def _first_of_bloc(events: Sequence[Event]) -> dict[str, set[str]]:
    """Return by event the blocs of which it is the first event reported."""
    others = EventParticipant.objects.filter(actor=OuterRef("actor")).exclude(event=OuterRef("event"))
    earlier = others.filter(
        Q(event__first_reported__lt=OuterRef("event__first_reported"))
        | Q(event__first_reported=OuterRef("event__first_reported"), event__lt=OuterRef("event"))
    )
    rows = EventParticipant.objects.filter(event__in=events, actor__kind=Actor.Kind.BLOC).exclude(Exists(earlier))
    found: dict[str, set[str]] = defaultdict(set)
    for pk, code in rows.order_by().values_list("event_id", "actor_id"):
        found[pk].add(code)
    return found


# --- claims without an event --------------------------------------------------------------------


@transaction.atomic
def update_claims(articles: Iterable[int]) -> None:
    """Update the inbox rows of the doubtful claims of these articles, without reprints."""
    ids = list(articles)
    claims = Claim.objects.filter(article__in=ids, event=None, reprint_of=None).exclude(doubts=[]).order_by("pk")
    open_now = list(claims.only("pk", "kind", "type", "start", "end", "reported", "participants"))
    Attention.objects.filter(claim__article__in=ids).exclude(claim__in=open_now).delete()
    rows = [Attention(claim=claim, reasons=[Reason.DOUBTFUL.value], day=_day(claim)) for claim in open_now]
    for row in rows:
        row.unsure, row.weight = UNCERTAINTY[Reason.DOUBTFUL], 1
    # A dismissed claim keeps its row, without a reason.
    Attention.objects.bulk_create(rows, update_conflicts=True, unique_fields=["claim"], update_fields=["day"])
    stored = {row.claim_id: row for row in Attention.objects.filter(claim__in=open_now)}
    people = _assigned_to(Assignment.objects.filter(claim__in=open_now))
    for row in stored.values():
        _set_assigned(row, row.claim_id in people)
    Attention.objects.bulk_update(stored.values(), ["reasons", "unsure"])
    wanted = {}
    for c in open_now:
        words = _marks(stored[c.pk].reasons, c.kind, c.type, c.participants, people.get(c.pk, ()))
        wanted[stored[c.pk].pk] = (stored[c.pk].day, words)
    _mark(wanted)


def _set_assigned(row: Attention, assigned: bool) -> None:
    others = [reason for reason in row.reasons if reason != Reason.ASSIGNED]
    row.reasons = [*others, Reason.ASSIGNED.value] if assigned else others
    row.unsure = sum(UNCERTAINTY[Reason(reason)] for reason in row.reasons)


@transaction.atomic
def dismiss_claim(claim: Claim) -> None:
    """Remove a doubtful claim from the inbox; it stays doubtful."""
    row, _made = Attention.objects.get_or_create(claim=claim, defaults={"day": _day(claim)})
    row.reasons, row.unsure, row.settled = [], 0, {Reason.DOUBTFUL.value: "left"}
    row.save()
    row.marks.all().delete()


def _day(claim: Claim) -> date:
    day = claim.start or claim.end
    return day or claim.reported


# --- marks, by which rows are found ---------------------------------------------------------------------


def _marks(reasons: Sequence[str], kind: str, type: str, codes: Iterable[str], people: Iterable[int] = ()) -> list[str]:
    if not reasons:
        return []
    found = ["all", *(f"reason:{reason}" for reason in reasons), f"kind:{kind}", f"type:{type}"]
    found += [f"for:{user}" for user in people]
    return [*found, *(f"actor:{code}" for code in dict.fromkeys(codes))]


def _mark(wanted: Mapping[int, tuple[date, Sequence[str]]]) -> None:
    """Store the marks of these rows: by pk the day and the marks."""
    goal = {(pk, mark, day) for pk, (day, marks) in wanted.items() for mark in marks}
    rows = AttentionMark.objects.filter(attention__in=list(wanted)).values_list("pk", "attention_id", "mark", "day")
    there = {(attention, mark, day): pk for pk, attention, mark, day in rows}
    AttentionMark.objects.filter(pk__in=[pk for key, pk in there.items() if key not in goal]).delete()
    new = [AttentionMark(attention_id=pk, mark=mark, day=day) for pk, mark, day in sorted(goal - there.keys())]
    AttentionMark.objects.bulk_create(new, ignore_conflicts=True)


# --- following changes ----------------------------------------------------------------------------------


def refresh(seconds: float = MAX_RUN_SECONDS) -> int:
    """Update the inbox with what changed since the last run; return how many events, articles and corrections."""
    until = time.monotonic() + seconds
    return sum(walk(until) for walk in (_follow_corrections, _follow_events, _follow_articles, _follow_reports))


def _follow_events(until: float) -> int:
    def after(moment: datetime, place: str) -> list[tuple[datetime, str]]:
        ahead = Event.objects.filter(Q(changed_at__gt=moment) | Q(changed_at=moment, pk__gt=place))
        rows = ahead.filter(changed_at__gte=moment).order_by("changed_at", "pk").values_list("changed_at", "pk")
        return list(rows[:BATCH_SIZE])

    return _follow("events", until, after, update_events)


def _follow_articles(until: float) -> int:
    def after(moment: datetime, place: str) -> list[tuple[datetime, str]]:
        ahead = Article.objects.filter(Q(state_since__gt=moment) | Q(state_since=moment, pk__gt=int(place or 0)))
        rows = ahead.filter(state=Article.State.DONE, state_since__gte=moment).order_by("state_since", "pk")
        return [(since, str(pk)) for since, pk in rows.values_list("state_since", "pk")[:BATCH_SIZE]]

    return _follow("articles", until, after, lambda ids: update_claims(map(int, ids)))


def _follow_reports(until: float) -> int:
    """Follow the reports of readers: they change no event."""

    def after(moment: datetime, place: str) -> list[tuple[datetime, str]]:
        ahead = ErrorReport.objects.filter(Q(made_at__gt=moment) | Q(made_at=moment, pk__gt=int(place or 0)))
        rows = ahead.filter(made_at__gte=moment).order_by("made_at", "pk").values_list("made_at", "pk")
        return [(at, str(pk)) for at, pk in rows[:BATCH_SIZE]]

    def reported(ids: Iterable[str]) -> None:
        update_events(ErrorReport.objects.filter(pk__in=list(map(int, ids))).values_list("event_id", flat=True))

    return _follow("reports", until, after, reported)


def _follow_corrections(until: float) -> int:
    """Follow the history of corrections: one that waits for approval changes no event."""
    history = Correction.history.model.objects

    def after(moment: datetime, place: str) -> list[tuple[datetime, str]]:
        ahead = history.filter(Q(history_date__gt=moment) | Q(history_date=moment, history_id__gt=int(place or 0)))
        rows = ahead.filter(history_date__gte=moment).order_by("history_date", "history_id")
        return [(at, str(pk)) for at, pk in rows.values_list("history_date", "history_id")[:BATCH_SIZE]]

    def decided(ids: Iterable[str]) -> None:
        rows = Correction.objects.filter(pk__in=history.filter(history_id__in=list(map(int, ids))).values("id"))
        update_events(pk for pair in rows.values_list("event_id", "other_id") for pk in pair if pk)

    return _follow("decisions", until, after, decided)


def _follow(name: str, until: float, after: _After, see: _Update) -> int:
    """Go on from where the last run ended; start again MAX_COMMIT_DELAY earlier, since rows become visible late."""
    row, _made = Followed.objects.get_or_create(name=name, defaults={"moment": EPOCH})
    moment, place, seen = row.moment, row.place, 0
    while time.monotonic() < until:
        found = after(moment, place)
        if not found:
            break
        see([pk for _, pk in found])
        moment, place = found[-1]
        seen += len(found)
        surely = timezone.now() - MAX_COMMIT_DELAY
        kept = (moment, place) if moment < surely else (max(surely, row.moment), "")
        Followed.objects.filter(pk=name).update(moment=kept[0], place=kept[1])
        if len(found) < BATCH_SIZE:
            break
    return seen
