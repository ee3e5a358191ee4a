"""Who is named: countries, blocs and their members, seats of power, leaders, places that vote on their own."""

from timeline.extraction.gazetteer.data import (
    Actor,
    Membership,
    Place,
    Region,
    actors,
    codes_in,
    ever_members,
    members,
    memberships,
    names_of,
    places,
    regions,
)
from timeline.extraction.gazetteer.finder import Mention, find_mentions
from timeline.extraction.gazetteer.laws import FIXED_BY_LAW, day_by_law, on_the_day_of_law
from timeline.extraction.gazetteer.offices import may_vote

__all__ = [
    "FIXED_BY_LAW",
    "Actor",
    "Membership",
    "Mention",
    "Place",
    "Region",
    "actors",
    "codes_in",
    "day_by_law",
    "ever_members",
    "find_mentions",
    "may_vote",
    "members",
    "memberships",
    "names_of",
    "on_the_day_of_law",
    "places",
    "regions",
]
