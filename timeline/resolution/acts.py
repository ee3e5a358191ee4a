"""Take the claims of one alliance key apart by what was done: texts tell agreeing, joining, leaving for one another.

`The transition ends` is an agreement that expires and a withdrawal, `signs the accession` agreement and accession:
claims of the same parties and days go where most plain ones are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from timeline.extraction.when import Days
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import TREATY_TYPES, sides_of

MIN_TIMES = 3  # as many claims of another type, from which on a window that is no day is of it

_Spot = tuple[Days, frozenset[str]]  # days and parties


def acts_of(claims: Sequence[ClaimValue], reprints: Mapping[int, int]) -> list[list[ClaimValue]]:
    """Sort the claims of one alliance key by what was done; each list is in their order.

    `reprints`: by claim the first claim in the same words with the same days, which alone counts.
    """
    if not any(claim.type in TREATY_TYPES for claim in claims):
        return [list(claims)]
    counts: dict[_Spot, Counter[str]] = defaultdict(Counter)
    for claim in claims:
        if reprints[claim.pk] == claim.pk:
            counts[_spot(claim)][claim.type] += 2 if claim.is_plain else 1
    found: dict[str, list[ClaimValue]] = defaultdict(list)
    for claim in claims:
        found[_meant(claim, counts.get(_spot(claim), Counter()))].append(claim)
    return [found[type] for type in sorted(found)]


def _spot(claim: ClaimValue) -> _Spot:
    return claim.when.days, sides_of(claim.type, claim.participants)


def _meant(claim: ClaimValue, counts: Counter[str]) -> str:
    """Return the type of which the claim is. `counts`: of the claims of its days and parties, plain ones double."""
    own = claim.type
    best = max(counts, key=lambda type: (counts[type], type == own, type), default=own)
    least = counts[own] if claim.when.is_exact else MIN_TIMES * counts[own]
    return best if counts[best] > least else own
