"""What would change if stored articles were read again with the present rules: a comparison that writes nothing.

Reading and resolving are pure, so both can be done beside what is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from timeline.models import Article, Claim
from timeline.pipeline.claims import claims_of, said_of, stored
from timeline.resolution.resolve import Happening, Said, event_id, resolve


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it is or would be believed."""

    id: str
    type: str
    stage: str
    participants: tuple[str, ...]
    start: date | None
    end: date | None
    status: str
    claims: int
    articles: frozenset[int]
    evidence: str

    @property
    def span(self) -> str:
        return str(self.start) if self.start == self.end else f"{self.start or '..'}/{self.end or '..'}"

    @property
    def believed(self) -> tuple[object, ...]:
        return self.type, self.stage, self.participants, self.start, self.end, self.status


@dataclass(slots=True)
class Diff:
    """Events gained, lost, and changed (before, after), each in order of their days."""

    articles: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    gained: list[Told] = field(default_factory=list)
    lost: list[Told] = field(default_factory=list)
    changed: list[tuple[Told, Told]] = field(default_factory=list)


def compare(articles: Iterable[Article], progress: Callable[[], object] = lambda: None) -> Diff:
    """Read the articles with the present rules and resolve what they touch, beside what is stored."""
    diff = Diff()
    fresh: dict[str, list[Said]] = defaultdict(list)
    again: set[int] = set()
    number = 0
    for article in articles:
        progress()
        diff.articles += 1
        try:
            claims = claims_of(article)
        except Exception as e:  # what would fail is told, and the others are compared
            diff.failed.append((article.pk, f"{type(e).__name__}: {e}"))
            continue
        again.add(article.pk)
        for claim in claims:
            number -= 1  # unsaved claims need numbers of their own
            claim.pk = number
            fresh[claim.key].append(said_of(claim))
    keys = set(fresh) | set(Claim.objects.filter(article__in=again).order_by().values_list("key", flat=True))
    before: dict[str, Told] = {}
    after: dict[str, Told] = {}
    for key in sorted(keys):
        known = [c.said for c in stored(Claim.objects.filter(key=key))]
        before |= _events(key, known)
        after |= _events(key, [c for c in known if c.article not in again] + fresh[key])
    _pair(diff, before, after)
    return diff


def _events(key: str, claims: Sequence[Said]) -> dict[str, Told]:
    told = (_told(event_id(key, h.claims[0]), h) for h in resolve(claims) if h.plain)
    return {event.id: event for event in told}


def _told(pk: str, h: Happening) -> Told:
    now, articles = h.now, frozenset(c.article for c in h.claims)
    return Told(
        pk,
        h.type,
        h.stage,
        h.participants,
        now.start,
        now.end,
        now.status,
        len(h.claims),
        articles,
        h.claims[-1].evidence,
    )


def _pair(diff: Diff, before: dict[str, Told], after: dict[str, Told]) -> None:
    """The same id, or told by the same articles with the same participants, is the same event."""
    order: Callable[[Told], object] = lambda e: (e.start or e.end or date.min, e.id)  # noqa: E731
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
