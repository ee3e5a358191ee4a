"""One claim in words: what it says of the days and the status, why, and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery
from django.utils.safestring import SafeString

from timeline.display.dates import day_words, span_words
from timeline.display.event import known_claims
from timeline.display.markup import claim_markup
from timeline.display.reasons import doubt_words, stored_reason_words
from timeline.display.sentences import state_words
from timeline.models import Claim, Event


@dataclass(frozen=True, slots=True)
class Reprint:
    """A claim with the words of another, and the day on which it was reported."""

    claim: Claim
    reported: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with its texts.

    `markup`: its sentence with marks; `why`: how its days came about; `reported`: the day of the report.
    """

    claim: Claim
    markup: SafeString
    span: str
    state: str
    why: str
    doubts: tuple[str, ...]
    reported: str
    reprints: tuple[Reprint, ...] = ()


def view_claim(claim: Claim, reprints: Iterable[Claim] = (), doubts: Sequence[str] | None = None) -> ClaimView:
    """Put a claim and its reprints into words. No query where the claims have their article and its source.

    `doubts`: in words, where more is known of them than the claim says (`doubts_in_words`).
    """
    return ClaimView(
        claim=claim,
        markup=claim_markup(claim),
        span=span_words(claim.when),
        state=state_words(claim.status),
        why=stored_reason_words(claim.reasons),
        doubts=doubts_of(claim) if doubts is None else tuple(doubts),
        reported=day_words(claim.reported),
        reprints=tuple(Reprint(reprint, day_words(reprint.reported)) for reprint in reprints),
    )


def doubts_of(claim: Claim) -> tuple[str, ...]:
    """Return the doubts of a claim in words."""
    return tuple(doubt_words(doubt, claim.probability) for doubt in claim.doubts)


def evidence_languages(events: Sequence[str], as_of: date | None = None) -> dict[str, str]:
    """Return the language of the newest report of each event, the one whose sentence is shown. One query.

    `as_of`: of those reported up to that day (inclusive).
    """
    newest = known_claims(as_of).filter(event=OuterRef("pk")).order_by("-reported", "-pk").values("article__language")
    rows = Event.objects.filter(pk__in=list(events)).annotate(language=Subquery(newest[:1]))
    return dict(rows.order_by().values_list("pk", "language"))
