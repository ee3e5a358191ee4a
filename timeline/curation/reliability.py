"""How often editors accepted what a rule or a newsroom gave, from the newest of their decisions. Reads only.

An event counts once for each rule and each newsroom: as rejected, else as corrected, else as accepted. The rules of
dates are judged by what was decided about days, the triggers of events by all the rest, newsrooms by everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from timeline.curation.provenance import date_rules, family, trigger_of
from timeline.models import Article, Claim, Correction, EventBelief, in_force
from timeline.resolution.corrections import LOCKS, same

Field = Correction.Field

DECISIONS = 2_000  # the newest that are looked at
TOGETHER = 500
ACCEPTED, CORRECTED, REJECTED = range(3)  # the higher stands above
DATE, TRIGGER, SOURCE = "date", "trigger", "source"
JUDGING = {
    DATE: frozenset({Field.DATES, Field.ACCEPTED, Field.REJECTED}),
    TRIGGER: frozenset({Field.STATUS, Field.TYPE, Field.PARTICIPANTS, Field.ACCEPTED, Field.REJECTED}),
    SOURCE: frozenset({*LOCKS, Field.ACCEPTED, Field.REJECTED}),
}


@dataclass(slots=True)
class Row:
    """What was decided about the events that one rule or newsroom gave."""

    kind: str
    name: str
    counts: list[int] = field(default_factory=lambda: [0, 0, 0])

    @property
    def accepted(self) -> int:
        return self.counts[ACCEPTED]

    @property
    def corrected(self) -> int:
        return self.counts[CORRECTED]

    @property
    def rejected(self) -> int:
        return self.counts[REJECTED]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def share(self) -> float:
        """Of all events that were decided about, those accepted: 0 to 1."""
        return self.accepted / self.total

    @property
    def percent(self) -> int:
        return round(100 * self.share)


@dataclass(frozen=True, slots=True)
class Reliability:
    """The rows, and of how many decisions they are made; `more`: older ones were not looked at."""

    rows: list[Row]
    decisions: int
    events: int
    more: bool


def reliability() -> Reliability:
    """From the newest decisions in force. The work is bounded, whatever the number of events."""
    judging = Correction.objects.filter(in_force(), field__in=JUDGING[SOURCE]).order_by("-made_at", "-pk")
    found = list(judging.values_list("event_id", "field", "value", "basis")[: DECISIONS + 1])
    decisions = found[:DECISIONS]
    outcomes = _outcomes(decisions)
    rows: dict[tuple[str, str], Row] = {}
    events = 0
    ids = sorted({pk for pk, *_ in decisions})
    for start in range(0, len(ids), TOGETHER):
        for pk, claim in _deciding(ids[start : start + TOGETHER]).items():
            events += 1
            for kind, name in _given_by(claim):
                if (outcome := outcomes[kind].get(pk)) is not None:
                    rows.setdefault((kind, name), Row(kind, name)).counts[outcome] += 1
    ordered = sorted(rows.values(), key=lambda row: (row.kind, row.share, -row.total, row.name))
    return Reliability(ordered, len(decisions), events, len(found) > DECISIONS)


def _outcomes(decisions: Iterable[tuple[str, str, Any, Any]]) -> dict[str, dict[str, int]]:
    """By what is judged, the outcome of each event."""
    out: dict[str, dict[str, int]] = defaultdict(dict)
    for pk, name, value, basis in decisions:
        outcome = {Field.ACCEPTED.value: ACCEPTED, Field.REJECTED.value: REJECTED}.get(name, CORRECTED)
        if name in LOCKS and same(name, value, basis):
            outcome = ACCEPTED  # locked as it was read
        for kind, fields in JUDGING.items():
            if name in fields:
                out[kind][pk] = max(outcome, out[kind].get(pk, ACCEPTED))
    return out


def _deciding(ids: Sequence[str]) -> dict[str, Claim]:
    """The claim that decided about each event last; of those without one the newest."""
    read = EventBelief.objects.filter(event__in=ids, claim__isnull=False).exclude(
        claim__article__state=Article.State.HAND
    )
    chosen = dict(read.order_by("event_id", "since").values_list("event_id", "claim_id"))
    rest = Claim.objects.filter(event__in=[pk for pk in ids if pk not in chosen])
    rest = rest.exclude(article__state=Article.State.HAND).order_by("event_id", "reported", "pk")
    chosen |= dict(rest.values_list("event_id", "pk"))
    columns = ("trigger", "evidence", "evidence_start", "expressions")
    of_article = ("expressions", "language", "source__slug")
    rows = Claim.objects.select_related("article__source").only(*columns, *(f"article__{name}" for name in of_article))
    claims = rows.in_bulk(list(chosen.values()))
    return {event: claims[pk] for event, pk in chosen.items() if pk in claims}


def _given_by(claim: Claim) -> Iterator[tuple[str, str]]:
    language = family(claim)
    for name in date_rules(claim):
        yield DATE, f"{language}: {name}"
    yield TRIGGER, f"{language}: {trigger_of(claim, language)}"
    yield SOURCE, claim.article.source.slug
