"""Ask a colleague to look at an item of the inbox, comment on it, and say that it is done.

None of this changes what is published. Permissions are checked here, whichever interface is used.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from timeline.curation.decide import MAY_DECIDE
from timeline.curation.inbox import signals
from timeline.models import Assignment, Claim, Comment, Event

MAX_COMMENT_CHARS = 2_000
MAX_EDITORS = 200  # that are offered to choose from
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def editors() -> list[User]:
    """Return the users who may decide, by name. One query."""
    found = User.objects.with_perm(MAY_DECIDE, is_active=True, include_superusers=True, backend=MODEL_BACKEND)
    return list(found.filter(is_staff=True).order_by("username")[:MAX_EDITORS])


@transaction.atomic
def assign(item: Event | Claim, to: User, by: User, *, second: bool = False) -> Assignment:
    """Ask somebody to look at an item; nothing is added where they are asked already.

    Raises ValidationError where they may not decide, or are to be their own second pair of eyes, and PermissionDenied.
    """
    _require(by)
    if not (to.is_active and to.is_staff and to.has_perm(MAY_DECIDE)):
        raise ValidationError(_("%(name)s may not decide about events.") % {"name": to.get_username()})
    if second and to.pk == by.pk:
        raise ValidationError(_("A second pair of eyes is somebody else’s."))
    row = Assignment.objects.filter(of_item(item), to=to, done_at=None, second=second).first()
    made = row or Assignment.objects.create(to=to, by=by, second=second, **_columns(item))
    _notice(item)
    return made


@transaction.atomic
def comment(item: Event | Claim, text: str, editor: User) -> Comment:
    """Store a comment. Raises ValidationError for an empty or endless one, and PermissionDenied."""
    _require(editor)
    text = text.strip()
    if not text or len(text) > MAX_COMMENT_CHARS:
        raise ValidationError(_("A comment has 1 to %(most)d characters.") % {"most": MAX_COMMENT_CHARS})
    return Comment.objects.create(editor=editor, text=text, **_columns(item))


@transaction.atomic
def finish(item: Event | Claim, editor: User) -> int:
    """End what this editor was asked to look at; return how many assignments that were."""
    n = Assignment.objects.filter(of_item(item), to=editor, done_at=None).update(done_at=timezone.now())
    if n:
        _notice(item)
    return n


def open_assignments(item: Event | Claim) -> QuerySet[Assignment]:
    """Return who is asked to look at an item and has not done so yet, the newest first."""
    return Assignment.objects.filter(of_item(item), done_at=None).select_related("to", "by")


def comments(item: Event | Claim) -> QuerySet[Comment]:
    """Return the comments on an item, of an event those on its claims too, the oldest first."""
    return Comment.objects.filter(of_item(item)).select_related("editor")


def of_item(item: Event | Claim) -> Q:
    """Return the condition of rows about an item; what was about a claim is about its event later."""
    return Q(claim=item) if isinstance(item, Claim) else Q(event=item) | Q(claim__event=item)


def _columns(item: Event | Claim) -> dict[str, object]:
    if isinstance(item, Claim):
        return {"claim": item, "words": item.evidence[:200]}
    return {"event": item, "words": ""}


def _notice(item: Event | Claim) -> None:
    if isinstance(item, Claim) and item.event_id is None:
        signals.update_claims([item.article_id])
    else:
        signals.update_events(_events([item]))


def _events(items: Iterable[Event | Claim]) -> list[str]:
    return [pk for one in items if (pk := one.event_id if isinstance(one, Claim) else one.pk)]


def _require(editor: User) -> None:
    if not editor.has_perm(MAY_DECIDE):
        raise PermissionDenied(_("You do not have permission to do this."))
