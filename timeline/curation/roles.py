"""The roles: five groups with their permissions, which are updated without removing any.

Roles are Django groups; a user has the permissions of all of them. What may be done with a single correction (one's
own, that of another editor, an approved one) is checked by `timeline.curation.decide`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

VIEWABLE_MODELS = (  # models that every role but `machine` may view; neither tokens nor saved filters of others
    *("actor", "article", "articleversion", "change", "claim", "contradiction", "correction", "event", "eventbelief"),
    *("eventparticipant", "eventsource", "feed", "membership", "recurringline", "source"),
)
READER_PERMISSIONS = frozenset(f"view_{model}" for model in VIEWABLE_MODELS)
EDITOR_PERMISSIONS = frozenset(
    {"add_correction", "approve_correction", "view_errorreport", "change_errorreport"}  # settles reports of readers
)
CHIEF_PERMISSIONS = frozenset(
    {
        "undo_any_correction",  # corrections of others
        *("add_source", "change_source", "add_feed", "change_feed"),
        "change_article",  # requeues articles
        *("view_apitoken", "change_apitoken"),  # revokes tokens
    }
)
ROLES: dict[str, frozenset[str]] = {
    "reader": READER_PERMISSIONS,
    "editor": READER_PERMISSIONS | EDITOR_PERMISSIONS,
    "trainee": READER_PERMISSIONS | {"add_correction", "await_approval"},  # a second editor approves what they decide
    "chief": READER_PERMISSIONS | EDITOR_PERMISSIONS | CHIEF_PERMISSIONS,
    "machine": frozenset(),  # programs: their tokens carry their rights, and the admin is closed to them
}
STAFF_ROLES = frozenset({"trainee", "editor", "chief"})  # that work in the admin


class MissingPermissionsError(RuntimeError):
    """The database lacks permissions of the roles."""


@dataclass(frozen=True, slots=True)
class RoleSync:
    """The result of updating a role: permissions that were added, and further ones that an operator gave it."""

    name: str
    made: bool
    added: tuple[str, ...]
    beside: tuple[str, ...]


@transaction.atomic
def sync_roles() -> list[RoleSync]:
    """Create the groups and add missing permissions. Idempotent.

    Raises MissingPermissionsError before `manage.py migrate`.
    """
    wanted = frozenset().union(*ROLES.values())
    rows = Permission.objects.filter(content_type__app_label="timeline", codename__in=wanted)
    known = {row.codename: row for row in rows}
    if missing := sorted(wanted - set(known)):
        raise MissingPermissionsError(
            f"The database knows no permission {', '.join(missing)}: run manage.py migrate first."
        )
    return [_sync_role(name, {known[codename] for codename in codenames}) for name, codenames in ROLES.items()]


def _sync_role(name: str, wanted: set[Permission]) -> RoleSync:
    group, made = Group.objects.get_or_create(name=name)
    has = set(group.permissions.all())
    group.permissions.add(*wanted - has)
    added, beside = (tuple(sorted(p.codename for p in rows)) for rows in (wanted - has, has - wanted))
    return RoleSync(name, made, added, beside)
