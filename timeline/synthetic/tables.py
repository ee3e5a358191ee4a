"""The tables that are filled, with the columns of their rows in order."""

from __future__ import annotations

from timeline.models import (
    Article,
    Change,
    Claim,
    Contradiction,
    Correction,
    Event,
    EventBelief,
    EventParticipant,
    EventSearch,
    EventSource,
)
from timeline.pipeline.bulk_load import Table

DATE_COLUMNS = "start end granularity modifier extent status alternatives"
ARTICLES = Table(
    Article,
    "id source_id url url_digest title published markup text digest version language state state_since begun tries "
    "failure pending_keys anchor anchor_from expressions title_expressions first_seen",
)
EVENTS = Table(
    Event,
    f"id key kind type stage place_id {DATE_COLUMNS} day believed_since first_reported claim_count source_count "
    "by_law merged_into_id retracted precision reach curated weight revision changed_at",
)
CLAIMS = Table(
    Claim,
    f"id article_id event_id reprint_of_id key kind type stage place participants {DATE_COLUMNS} reported evidence "
    "evidence_start evidence_end expressions trigger mentions said_by reasons doubts",
)
PARTICIPANTS = Table(EventParticipant, "id event_id actor_id position kind day end reach")
SEARCH = Table(EventSearch, "id event_id kind day end reach about reports")
SOURCES = Table(EventSource, "id event_id source_id kind day end reach")
BELIEFS = Table(EventBelief, f"id event_id since until {DATE_COLUMNS} claim_id change by_law")
CONTRADICTIONS = Table(Contradiction, "id event_id first_id second_id")
CORRECTIONS = Table(Correction, "id event_id field value reason editor_id made_at undone_at undone_by_id identity")
CHANGES = Table(Change, "id event_id what at before after merged_into_id")
TABLES = (
    ARTICLES,
    EVENTS,
    CLAIMS,
    PARTICIPANTS,
    SEARCH,
    SOURCES,
    BELIEFS,
    CONTRADICTIONS,
    CORRECTIONS,
)  # after those that they refer to
