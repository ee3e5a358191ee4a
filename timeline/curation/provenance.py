"""By which rules a stored claim was read: the rules of its dates, and the trigger that named its event."""

from __future__ import annotations

from typing import Any

from timeline.extraction.events.lexicon import lexicon
from timeline.extraction.script import fold
from timeline.models import Claim

UNKNOWN = "?"  # the trigger of a claim whose words the present lexicon does not know


def parts(rule: str) -> tuple[str, ...]:
    """The single rules that an expression names: `year + month` → year, month."""
    names = rule.replace(", said again", "").replace(" to ", " + ").split(" + ")
    return tuple(dict.fromkeys(name for name in names if name))


def expressions_of(claim: Claim) -> list[dict[str, Any]]:
    """The date expressions that decided the days of a claim, as its article keeps them."""
    rows, chosen = claim.article.expressions, claim.expressions
    if not isinstance(rows, list) or not isinstance(chosen, list):
        return []
    return [rows[i] for i in chosen if isinstance(i, int) and 0 <= i < len(rows) and isinstance(rows[i], dict)]


def date_rules(claim: Claim) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for e in expressions_of(claim) for name in parts(str(e.get("rule") or ""))))


def trigger_of(claim: Claim, language: str) -> str:
    """The name of the trigger in the present lexicon; UNKNOWN where it has none at that place."""
    words = lexicon(language)
    if words is None or not isinstance(claim.trigger, list) or len(claim.trigger) != 2:
        return UNKNOWN
    start, end = (place - claim.evidence_start for place in claim.trigger)
    hits = [h for h in words.find(fold(claim.evidence)) if h.trigger is not None and h.start < end and h.end > start]
    return next((h.trigger.name for h in hits if h.trigger is not None), UNKNOWN)


def family(claim: Claim) -> str:
    """The language of the rules that read the claim: zh or en."""
    return claim.article.language.partition("-")[0]
