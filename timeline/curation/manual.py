"""Store an event that an editor adds manually: the note of its source as an article, with one claim.

The article is never read: its state says that it was entered by hand.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from timeline.curation.values import value_of_days
from timeline.extraction.phrases import phrases_of
from timeline.extraction.when import When
from timeline.ingest.store import digest
from timeline.models import Article, Claim, Source
from timeline.models.dated import Extent, Kind, Stage, Status, Type, columns_of
from timeline.resolution.keys import key_of
from timeline.validation.columns import max_chars

PHRASES = phrases_of(__name__)
EDITORS = {"slug": "desk", "name": PHRASES["editors"]}
SCHEME = "newsdesk:by-hand/"  # of the address of the article, which leads nowhere
MAX_NOTE_CHARS = 5_000  # of the note of the source


@dataclass(frozen=True, slots=True)
class ManualEvent:
    """An event as an editor enters it.

    `source_note`: how the editors know of it; `why`: why it matters; `importance`: 0 to 3.
    """

    kind: str
    type: str
    participants: tuple[str, ...]
    when: When
    status: str
    source_note: str
    stage: str = ""
    why: str = ""
    importance: int = 0

    @property
    def values(self) -> dict[str, Any]:
        """The values by field, as in `Correction.value`."""
        return {
            "dates": value_of_days(self.when),
            "status": self.status,
            "type": self.type,
            "participants": list(self.participants),
        }


def key_of_manual(manual_event: ManualEvent) -> str:
    """Return the blocking key of its claim. Raises ValidationError."""
    _check(manual_event)
    return key_of(manual_event.kind, manual_event.type, _stage(manual_event), "", manual_event.participants)


def _stage(manual_event: ManualEvent) -> str:
    return manual_event.stage or (Stage.VOTE if manual_event.kind == Kind.ELECTION else "")


def store(manual_event: ManualEvent, *, url: str = "", at: datetime | None = None) -> Claim:
    """Store the note as an article with its claim, not resolved yet. Raises ValidationError.

    `url` and `at`: the address and the time of an event that is imported from another database.
    """
    key = key_of_manual(manual_event)
    now = at or timezone.now()
    today = timezone.localdate(now)
    source, _made = Source.objects.get_or_create(slug=EDITORS["slug"], defaults={"name": EDITORS["name"]})
    url = url or f"{SCHEME}{secrets.token_hex(8)}"
    note = manual_event.source_note.strip()
    article = Article.objects.create(
        source=source,
        url=url,
        url_digest=digest(url),
        title=note[:80],
        published=now,
        markup="",
        text=note,
        digest=digest(note),
        state=Article.State.HAND,
        state_since=now,
        anchor=today,
        anchor_from="given",
    )
    return Claim.objects.create(
        article=article,
        key=key,
        kind=manual_event.kind,
        type=manual_event.type,
        stage=_stage(manual_event),
        participants=list(manual_event.participants),
        **columns_of(manual_event.when),
        status=manual_event.status,
        reported=today,
        evidence=note,
        evidence_start=0,
        evidence_end=len(note),
        trigger=[0, 0],
    )


def _check(manual_event: ManualEvent) -> None:
    problems = []
    if (
        manual_event.kind not in Kind.values
        or manual_event.type not in Type.values
        or manual_event.status not in Status.values
    ):
        problems.append(_("Choose kind, type and status from the lists."))
    when = manual_event.when
    if when.extent not in Extent.values or len(when.grain) > max_chars(Claim, "granularity"):
        problems.append(_("Choose kind, type and status from the lists."))
    if manual_event.stage and manual_event.stage not in Stage.values:
        problems.append(_("Unknown stage."))
    if when.start is None and when.end is None:
        problems.append(_("Enter a first day, a last day or both."))
    if not manual_event.participants:
        problems.append(_("Name at least one country or bloc."))
    if not manual_event.source_note.strip() or len(manual_event.source_note) > MAX_NOTE_CHARS:
        problems.append(_("Give the source in at most %(most)d characters.") % {"most": MAX_NOTE_CHARS})
    if problems:
        raise ValidationError(problems)
