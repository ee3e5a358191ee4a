"""What makes a claim doubtful that the weights hold for likely: how sure they are, and who takes part.

The limits were read off events of 2020 checked by hand (docs/precision-2020.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from timeline.extraction.gazetteer import ever_members
from timeline.extraction.reason import Doubt

LONE = 0.88  # the probability from which on one article is enough for an event that the rules do not find
LONE_VOTE = 0.8  # the same for a vote itself
BY_RULES = 0.4  # the same for one that they find
POLLING = frozenset({"vote", "runoff"})
SEVERAL = 3  # participants from which on one of them is often only talked about
WITH_SIDES = frozenset({"meeting", "summit", "agreement"})  # of whom other than those who take part is told


def doubts_of(
    type_: str,
    stage: str,
    codes: Sequence[str],
    probability: float,
    upper: float,
    *,
    by_rules: bool,
    who_agrees: bool | None = None,
) -> tuple[Doubt, ...]:
    """Return why an event may be misread; `stage` is that of an election, else empty.

    `upper`: the probability below which it is only guessed without the rules.
    `who_agrees`: whether rules and weights name the same participants, None where only one of them says who.
    """
    found = []
    if not by_rules and probability < upper:
        found.append(Doubt.UNSURE)
    elif probability < (BY_RULES if by_rules else LONE_VOTE if stage in POLLING else LONE):
        found.append(Doubt.LIKELY)
    unclear = type_ in WITH_SIDES and _who_is_unclear(codes, by_rules=by_rules)
    if who_agrees is False or (unclear and not who_agrees):
        found.append(Doubt.WHO_UNSURE)
    return tuple(found)


def _who_is_unclear(codes: Sequence[str], *, by_rules: bool) -> bool:
    """Return whether one country stands alone, or several do that no bloc named beside them holds together."""
    countries = [code for code in codes if code.isupper()]
    blocs = [code for code in codes if not code.isupper()]
    if len(codes) == 1 and countries:
        return not by_rules  # the rules say so themselves
    if countries and len(blocs) > 1:
        return True  # of two blocs one is mostly talked about
    world = countries if len(countries) < SEVERAL else []  # all are members of `un`
    members = {member for bloc in blocs for member in ever_members(bloc) or world}
    return len(blocs) + len([code for code in countries if code not in members]) >= SEVERAL
