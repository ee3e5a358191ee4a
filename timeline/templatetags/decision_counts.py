"""Counts of waiting decisions for the admin's index page."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import QuerySet

from timeline.models import Correction
from timeline.pipeline.corrections import unmatched

register = template.Library()
MAX_COUNTED = 100


@register.simple_tag
def waiting_decisions(user: Any) -> dict[str, Any]:
    """Return how many decisions wait for a second editor: `n`, at most MAX_COUNTED, and `more` where there are more.

    0 for a user who may not see corrections.
    """
    if not user.has_perm("timeline.view_correction"):
        return {"n": 0, "more": False}
    return _counted(Correction.objects.filter(waits=True, undone_at=None))


@register.simple_tag
def unfound_decisions(user: Any) -> dict[str, Any]:
    """Return how many decisions in force name no existing claim: `n` and `more` as above."""
    return _counted(unmatched()) if user.has_perm("timeline.view_correction") else {"n": 0, "more": False}


def _counted(rows: QuerySet[Correction]) -> dict[str, Any]:
    n = rows.order_by().values("pk")[: MAX_COUNTED + 1].count()
    return {"n": min(n, MAX_COUNTED), "more": n > MAX_COUNTED}
