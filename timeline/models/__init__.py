"""What is stored.

Written only by `timeline.pipeline` (the machine) and `timeline.curation` (editors); what needs a person is made from
both by `timeline.curation.inbox.signals`.
"""

from timeline.models.actor import Actor, Membership
from timeline.models.alert import DeliveredChange, Delivery, Watch
from timeline.models.article import TEXTS, Article, ArticleVersion, MergedArticle
from timeline.models.assignment import Assignment, Comment
from timeline.models.attention import Attention, AttentionMark, Followed, InboxView, Reason
from timeline.models.change import Change
from timeline.models.claim import Claim, Contradiction
from timeline.models.correction import Correction, NamedClaim, in_force
from timeline.models.dated import Dated
from timeline.models.error_report import ErrorReport
from timeline.models.event import Event, EventBelief, EventParticipant, EventSource
from timeline.models.feed import Feed, FeedEntry, FeedHost
from timeline.models.hub import HubSubscription
from timeline.models.reader import ApiToken, IdempotentRequest, SavedFilter
from timeline.models.recurring import LineSketch, RecurringLine
from timeline.models.search import EventSearch
from timeline.models.second_reading import ReaderReliability, SecondReading
from timeline.models.source import Source
from timeline.models.tally import Tally
from timeline.models.translation import Translation

__all__ = [
    "TEXTS",
    "Actor",
    "ApiToken",
    "Article",
    "ArticleVersion",
    "Assignment",
    "Attention",
    "AttentionMark",
    "Change",
    "Claim",
    "Comment",
    "Contradiction",
    "Correction",
    "Dated",
    "DeliveredChange",
    "Delivery",
    "ErrorReport",
    "Event",
    "EventBelief",
    "EventParticipant",
    "EventSearch",
    "EventSource",
    "Feed",
    "FeedEntry",
    "FeedHost",
    "Followed",
    "HubSubscription",
    "IdempotentRequest",
    "InboxView",
    "LineSketch",
    "Membership",
    "MergedArticle",
    "NamedClaim",
    "ReaderReliability",
    "Reason",
    "RecurringLine",
    "SavedFilter",
    "SecondReading",
    "Source",
    "Tally",
    "Translation",
    "Watch",
    "in_force",
]
