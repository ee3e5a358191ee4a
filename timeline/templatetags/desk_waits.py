"""What waits at the desk, for the first page of the admin."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import QuerySet

from timeline.models import Correction
from timeline.pipeline.corrections import unmatched

register = template.Library()
COUNTED = 100


@register.simple_tag
def waiting_decisions(user: Any) -> dict[str, Any]:
    """How many decisions wait for a second editor (`n`, up to a bound; `more`: beyond it); none for who sees none."""
    if not user.has_perm("timeline.view_correction"):
        return {"n": 0, "more": False}
    return _counted(Correction.objects.filter(waits=True, undone_at=None))


@register.simple_tag
def unfound_decisions(user: Any) -> dict[str, Any]:
    """How many decisions in force name no claim that stands (`n`, `more` as above); none for who sees none."""
    return _counted(unmatched()) if user.has_perm("timeline.view_correction") else {"n": 0, "more": False}


def _counted(rows: QuerySet[Correction]) -> dict[str, Any]:
    n = rows.order_by().values("pk")[: COUNTED + 1].count()
    return {"n": min(n, COUNTED), "more": n > COUNTED}
