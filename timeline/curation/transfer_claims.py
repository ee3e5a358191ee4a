"""The claims that a line of an export names: how they are written and parsed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from timeline.models import Claim, Correction, Event, NamedClaim
from timeline.pipeline import corrections
from timeline.pipeline.corrections import Side
from timeline.resolution.claim_matching import SHORT_DIGEST_CHARS, Ref, days_overlap
from timeline.resolution.corrections import ARRANGING
from timeline.validation.columns import max_chars

Field = Correction.Field

FORMAT, FIRST_FORMAT = 2, 1  # format 1 names a claim by its article and sentence alone
CLAIM_FIELDS = ("key", "type", "stage", "place", "participants", "at")  # of a claim, beside its days
TEXT_FIELDS = ("article", "words", "key", "type", "stage", "place")
MAX_OFFSET = 2**31 - 1  # the limit of its column
HEX_DIGITS = frozenset("0123456789abcdef")


# --- export ----------------------------------------------------------------------------------------


def named_claim_row(named: NamedClaim) -> dict[str, Any]:
    """Return a named claim as JSON; without its content where only its sentence is known."""
    ref = corrections.ref_of(named)
    days = {name: day.isoformat() if (day := getattr(ref, name)) else None for name in ("start", "end")}
    said = {} if ref.sentence_only else {name: getattr(ref, name) for name in CLAIM_FIELDS} | days
    return {"side": named.side, "article": ref.article, "words": ref.words} | said


def file_order(named: NamedClaim) -> tuple[Any, ...]:
    """Return the sort key of a named claim within its line."""
    days = named.start or date.min, named.end or date.max
    return named.side, named.article, named.words, named.key, named.at or 0, days, named.type, named.participants


# --- import -----------------------------------------------------------------------------------------


def parse_claims(row: dict[str, Any]) -> list[tuple[str, Ref]]:
    """Parse the claims that a line names, each with its side. Raises ValueError, TypeError and KeyError."""
    if row["format"] == FIRST_FORMAT:
        return _parse_first_format(row)
    return [_parse_claim(claim) for claim in row["claims"]]


def _parse_claim(row: dict[str, Any]) -> tuple[str, Ref]:
    side, texts = str(row["side"]), {name: str(row.get(name) or "") for name in TEXT_FIELDS}
    if side not in Side.values or any(len(text) > max_chars(NamedClaim, name) for name, text in texts.items()):
        raise ValueError("no side, or a text that is too long for a claim")
    codes, at = row.get("participants") or [], row.get("at")
    if at is not None and not 0 <= int(at) <= MAX_OFFSET:
        raise ValueError("a place in a sentence is a count of characters")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise ValueError("participants are a list of codes")
    start, end = (date.fromisoformat(text) if (text := row.get(name)) else None for name in ("start", "end"))
    found = Ref(**texts, participants=tuple(codes), start=start, end=end, at=None if at is None else int(at))
    if not HEX_DIGITS.issuperset(found.article + found.words) or len(found.article) < SHORT_DIGEST_CHARS:
        raise ValueError("articles and sentences are named by digests")
    return side, found


def _parse_first_format(row: dict[str, Any]) -> list[tuple[str, Ref]]:
    """Parse format 1. The value of a merge names claims of the event, that of a split claims of the other."""
    decided = _texts(row["value"]) if row["field"] in ARRANGING else []
    event, other = (_texts(named["claims"]) if (named := row[side]) else [] for side in ("event", "other"))
    if row["field"] == Field.MERGED:
        sides = {Side.EVENT: decided, Side.OTHER: other}
    else:
        sides = {Side.OTHER: decided, Side.EVENT: event}
    found: dict[str, tuple[str, Ref]] = {}
    for side, refs in sides.items():
        for ref in refs:
            article, _, words = ref.partition("-")
            found.setdefault(ref, _parse_claim({"side": side, "article": article, "words": words}))
    return list(found.values())


def refs_of_side(side: str, claims: Sequence[tuple[str, Ref]]) -> list[Ref]:
    """Return the claims of one side."""
    return [ref for one, ref in claims if one == side]


def store_named_claims(made: Correction, claims: Sequence[tuple[str, Ref]], *, old: bool) -> None:
    """Store the claims that a correction names. `old`: format 1, whose sentences are matched with claims first."""
    if not old:
        NamedClaim.objects.bulk_create(corrections.named_claim(made, side, ref) for side, ref in claims)
        return
    sides: dict[Side, set[int]] = {}
    lost = []
    for side, ref in claims:
        event = made.other if side == Side.OTHER else made.event
        pk = _best_match(ref, event)
        if pk is None:
            lost.append((side, ref))
        else:
            sides.setdefault(Side(side), set()).add(pk)
    corrections.name_claims(made, sides)
    NamedClaim.objects.bulk_create(corrections.named_claim(made, side, ref) for side, ref in lost)


def _best_match(bare: Ref, event: Event | None) -> int | None:
    """Return the claim of a sentence that is the event's or most like it; None if there is none or two are alike."""
    there = corrections.refs_in_articles({bare.article})[bare.article]
    found = {pk: ref for pk, ref in there.items() if ref.words == bare.words}
    if event is None or len(found) < 2:
        return next(iter(found), None)
    mine = set(Claim.objects.filter(pk__in=found, event=event).values_list("pk", flat=True))
    wanted = Ref("", "", event.key, event.type, event.stage, start=event.start, end=event.end)
    worth = {
        pk: (pk in mine, ref.key == wanted.key, days_overlap(ref, wanted), ref.days == wanted.days)
        for pk, ref in found.items()
    }
    best = max(worth.values())
    alike = [pk for pk, one in worth.items() if one == best]
    return alike[0] if len(alike) == 1 else None


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) and len(text) <= 64 for text in value):
        raise ValueError("a list of claims is needed")
    return value
