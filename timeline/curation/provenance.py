"""Find by which rules a stored claim was read: the rules of its dates and the trigger of its event."""

from __future__ import annotations

from typing import Any

from timeline.extraction.events.lexicon import lexicon
from timeline.extraction.script import fold
from timeline.models import Claim

UNKNOWN = "?"  # for a trigger that the present lexicon does not have


def rule_names(rule: str) -> tuple[str, ...]:
    """Split the rule of an expression into single names, each once: `year + month` → year, month."""
    names = rule.replace(", said again", "").replace(" to ", " + ").split(" + ")
    return tuple(dict.fromkeys(name for name in names if name))


def date_expressions(claim: Claim) -> list[dict[str, Any]]:
    """Return the date expressions that gave the days of a claim, as stored with its article."""
    rows, chosen = claim.article.expressions, claim.expressions
    if not isinstance(rows, list) or not isinstance(chosen, list):
        return []
    return [rows[i] for i in chosen if isinstance(i, int) and 0 <= i < len(rows) and isinstance(rows[i], dict)]


def date_rules(claim: Claim) -> tuple[str, ...]:
    """Return the names of the date rules that read a claim, each once."""
    return tuple(dict.fromkeys(name for e in date_expressions(claim) for name in rule_names(str(e.get("rule") or ""))))


def trigger_name(claim: Claim, language: str) -> str:
    """Return the name of the claim's trigger in the present lexicon, UNKNOWN if that has none at the place."""
    words = lexicon(language)
    if words is None or not isinstance(claim.trigger, list) or len(claim.trigger) != 2:
        return UNKNOWN
    start, end = (place - claim.evidence_start for place in claim.trigger)
    hits = [h for h in words.find(fold(claim.evidence)) if h.trigger is not None and h.start < end and h.end > start]
    return next((h.trigger.name for h in hits if h.trigger is not None), UNKNOWN)


def rules_language(claim: Claim) -> str:
    """Return the language of the rules that read the claim: zh or en."""
    return claim.article.language.partition("-")[0]
