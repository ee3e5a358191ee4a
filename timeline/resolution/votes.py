"""Take the claims of one country's elections apart: which may be about the same vote, whatever each calls it.

Articles call one vote local and a by-election, a primary local, a vote by the day of its result. So claims that give
the same day (and place) go where most plain ones of that day are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from timeline.extraction.when import Days
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import family_of, step_of

# A family without a place that so few independent claims of a day name is a slip where so many name another.
MAX_SLIPS, MIN_AGAINST_SLIPS = 1, 5
MIN_TIMES = 3  # as many claims that call it another step, against those that call it the vote

_Sort = tuple[str, str]  # family of types and step
_Spot = tuple[Days, str]  # days and place


def sorts_of(claims: Sequence[ClaimValue], reprints: Mapping[int, int]) -> list[list[ClaimValue]]:
    """Sort the claims of one country's elections by what they are about; each list is in their order.

    `reprints`: by claim the first claim in the same words with the same days, which alone counts.
    """
    counts: dict[_Spot, Counter[_Sort]] = defaultdict(Counter)
    for claim in claims:
        if claim.when.is_exact and reprints[claim.pk] == claim.pk:
            counts[_spot(claim)][_sort(claim)] += 2 if claim.is_plain else 1
    found: dict[_Sort, list[ClaimValue]] = defaultdict(list)
    for claim in claims:
        found[_meant(claim, counts.get(_spot(claim), Counter()))].append(claim)
    return [found[sort] for sort in sorted(found)]


def _spot(claim: ClaimValue) -> _Spot:
    return claim.when.days, claim.place


def _sort(claim: ClaimValue) -> _Sort:
    return family_of(claim.type), "vote" if claim.stage == "runoff" else step_of(claim.stage)


def _meant(claim: ClaimValue, counts: Counter[_Sort]) -> _Sort:
    """Return the sort of which the claim is. `counts`: of the claims of its day and place, plain ones double."""
    own = _sort(claim)
    best = max(counts, key=lambda sort: (counts[sort], sort == own, sort), default=own)
    if counts[best] <= counts[own]:
        return own
    slip = counts[own] <= 2 * MAX_SLIPS and counts[best] >= 2 * MIN_AGAINST_SLIPS
    far_more = counts[best] >= MIN_TIMES * counts[own]
    same_vote = (
        best[1] == "vote" or far_more
        if best[0] == own[0]
        else bool(claim.place) and "referendum" not in (best[0], own[0])
    )
    return best if slip or same_vote else own
