"""Blocking keys, as in record linkage: claims with different keys are never compared. Also the ids of events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from timeline.extraction.gazetteer import ever_members
from timeline.resolution.claim import ClaimValue

NATIONAL_TYPES = frozenset({"presidential", "legislative", "general"})
TALK_TYPES = frozenset({"summit", "meeting"})
ID_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32

# Participants of so many events that they tell little apart, the commonest first.
COMMON_PARTICIPANTS = "US CN eu un GB RU TW HK JP DE FR IN KR AU CA nato IT IR".split()
# Treaties with few parties: the name stands for the parties.
TREATY_PARTIES = {
    "cai": ("CN", "eu"),
    "new-start": ("RU", "US"),
    "inf": ("RU", "US"),
    "usmca": ("CA", "MX", "US"),
    "nafta": ("CA", "MX", "US"),
    "abraham-accords": ("AE", "BH", "IL"),
}
# Blocs that act for their members: members named beside them are left out.
ACT_FOR_MEMBERS = {bloc: ever_members(bloc) - {"GB"} for bloc in ("eu",)}
# Formats that texts name by listing their members.
FORMAT_MEMBERS = {
    "quad": frozenset({"US", "JP", "IN", "AU"}),
    "aukus": frozenset({"US", "GB", "AU"}),
    "five-eyes": frozenset({"US", "GB", "CA", "AU", "NZ"}),
    "usmca": frozenset({"US", "MX", "CA"}),
}


def key_of(kind: str, type: str, stage: str, place: str, participants: Iterable[str]) -> str:
    """Return the blocking key of a claim; it is also the name of the lock under which the key is resolved.

    Elections: family of types, step and country. The place and the second round are left out, since claims often
    omit them. Alliances: family of types and the rarest participant, so that a claim that names one more great power
    gets the same key. Exercises of India with members of the Quad get the key of the Quad.
    """
    codes = list(participants)
    if kind == "election":
        family = "national" if type in NATIONAL_TYPES else type
        step = "vote" if stage == "runoff" else step_of(stage)
        return f"election:{family}:{step}:{codes[0]}"
    family = "talks" if type in TALK_TYPES else type
    if type == "exercise" and "IN" in codes and len(codes) > 1 and set(codes) <= FORMAT_MEMBERS["quad"]:
        return f"alliance:{family}:quad"
    return f"alliance:{family}:{_rarest_participant(codes)}"


def _rarest_participant(codes: Sequence[str]) -> str:
    """Return the format that the codes list, else the code that takes part in the fewest events."""
    members = set(codes)
    for slug, listed in FORMAT_MEMBERS.items():
        if listed <= members and slug not in TREATY_PARTIES:
            return slug
    named = {code for c in codes for code in TREATY_PARTIES.get(c, (c,))}
    named -= {code for bloc in named & set(ACT_FOR_MEMBERS) for code in ACT_FOR_MEMBERS[bloc]}
    return max(named, key=lambda c: (c.islower() and c not in COMMON_PARTICIPANTS, _rarity(c), c))


def _rarity(code: str) -> int:
    return COMMON_PARTICIPANTS.index(code) if code in COMMON_PARTICIPANTS else len(COMMON_PARTICIPANTS)


def step_of(stage: str) -> str:
    """Return the stage that a claim is about; a postponement is about the vote."""
    return "vote" if stage in ("postponement", "") else stage


def event_id(key: str, first: ClaimValue) -> str:
    """Return the permanent id of an event: 10 characters made from its key and its earliest claim alone."""
    digest = hashlib.sha256(f"{key}\n{first.identity}".encode()).digest()
    number, letters = int.from_bytes(digest[:8], "big"), ""
    while len(letters) < 10:
        number, rest = divmod(number, 32)
        letters += ID_DIGITS[rest]
    return letters
