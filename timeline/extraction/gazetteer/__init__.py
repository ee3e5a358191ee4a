"""Who is named: countries, blocs and their members, seats of power, leaders, places that vote on their own."""

from timeline.extraction.gazetteer.data import Actor, Membership, Place, actors, members, memberships, places
from timeline.extraction.gazetteer.finding import Mention, find_mentions

__all__ = [
    "Actor",
    "Membership",
    "Mention",
    "Place",
    "actors",
    "find_mentions",
    "members",
    "memberships",
    "places",
]
