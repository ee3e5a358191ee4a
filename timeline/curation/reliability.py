"""Count how often editors accepted what a rule or a source gave, from their newest corrections.

An event counts once for each rule and source: as rejected, else as corrected, else as accepted. Date rules are judged
by corrections of dates, triggers by all others, sources by all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from timeline.curation.provenance import date_rules, rules_language, trigger_name
from timeline.models import Article, Claim, Correction, EventBelief, in_force
from timeline.resolution.corrections import READ_FIELDS, same_value

Field = Correction.Field

MAX_CORRECTIONS = 2_000  # that are looked at, the newest
EVENT_BATCH_SIZE = 500  # events whose claims are loaded together
ACCEPTED, CORRECTED, REJECTED = range(3)  # the highest counts
DATE, TRIGGER, SOURCE = "date", "trigger", "source"
FIELDS_BY_KIND = {
    DATE: frozenset({Field.DATES, Field.ACCEPTED, Field.REJECTED}),
    TRIGGER: frozenset({Field.STATUS, Field.TYPE, Field.PARTICIPANTS, Field.ACCEPTED, Field.REJECTED}),
    SOURCE: frozenset({*READ_FIELDS, Field.ACCEPTED, Field.REJECTED}),
}


@dataclass(slots=True)
class ReliabilityRow:
    """The outcomes of the events that one rule or source gave."""

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
        """The accepted share of all judged events, 0 to 1."""
        return self.accepted / self.total

    @property
    def percent(self) -> int:
        return round(100 * self.share)


@dataclass(frozen=True, slots=True)
class Reliability:
    """The rows, and from how many corrections and events. `more`: older corrections were not looked at."""

    rows: list[ReliabilityRow]
    corrections: int
    events: int
    more: bool


def reliability() -> Reliability:
    """Count from the newest corrections in force; the work does not grow with the number of events."""
    judging = Correction.objects.filter(in_force(), field__in=FIELDS_BY_KIND[SOURCE]).order_by("-made_at", "-pk")
    found = list(judging.values_list("event_id", "field", "value", "basis")[: MAX_CORRECTIONS + 1])
    corrections = found[:MAX_CORRECTIONS]
    outcomes = _outcomes(corrections)
    rows: dict[tuple[str, str], ReliabilityRow] = {}
    events = 0
    ids = sorted({pk for pk, *_ in corrections})
    for start in range(0, len(ids), EVENT_BATCH_SIZE):
        for pk, claim in _deciding_claims(ids[start : start + EVENT_BATCH_SIZE]).items():
            events += 1
            for kind, name in _names_of(claim):
                if (outcome := outcomes[kind].get(pk)) is not None:
                    rows.setdefault((kind, name), ReliabilityRow(kind, name)).counts[outcome] += 1
    ordered = sorted(rows.values(), key=lambda row: (row.kind, row.share, -row.total, row.name))
    return Reliability(ordered, len(corrections), events, len(found) > MAX_CORRECTIONS)


def _outcomes(corrections: Iterable[tuple[str, str, Any, Any]]) -> dict[str, dict[str, int]]:
    """Return the outcome of each event, by what is judged."""
    out: dict[str, dict[str, int]] = defaultdict(dict)
    for pk, name, value, basis in corrections:
        outcome = {Field.ACCEPTED.value: ACCEPTED, Field.REJECTED.value: REJECTED}.get(name, CORRECTED)
        if name in READ_FIELDS and same_value(name, value, basis):
            outcome = ACCEPTED  # locked to what was read
        for kind, fields in FIELDS_BY_KIND.items():
            if name in fields:
                out[kind][pk] = max(outcome, out[kind].get(pk, ACCEPTED))
    return out


def _deciding_claims(ids: Sequence[str]) -> dict[str, Claim]:
    """Return by event the claim that decided its newest belief, else its newest claim."""
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


def _names_of(claim: Claim) -> Iterator[tuple[str, str]]:
    language = rules_language(claim)
    for name in date_rules(claim):
        yield DATE, f"{language}: {name}"
    yield TRIGGER, f"{language}: {trigger_name(claim, language)}"
    yield SOURCE, claim.article.source.slug
