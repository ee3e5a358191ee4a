"""An event that an editor writes: the note of its source stands for an article, and one claim for what it says.

Part of `curation`, nobody else's. The article is never read: its state says that the desk wrote it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from timeline.ingest.store import digest
from timeline.models import Article, Claim, Source
from timeline.models.dated import Extent, Kind, Stage, Status, Type
from timeline.resolution.resolve import key_of
from timeline.validation.columns import max_chars

DESK = {"slug": "desk", "name": "编辑部"}
SCHEME = "newsdesk:by-hand/"  # an address that leads nowhere
LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class Written:
    """What an editor writes; `start` and `end` inclusive, one of them may be open.

    `source_note`: how the desk knows it; `why`: why it matters; `importance`: 0 to 3.
    """

    kind: str
    type: str
    participants: tuple[str, ...]
    start: date | None
    end: date | None
    grain: str
    status: str
    source_note: str
    stage: str = ""
    extent: str = Extent.WITHIN
    why: str = ""
    importance: int = 0

    @property
    def values(self) -> dict[str, Any]:
        """As in `Correction.value`, by field."""
        start, end = (day.isoformat() if day else None for day in (self.start, self.end))
        return {
            "dates": {"start": start, "end": end, "granularity": self.grain},
            "status": self.status,
            "type": self.type,
            "participants": list(self.participants),
        }


def key_of_written(written: Written) -> str:
    """The key of its claim. Raises ValidationError."""
    _check(written)
    return key_of(written.kind, written.type, _stage(written), "", written.participants)


def _stage(written: Written) -> str:
    return written.stage or (Stage.VOTE if written.kind == Kind.ELECTION else "")


def store(written: Written, *, url: str = "", at: datetime | None = None) -> Claim:
    """The note as an article and its claim, unresolved. Raises ValidationError.

    `url` and `at`: the address and the moment at which it was written in another database.
    """
    key = key_of_written(written)
    now = at or timezone.now()
    today = timezone.localdate(now)
    source, _made = Source.objects.get_or_create(slug=DESK["slug"], defaults={"name": DESK["name"]})
    url = url or f"{SCHEME}{secrets.token_hex(8)}"
    note = written.source_note.strip()
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
        kind=written.kind,
        type=written.type,
        stage=_stage(written),
        participants=list(written.participants),
        start=written.start,
        end=written.end,
        granularity=written.grain,
        extent=written.extent,
        status=written.status,
        reported=today,
        evidence=note,
        evidence_start=0,
        evidence_end=len(note),
        trigger=[0, 0],
    )


def _check(written: Written) -> None:
    problems = []
    if written.kind not in Kind.values or written.type not in Type.values or written.status not in Status.values:
        problems.append(_("Kind, type and status are those of the lists."))
    if written.extent not in Extent.values or len(written.grain) > max_chars(Claim, "granularity"):
        problems.append(_("Kind, type and status are those of the lists."))
    if written.stage and written.stage not in Stage.values:
        problems.append(_("There is no such stage."))
    if written.start is None and written.end is None:
        problems.append(_("At least one of first day and last day is needed."))
    if not written.participants:
        problems.append(_("Name at least one country or bloc."))
    if not written.source_note.strip() or len(written.source_note) > LONGEST:
        problems.append(_("Say in at most %(most)d characters how the desk knows this.") % {"most": LONGEST})
    if problems:
        raise ValidationError(problems)
