"""Blocking keys, as in record linkage: only claims of one key are clustered. Also the ids of events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from timeline.extraction.gazetteer import ever_members
from timeline.resolution.claim import TALK_TYPES, ClaimValue

NATIONAL_TYPES = frozenset({"presidential", "legislative", "general"})
TREATY_TYPES = frozenset({"agreement", "accession", "withdrawal"})  # that texts tell for one another
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
NAMED_IN_IDS = dict(TREATY_PARTIES)  # those whose parties the ids of events are made of: ids stay
TREATY_PARTIES |= {
    slug: tuple(sorted(ever_members(slug)))
    for slug in (
        *("ecfa", "edca", "gcap", "gsomia", "inter-korean-military", "joint-declaration", "ni-protocol"),
        *("oslo-accords", "phase-one", "tca", "tifa", "us-taiwan-economic-dialogue", "us-taiwan-trade", "vfa"),
        "windsor-framework",
    )
}
MIN_OTHERS = 2  # countries beside a treaty that tell whose it is
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

    Elections: the country alone, since articles differ in the type, the step and the place of the same vote
    (`votes.py` takes them apart). Alliances: family of types (`acts.py` takes apart what was done) and the rarest
    participant, so that a claim that names one more great power gets the same key. Exercises of India with members of
    the Quad get the key of the Quad.
    """
    codes = list(participants)
    if kind == "election":
        return f"election:{codes[0]}"
    family = "treaty" if type in TREATY_TYPES else type
    return _alliance_key(family, _acting(type, codes), TREATY_PARTIES)


def _alliance_key(type: str, codes: Sequence[str], treaties: Mapping[str, Sequence[str]]) -> str:
    family = "talks" if type in TALK_TYPES else type
    if type == "exercise" and "IN" in codes and len(codes) > 1 and set(codes) <= FORMAT_MEMBERS["quad"]:
        return f"alliance:{family}:quad"
    return f"alliance:{family}:{_rarest_participant(codes, treaties)}"


def _rarest_participant(codes: Sequence[str], treaties: Mapping[str, Sequence[str]]) -> str:
    """Return the format that the codes list, else the code that takes part in the fewest events."""
    members = set(codes)
    for slug, listed in FORMAT_MEMBERS.items():
        if listed <= members and slug not in treaties:
            return slug
    named = _with_parties(codes, treaties)
    named -= {code for bloc in named & set(ACT_FOR_MEMBERS) for code in ACT_FOR_MEMBERS[bloc]}
    return max(named, key=lambda c: (c.islower() and c not in COMMON_PARTICIPANTS, _rarity(c), c))


def _rarity(code: str) -> int:
    return COMMON_PARTICIPANTS.index(code) if code in COMMON_PARTICIPANTS else len(COMMON_PARTICIPANTS)


def parties_of(participants: Iterable[str]) -> frozenset[str]:
    """Return who takes part, so that the same event has the same set by whatever name.

    Treaties of few parties become their parties, and the members of a format, all listed, the format.
    """
    named = _with_parties(participants, TREATY_PARTIES)
    for slug, listed in FORMAT_MEMBERS.items():
        if slug not in TREATY_PARTIES and (listed <= named or slug in named):
            named = (named - listed) | {slug}
    return frozenset(named)


def sides_of(type: str, participants: Iterable[str]) -> frozenset[str]:
    """Return who takes part as events are compared: at a summit a bloc stands for its members, whoever speaks."""
    return parties_of(_acting(type, participants))


def _acting(type: str, codes: Iterable[str]) -> list[str]:
    """Return the codes without those for whom another acts: at a summit the members of a bloc that is named.

    Of a bloc whose members the gazetteer does not list (`un`), every country is one.
    """
    named = list(codes)
    blocs = [code for code in named if code.islower()]
    if type != "summit" or not blocs:
        return named
    members = [ever_members(bloc) for bloc in blocs]
    return [code for code in named if code in blocs or not any(code in m or not m for m in members)]


def _with_parties(codes: Iterable[str], treaties: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the codes with the parties of treaties in their place.

    A treaty beside two others of whom one is no party of it is another's of the same name, and left out.
    """
    named = set(codes)
    others = named - set(treaties)
    found = set(others)
    for treaty in named & set(treaties):
        if treaties is NAMED_IN_IDS or len(others) < MIN_OTHERS or others <= set(treaties[treaty]):
            found |= set(treaties[treaty])
    return found


def family_of(type: str) -> str:
    """Return the family of an election's type: types that texts confuse."""
    if type in NATIONAL_TYPES:
        return "national"
    return "local" if type == "by_election" else type


def step_of(stage: str) -> str:
    """Return the stage that a claim is about; a postponement is about the vote."""
    return "vote" if stage in ("postponement", "") else stage


def event_id(first: ClaimValue) -> str:
    """Return the permanent id of an event: 10 characters made of its first claim alone.

    `first`: the claim of the article that came first (`ResolvedEvent.first`): no article that comes later, however
    old, changes it. What is hashed beside the claim's identity is older than the keys of today, so that ids stay.
    """
    digest = hashlib.sha256(f"{_name_of(first)}\n{first.identity}".encode()).digest()
    number, letters = int.from_bytes(digest[:8], "big"), ""
    while len(letters) < 10:
        number, rest = divmod(number, 32)
        letters += ID_DIGITS[rest]
    return letters


def _name_of(first: ClaimValue) -> str:
    if first.kind != "election":
        return _alliance_key(first.type, first.participants, NAMED_IN_IDS)
    family = "national" if first.type in NATIONAL_TYPES else first.type
    step = "vote" if first.stage == "runoff" else step_of(first.stage)
    return f"election:{family}:{step}:{first.participants[0]}"
