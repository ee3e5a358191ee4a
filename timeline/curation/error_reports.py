"""Readers' error reports: a decision about the event settles them, and undone it opens them again."""

from __future__ import annotations

from django.utils import timezone

from timeline.models import Correction, ErrorReport


def settle(correction: Correction) -> None:
    """Settle the open reports about the event of a correction, or those that its undoing had opened again."""
    rows = ErrorReport.objects.filter(event=correction.event_id, settled_at=None)
    rows.update(settled_at=timezone.now(), settled_by=correction.editor_id, settled_with=correction)


def reopen(correction: Correction) -> None:
    """Open again the reports that a correction had settled. Idempotent."""
    ErrorReport.objects.filter(settled_with=correction).update(settled_at=None, settled_by=None, settled_with=None)
