"""Notices what needs a person: contradictions, moves, proposals, doubtful readings …, a row for each event or claim.

What an editor had before him when he decided is settled, and comes back only once it differs. A follower walks along
what changed; whoever decides about an event lets it be noticed at once. All of it can be made anew from the events.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from timeline.curation.candidates import STRONG, candidates
from timeline.models import (
    Actor,
    Article,
    Attention,
    AttentionMark,
    Claim,
    Contradiction,
    Correction,
    Event,
    EventBelief,
    EventParticipant,
    Followed,
    Reason,
)
from timeline.query.conditions import PUT_OFF

BATCH = 200  # events noticed in one transaction
SECONDS = 40  # of one run; what is left comes with the next
LATE = timedelta(minutes=3)  # a transaction may become visible so long after it stamped its rows
PAST = timedelta(days=90)  # nobody looks for the twins of what is longer over
MOVES = ("moved", "revised")  # to have become more precise needs nobody
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
UNSURE = {
    Reason.WAITS: 4,
    Reason.PROPOSAL: 3,
    Reason.CONTRADICTION: 3,
    Reason.LAPSED: 2,
    Reason.MOVED: 2,
    Reason.MERGE: 2,
    Reason.DOUBTFUL: 2,
    Reason.BLOC: 1,
}
_After = Callable[[datetime, str], list[tuple[datetime, str]]]
_See = Callable[[Iterable[str]], None]
ALWAYS = frozenset({Reason.WAITS, Reason.PROPOSAL})  # until it is decided, whatever else was


@dataclass(slots=True)
class _Facts:
    """What speaks for a reason, in one word: it differs when there is something new to see."""

    of: dict[str, str] = field(default_factory=dict)

    def open(self, settled: Mapping[str, str]) -> list[str]:
        return [r.value for r in Reason if r in self.of and (r in ALWAYS or settled.get(r) != self.of[r])]


# --- events -------------------------------------------------------------------------------------


@transaction.atomic
def notice(ids: Iterable[str]) -> None:
    """Bring what is noticed of these events up to date."""
    wanted = sorted(set(ids))
    rows = {row.event_id: row for row in Attention.objects.select_for_update().filter(event__in=wanted).order_by("pk")}
    events = Event.objects.filter(pk__in=wanted, merged_into=None, retracted=False).defer("words").order_by("pk")
    live = list(events)
    facts, decisions, codes = _facts(live), _newest_decisions(live), _codes(live)
    keep, marks = [], {}
    for event in live:
        row = rows.get(event.pk) or Attention(event=event)
        _settle(row, facts[event.pk], decisions.get(event.pk, 0))
        row.reasons = facts[event.pk].open(row.settled)
        row.unsure = sum(UNSURE[Reason(reason)] for reason in row.reasons)
        row.weight, row.day, row.noticed_at = event.weight, event.day, timezone.now()
        if row.reasons or row.settled or row.pk:
            keep.append(row)
            marks[event.pk] = _marks(row.reasons, event.kind, event.type, codes[event.pk])
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


def _settle(row: Attention, facts: _Facts, newest: int) -> None:
    """A newer decision settles what it had before it; one that was taken back settles nothing any more."""
    if newest > row.decision:
        row.settled = dict(facts.of)
    elif newest < row.decision:
        row.settled = {}
    row.decision = newest


def _newest_decisions(events: Sequence[Event]) -> dict[str, int]:
    rows = Correction.objects.filter(event__in=events, undone_at=None).order_by().values("event")
    return {row["event"]: row["newest"] for row in rows.annotate(newest=Max("pk"))}


def _codes(events: Sequence[Event]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for pk, code in EventParticipant.objects.filter(event__in=events).order_by().values_list("event_id", "actor_id"):
        found[pk].append(code)
    return found


def _facts(events: Sequence[Event]) -> dict[str, _Facts]:
    found = {event.pk: _Facts() for event in events}
    for pk, word in _contradictions(events).items():
        found[pk].of[Reason.CONTRADICTION] = word
    for pk, word in _moves(events).items():
        found[pk].of[Reason.MOVED] = word
    for pk in _waiting(events):
        found[pk].of[Reason.WAITS] = "yes"
    for pk, codes in _first_of_bloc(events).items():
        found[pk].of[Reason.BLOC] = " ".join(sorted(codes))
    horizon = timezone.localdate() - PAST
    for event in events:
        if event.proposals:
            found[event.pk].of[Reason.PROPOSAL] = json.dumps(event.proposals, sort_keys=True)
        if event.end is None or event.end >= horizon:
            twins = sorted(one.event for one in candidates(event) if one.score >= STRONG)
            if twins:
                found[event.pk].of[Reason.MERGE] = " ".join(twins)
    return found


def _contradictions(events: Sequence[Event]) -> dict[str, str]:
    """The days that differ, by event."""
    days = [f"{side}__{end}" for side in ("first", "second") for end in ("start", "end")]
    told: dict[str, set[str]] = defaultdict(set)
    for pk, *rest in Contradiction.objects.filter(event__in=events).order_by().values_list("event_id", *days):
        told[pk] |= {f"{rest[0]}/{rest[1]}", f"{rest[2]}/{rest[3]}"}
    return {pk: " ".join(sorted(words)) for pk, words in told.items()}


def _moves(events: Sequence[Event]) -> dict[str, str]:
    """The last move to other days or out of the calendar, by event; what an editor moved is none."""
    moved = Q(change__in=MOVES) | Q(change="status", status__in=PUT_OFF)
    rows = EventBelief.objects.filter(moved, event__in=events).exclude(change="corrected").order_by("event", "since")
    return {
        pk: f"{since} {start}/{end} {status}"
        for pk, since, start, end, status in rows.values_list("event_id", "since", "start", "end", "status")
    }


def _waiting(events: Sequence[Event]) -> set[str]:
    rows = Correction.objects.filter(event__in=events, waits=True, undone_at=None).order_by()
    return set(rows.values_list("event_id", flat=True))


def _first_of_bloc(events: Sequence[Event]) -> dict[str, set[str]]:
    """The blocs of which these events are the first that was heard of."""
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
def notice_claims(articles: Iterable[int]) -> None:
    """Bring what is noticed of the doubtful claims of these articles up to date; a reprint is told once."""
    ids = list(articles)
    claims = Claim.objects.filter(article__in=ids, event=None, reprint_of=None).exclude(doubts=[]).order_by("pk")
    open_now = list(claims.only("pk", "kind", "type", "start", "end", "reported", "participants"))
    Attention.objects.filter(claim__article__in=ids).exclude(claim__in=open_now).delete()
    rows = [Attention(claim=claim, reasons=[Reason.DOUBTFUL.value], day=_day(claim)) for claim in open_now]
    for row in rows:
        row.unsure, row.weight = UNSURE[Reason.DOUBTFUL], 1
    # One that an editor has left aside keeps its row, without a reason.
    Attention.objects.bulk_create(rows, update_conflicts=True, unique_fields=["claim"], update_fields=["day"])
    stored = {row.claim_id: row for row in Attention.objects.filter(claim__in=open_now)}
    _mark(
        {
            stored[c.pk].pk: (stored[c.pk].day, _marks(stored[c.pk].reasons, c.kind, c.type, c.participants))
            for c in open_now
        }
    )


@transaction.atomic
def leave(claim: Claim) -> None:
    """An editor looked at a doubtful claim and leaves it doubtful."""
    row, _made = Attention.objects.get_or_create(claim=claim, defaults={"day": _day(claim)})
    row.reasons, row.unsure, row.settled = [], 0, {Reason.DOUBTFUL.value: "left"}
    row.save()
    row.marks.all().delete()


@transaction.atomic
def bring_back(claim: Claim) -> None:
    """It needs a person again."""
    Attention.objects.filter(claim=claim).delete()
    notice_claims([claim.article_id])


def _day(claim: Claim) -> date:
    day = claim.start or claim.end
    return day or claim.reported


# --- by what they are found ---------------------------------------------------------------------


def _marks(reasons: Sequence[str], kind: str, type: str, codes: Iterable[str]) -> list[str]:
    if not reasons:
        return []
    found = ["all", *(f"reason:{reason}" for reason in reasons), f"kind:{kind}", f"type:{type}"]
    return [*found, *(f"actor:{code}" for code in dict.fromkeys(codes))]


def _mark(wanted: Mapping[int, tuple[date, Sequence[str]]]) -> None:
    """Make the marks of these rows what they should be."""
    goal = {(pk, mark, day) for pk, (day, marks) in wanted.items() for mark in marks}
    rows = AttentionMark.objects.filter(attention__in=list(wanted)).values_list("pk", "attention_id", "mark", "day")
    there = {(attention, mark, day): pk for pk, attention, mark, day in rows}
    AttentionMark.objects.filter(pk__in=[pk for key, pk in there.items() if key not in goal]).delete()
    new = [AttentionMark(attention_id=pk, mark=mark, day=day) for pk, mark, day in sorted(goal - there.keys())]
    AttentionMark.objects.bulk_create(new, ignore_conflicts=True)


# --- following ----------------------------------------------------------------------------------


def refresh(seconds: float = SECONDS) -> int:
    """Notice what changed since the last run, in bounded batches; how many events, articles and decisions were seen."""
    until = time.monotonic() + seconds
    return sum(walk(until) for walk in (_walk_decisions, _walk_events, _walk_articles))


def _walk_events(until: float) -> int:
    def after(moment: datetime, place: str) -> list[tuple[datetime, str]]:
        ahead = Event.objects.filter(Q(changed_at__gt=moment) | Q(changed_at=moment, pk__gt=place))
        rows = ahead.filter(changed_at__gte=moment).order_by("changed_at", "pk").values_list("changed_at", "pk")
        return list(rows[:BATCH])

    return _walk("events", until, after, notice)


def _walk_articles(until: float) -> int:
    def after(moment: datetime, place: str) -> list[tuple[datetime, str]]:
        ahead = Article.objects.filter(Q(state_since__gt=moment) | Q(state_since=moment, pk__gt=int(place or 0)))
        rows = ahead.filter(state=Article.State.DONE, state_since__gte=moment).order_by("state_since", "pk")
        return [(since, str(pk)) for since, pk in rows.values_list("state_since", "pk")[:BATCH]]

    return _walk("articles", until, after, lambda ids: notice_claims(map(int, ids)))


def _walk_decisions(until: float) -> int:
    """What was decided, undone or approved: a decision that waits changes no event."""
    history = Correction.history.model.objects

    def after(moment: datetime, place: str) -> list[tuple[datetime, str]]:
        ahead = history.filter(Q(history_date__gt=moment) | Q(history_date=moment, history_id__gt=int(place or 0)))
        rows = ahead.filter(history_date__gte=moment).order_by("history_date", "history_id")
        return [(at, str(pk)) for at, pk in rows.values_list("history_date", "history_id")[:BATCH]]

    def decided(ids: Iterable[str]) -> None:
        rows = Correction.objects.filter(pk__in=history.filter(history_id__in=list(map(int, ids))).values("id"))
        notice(pk for pair in rows.values_list("event_id", "other_id") for pk in pair if pk)

    return _walk("decisions", until, after, decided)


def _walk(name: str, until: float, after: _After, see: _See) -> int:
    """Go on from where the last run ended, and come back to the last minutes: rows become visible after their stamp."""
    row, _made = Followed.objects.get_or_create(name=name, defaults={"moment": LONG_AGO})
    moment, place, seen = row.moment, row.place, 0
    while time.monotonic() < until:
        found = after(moment, place)
        if not found:
            break
        see([pk for _, pk in found])
        moment, place = found[-1]
        seen += len(found)
        surely = timezone.now() - LATE
        kept = (moment, place) if moment < surely else (max(surely, row.moment), "")
        Followed.objects.filter(pk=name).update(moment=kept[0], place=kept[1])
        if len(found) < BATCH:
            break
    return seen
