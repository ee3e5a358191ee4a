"""Inbox counts for the admin's index page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from timeline.curation.decide import MAY_DECIDE
from timeline.curation.inbox.queue import MAX_COUNTED, counts

register = template.Library()


@register.inclusion_tag("admin/timeline/_inbox_counts.html", takes_context=True)
def inbox_counts(context: Context) -> dict[str, Any]:
    """Return the inbox's reasons with their counts for a user who may decide; for others nothing, without a query."""
    request = context.get("request")
    if request is None or not request.user.has_perm(MAY_DECIDE):
        return {"shown": False}
    found = [(reason, n) for reason, n in counts(timezone.localdate()) if n]
    rows = [
        {"name": reason.value, "words": str(reason.label), "count": f"{MAX_COUNTED}+" if n > MAX_COUNTED else str(n)}
        for reason, n in found
    ]
    return {"shown": True, "rows": rows}
