"""The claims that a line of a file of decisions names, as they are written and read. Part of `portable`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from timeline.models import Claim, Correction, Event, NamedClaim
from timeline.pipeline import corrections
from timeline.pipeline.corrections import Side
from timeline.resolution.claim_matching import SHORT, Ref, meet
from timeline.resolution.corrections import ARRANGING
from timeline.validation.columns import max_chars

Field = Correction.Field

FORMAT, FIRST_FORMAT = 2, 1  # in the first a claim is named by its article and sentence alone
TOLD = ("key", "type", "stage", "place", "participants", "at")  # beside its days, of a claim
TEXTS = ("article", "words", "key", "type", "stage", "place")
MAX_AT = 2**31 - 1  # what its column holds
HEX = frozenset("0123456789abcdef")


# --- out ----------------------------------------------------------------------------------------


def claim_row(named: NamedClaim) -> dict[str, Any]:
    """A named claim; of one that is known by its sentence alone nothing else is said."""
    ref = corrections.ref_of(named)
    days = {name: day.isoformat() if (day := getattr(ref, name)) else None for name in ("start", "end")}
    said = {} if ref.bare else {name: getattr(ref, name) for name in TOLD} | days
    return {"side": named.side, "article": ref.article, "words": ref.words} | said


def in_file(named: NamedClaim) -> tuple[Any, ...]:
    days = named.start or date.min, named.end or date.max
    return named.side, named.article, named.words, named.key, named.at or 0, days, named.type, named.participants


# --- in -----------------------------------------------------------------------------------------


def claims_named(row: dict[str, Any]) -> list[tuple[str, Ref]]:
    """The claims that a line names, each with its side. Raises ValueError, TypeError and KeyError."""
    if row["format"] == FIRST_FORMAT:
        return _claims_of_first_format(row)
    return [_claim_named(claim) for claim in row["claims"]]


def _claim_named(row: dict[str, Any]) -> tuple[str, Ref]:
    side, texts = str(row["side"]), {name: str(row.get(name) or "") for name in TEXTS}
    if side not in Side.values or any(len(text) > max_chars(NamedClaim, name) for name, text in texts.items()):
        raise ValueError("no side, or a text that is too long for a claim")
    codes, at = row.get("participants") or [], row.get("at")
    if at is not None and not 0 <= int(at) <= MAX_AT:
        raise ValueError("a place in a sentence is a count of characters")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise ValueError("participants are a list of codes")
    start, end = (date.fromisoformat(text) if (text := row.get(name)) else None for name in ("start", "end"))
    found = Ref(**texts, participants=tuple(codes), start=start, end=end, at=None if at is None else int(at))
    if not HEX.issuperset(found.article + found.words) or len(found.article) < SHORT:
        raise ValueError("articles and sentences are named by digests")
    return side, found


def _claims_of_first_format(row: dict[str, Any]) -> list[tuple[str, Ref]]:
    """Sentences: of a merge its value told of the event, of a split of the other."""
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
            found.setdefault(ref, _claim_named({"side": side, "article": article, "words": words}))
    return list(found.values())


def of_side(side: str, claims: Sequence[tuple[str, Ref]]) -> list[Ref]:
    return [ref for one, ref in claims if one == side]


def name_claims(made: Correction, claims: Sequence[tuple[str, Ref]], *, old: bool) -> None:
    """Store what a decision names; what was known by its sentence alone is named by the claim that is found for it."""
    if not old:
        NamedClaim.objects.bulk_create(corrections.named_by(made, side, ref) for side, ref in claims)
        return
    sides: dict[Side, set[int]] = {}
    lost = []
    for side, ref in claims:
        event = made.other if side == Side.OTHER else made.event
        pk = _best(ref, event)
        if pk is None:
            lost.append((side, ref))
        else:
            sides.setdefault(Side(side), set()).add(pk)
    corrections.name(made, sides)
    NamedClaim.objects.bulk_create(corrections.named_by(made, side, ref) for side, ref in lost)


def _best(bare: Ref, event: Event | None) -> int | None:
    """Of the claims of a sentence the one that is the event's or most like it; None where none is, or two are."""
    there = corrections.present_in({bare.article})[bare.article]
    found = {pk: ref for pk, ref in there.items() if ref.words == bare.words}
    if event is None or len(found) < 2:
        return next(iter(found), None)
    mine = set(Claim.objects.filter(pk__in=found, event=event).values_list("pk", flat=True))
    wanted = Ref("", "", event.key, event.type, event.stage, start=event.start, end=event.end)
    worth = {
        pk: (pk in mine, ref.key == wanted.key, meet(ref, wanted), ref.days == wanted.days) for pk, ref in found.items()
    }
    best = max(worth.values())
    alike = [pk for pk, one in worth.items() if one == best]
    return alike[0] if len(alike) == 1 else None


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) and len(text) <= 64 for text in value):
        raise ValueError("a list of claims is needed")
    return value
