"""Compare what is stored with what reading again with the present rules would give. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from timeline.extraction.when import When
from timeline.models import Article, Claim
from timeline.pipeline.claims import claim_value, claims_of, stored_claims
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id
from timeline.resolution.resolve import ResolvedEvent, resolve


@dataclass(frozen=True, slots=True)
class EventSummary:
    """An event as it is or would be believed."""

    id: str
    type: str
    stage: str
    participants: tuple[str, ...]
    when: When
    status: str
    claims: int
    articles: frozenset[int]
    evidence: str

    @property
    def span(self) -> str:
        start, end = self.when.days
        return str(start) if start == end else f"{start or '..'}/{end or '..'}"

    @property
    def believed(self) -> tuple[object, ...]:
        return self.type, self.stage, self.participants, self.when.days, self.status


@dataclass(slots=True)
class Diff:
    """Events gained, lost and changed (before, after), in the order of their days; `failed`: article and reason."""

    articles: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    gained: list[EventSummary] = field(default_factory=list)
    lost: list[EventSummary] = field(default_factory=list)
    changed: list[tuple[EventSummary, EventSummary]] = field(default_factory=list)


def compare(articles: Iterable[Article], progress: Callable[[], object] = lambda: None) -> Diff:
    """Read the articles with the present rules, resolve the keys that they touch and compare with the stored events.

    Each key by itself: whether events have twins of other keys changes nothing here.
    """
    diff = Diff()
    fresh: dict[str, list[ClaimValue]] = defaultdict(list)
    again: set[int] = set()
    number = 0
    for article in articles:
        progress()
        diff.articles += 1
        try:
            claims = claims_of(article)
        except Exception as e:  # it is reported, and the others are compared
            diff.failed.append((article.pk, f"{type(e).__name__}: {e}"))
            continue
        again.add(article.pk)
        for claim in claims:
            number -= 1  # unsaved claims need pks of their own
            claim.pk = number
            fresh[claim.key].append(claim_value(claim))
    keys = set(fresh) | set(Claim.objects.filter(article__in=again).order_by().values_list("key", flat=True))
    before: dict[str, EventSummary] = {}
    after: dict[str, EventSummary] = {}
    for key in sorted(keys):
        known = [c.value for c in stored_claims(Claim.objects.filter(key=key))]
        before |= _events(known)
        after |= _events([c for c in known if c.article not in again] + fresh[key])
    _pair(diff, before, after)
    return diff


def _events(claims: Sequence[ClaimValue]) -> dict[str, EventSummary]:
    events = (_summary(event_id(h.first), h) for h in resolve(claims) if h.confirmed)
    return {event.id: event for event in events}


def _summary(pk: str, h: ResolvedEvent) -> EventSummary:
    now, articles = h.current, frozenset(c.article for c in h.claims)
    return EventSummary(
        pk,
        h.type,
        h.stage,
        h.participants,
        now.when,
        now.status,
        len(h.claims),
        articles,
        h.claims[-1].evidence,
    )


def _pair(diff: Diff, before: dict[str, EventSummary], after: dict[str, EventSummary]) -> None:
    """Pair events with the same id, else those that share articles and participants; add the rest to the diff."""
    order: Callable[[EventSummary], object] = lambda e: (e.when.start or e.when.end or date.min, e.id)  # noqa: E731
    gone = {pk: event for pk, event in before.items() if pk not in after}
    for pk in sorted(set(after) - set(before)):
        new = after[pk]
        old = max(
            (e for e in gone.values() if e.articles & new.articles and set(e.participants) & set(new.participants)),
            key=lambda e: (len(e.articles & new.articles), e.type == new.type, e.id),
            default=None,
        )
        if old is None:
            diff.gained.append(new)
        else:
            del gone[old.id]
            if old.believed != new.believed:
                diff.changed.append((old, new))
    for pk in set(before) & set(after):
        if before[pk].believed != after[pk].believed:
            diff.changed.append((before[pk], after[pk]))
    diff.lost = sorted(gone.values(), key=order)  # type: ignore[arg-type]
    diff.gained.sort(key=order)  # type: ignore[arg-type]
    diff.changed.sort(key=lambda pair: order(pair[1]))  # type: ignore[arg-type,return-value]
