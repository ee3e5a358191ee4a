"""Who takes part in an event: the rule of its trigger decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from timeline.extraction.events import alliances, gatherings, voters
from timeline.extraction.events.context import HitContext, Participants
from timeline.extraction.events.lexicon import Hit, Trigger

RULES: Mapping[str, Callable[[Trigger, Hit, HitContext], Participants]] = {
    "voter": voters.voter,
    "supranational": voters.supranational,
    "joining": alliances.joining,
    "leaving": alliances.leaving,
    "brexit": alliances.brexit,
    "leaving_mission": alliances.leaving_mission,
    "founding": alliances.founding,
    "parties": alliances.parties,
    "exercise": alliances.exercise,
    "two": gatherings.two,
    "talks": gatherings.talks,
    "visit": gatherings.visit,
    "summit": gatherings.summit,
}


def participants_of(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return the participants of an event; NOBODY where the text does not name them."""
    return RULES[trigger.rule](trigger, hit, context)
