"""What an event is called: made from its structure alone, in the active language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext

from timeline.models import Actor, Event
from timeline.models.dated import Type

TYPES = frozenset(Type.values)
NAMES = 3  # more participants are counted instead of named


class Titled(Protocol):
    """What a title needs of an event; `enlarges`: those who take part in an accession are members already."""

    @property
    def kind(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def place(self) -> Actor | None: ...
    @property
    def participants(self) -> Sequence[Actor]: ...
    @property
    def enlarges(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class TitleParts:
    """What a title needs, gathered by hand: a retracted event has no participants of its own any more."""

    kind: str
    type: str
    stage: str
    place: Actor | None
    participants: Sequence[Actor]
    enlarges: bool = False


def row_title(event: Event) -> str:
    """Write the title of a stored event as it stands now. Reads its place and participants, which may be prefetched."""
    parties = [one.actor for one in event.participants.all() if one.actor_id != event.place_id]
    return title(TitleParts(event.kind, event.type, event.stage, event.place, parties))


def title(event: Titled, *, lane: str = "") -> str:
    """Write the title: `Australia: general election`. `lane`: code of an actor to leave out, as it stands beside."""
    words = _election(event, lane) if event.kind == "election" else _alliance(event, lane)
    return capfirst(words)


def names(actors: Sequence[Actor]) -> str:
    """Join names: `Japan and Canada`; of more than `NAMES`, two and the number of the rest."""
    known = [actor.name for actor in actors]
    if len(known) <= NAMES:
        return _joined(known)
    words = {
        "names": pgettext("between names", ", ").join(known[:2]),
        "more": len(known) - 2,
        "all": len(known),
    }
    if all(actor.kind == Actor.Kind.COUNTRY for actor in actors):
        return pgettext("countries", "%(names)s and %(more)s others") % words
    return pgettext("parties", "%(names)s and %(more)s others") % words


def _joined(known: Sequence[str]) -> str:
    if len(known) < 2:
        return "".join(known)
    head = pgettext("between names", ", ").join(known[:-1])
    return head + pgettext("before the last name", " and ") + known[-1]


def _label(type: str) -> str:
    return str(Type(type).label) if type in TYPES else type


def _headed(who: str, what: str) -> str:
    if not who:
        return what
    return pgettext("who: what", "%(who)s: %(what)s") % {"who": who, "what": what}


# --- elections ----------------------------------------------------------------------------------


def _election(event: Titled, lane: str) -> str:
    voters = [a for a in event.participants if not (event.type == "supranational" and a.code == "eu")]
    what = _label(event.type)
    if event.type == "supranational" and len(voters) < len(event.participants):
        what = gettext("European Parliament election")
    who = event.place.name if event.place else names([a for a in voters if a.code != lane])
    return _staged(_headed(who, what), event.stage)


def _staged(words: str, stage: str) -> str:
    patterns = {
        "runoff": pgettext("stage of an election", "%(election)s, runoff"),
        "result": pgettext("stage of an election", "%(election)s, result"),
        "call": pgettext("stage of an election", "%(election)s, call"),
        "postponement": pgettext("stage of an election", "%(election)s, postponement"),
    }
    return patterns[stage] % {"election": words} if stage in patterns else words


# --- alliances ----------------------------------------------------------------------------------


def _alliance(event: Titled, lane: str) -> str:
    blocs = [a for a in event.participants if a.kind == Actor.Kind.BLOC]
    others = [a for a in event.participants if a.kind != Actor.Kind.BLOC]
    if event.type in ("accession", "withdrawal") and blocs:
        return _membership(event, others, [b for b in blocs if b.code != lane])
    if event.type in ("summit", "agreement") and blocs:
        return _of_bloc([b for b in blocs if b.code != lane], others, _label(event.type))
    what = gettext("talks") if event.type == "meeting" else _label(event.type)
    return _headed(names([a for a in event.participants if a.code != lane]), what)


def _membership(event: Titled, others: Sequence[Actor], blocs: Sequence[Actor]) -> str:
    """For joining and leaving the bloc is the object; without a bloc the lane says which."""
    who, bloc = names(others), names(blocs)
    if event.type == "withdrawal":
        if not who:
            return pgettext("of a bloc", "%(bloc)s: withdrawal") % {"bloc": bloc} if bloc else _label(event.type)
        if not bloc:
            return pgettext("leaves what the lane names", "%(who)s: withdrawal") % {"who": who}
        return pgettext("leaves", "%(who)s: withdrawal from %(bloc)s") % {"who": who, "bloc": bloc}
    if event.enlarges or not who:
        what = pgettext("of a bloc", "enlargement")
        return _headed(bloc, what)
    if not bloc:
        return pgettext("joins what the lane names", "%(who)s: accession") % {"who": who}
    return pgettext("joins", "%(who)s: accession to %(bloc)s") % {"who": who, "bloc": bloc}


def _of_bloc(blocs: Sequence[Actor], others: Sequence[Actor], what: str) -> str:
    words = what
    if blocs:
        words = pgettext("a bloc's", "%(bloc)s %(what)s") % {"bloc": names(blocs), "what": what}
    if others:
        return pgettext("with whom", "%(what)s (%(who)s)") % {"what": words, "who": names(others)}
    return words
