"""Doubtful claims of the same sign: read by the same word, of the same type, with the same doubts."""

from __future__ import annotations

from timeline.models import AttentionMark, Claim, Reason

MAX_ALIKE = 200  # that are decided together
MAX_COMPARED = 3_000  # open doubtful claims of a type, the nearest in time

Sign = tuple[str, str, tuple[str, ...]]


def sign_of(claim: Claim) -> Sign:
    """Return what claims are alike by: the type, the word that told the event, and the codes of the doubts."""
    word = ""
    if len(claim.trigger) == 2:
        start, end = (place - claim.evidence_start for place in claim.trigger)
        word = claim.evidence[max(start, 0) : max(end, 0)].casefold()
    return claim.type, word, tuple(sorted({str(doubt[0]) for doubt in claim.doubts if doubt}))


def alike(claim: Claim) -> list[Claim]:
    """Return the open doubtful claims of the same sign, MAX_ALIKE at most: this one, then the newest. Two queries."""
    wanted = sign_of(claim)
    open_now = AttentionMark.objects.filter(mark=f"reason:{Reason.DOUBTFUL}").order_by("-day", "-attention")
    ids = list(open_now.values_list("attention__claim", flat=True)[:MAX_COMPARED])
    columns = ("pk", "type", "trigger", "evidence", "evidence_start", "doubts", "reported")
    rows = Claim.objects.filter(pk__in=ids, type=claim.type, event=None).exclude(pk=claim.pk).only(*columns)
    others = [row for row in rows.order_by("-reported", "-pk") if sign_of(row) == wanted]
    return [claim, *others][:MAX_ALIKE]
