"""What is stored. Written only by `timeline.pipeline` (the machine) and `timeline.curation` (editors)."""

from timeline.models.actor import Actor, Membership
from timeline.models.article import TEXTS, Article, ArticleVersion
from timeline.models.claim import Claim, Contradiction
from timeline.models.correction import Correction
from timeline.models.dated import Dated
from timeline.models.event import Event, EventBelief, EventParticipant
from timeline.models.source import Source

__all__ = [
    "TEXTS",
    "Actor",
    "Article",
    "ArticleVersion",
    "Claim",
    "Contradiction",
    "Correction",
    "Dated",
    "Event",
    "EventBelief",
    "EventParticipant",
    "Membership",
    "Source",
]
