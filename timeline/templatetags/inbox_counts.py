"""Counts of the inbox, and moments in words, for the pages of editors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.db import DatabaseError
from django.template.context import Context
from django.utils import timezone

from timeline.curation.decide import MAY_DECIDE
from timeline.curation.inbox.queue import MAX_COUNTED, counts, open_count
from timeline.display.dates import moment_words
from timeline.display.sentences import language_name

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


@register.simple_tag
def may_review(user: Any) -> bool:
    """Tell whether a user may open the review screen: staff with the permission to decide. No query for visitors."""
    return bool(getattr(user, "is_staff", False) and user.has_perm(MAY_DECIDE))


@register.simple_tag
def inbox_total() -> str:
    """Return how many items the inbox holds, as `1000+` where there are more; "" where the database cannot say.

    The header stands above errors as well, also those of the database.
    """
    try:
        n = open_count(timezone.localdate())
    except DatabaseError:
        return ""
    return f"{MAX_COUNTED}+" if n > MAX_COUNTED else str(n)


@register.filter
def moment(at: datetime | None) -> str:
    """Write a moment as the site writes days, with its time; "" for none."""
    return moment_words(at) if at else ""


@register.filter
def language_words(tag: str) -> str:
    """Name a language by its BCP 47 tag in the active language; an unknown one stays as it is."""
    return language_name(tag)
