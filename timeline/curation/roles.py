"""Who may do what at the desk: four groups with their permissions, brought up to date without taking anything away.

Roles are Django's own groups, and a person's rights the sum of them. What may be done with a single decision (one's
own, that of another, one that two have seen) is asked by `curation`, whatever the groups say.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

SHOWN = (  # what whoever works at the desk may look at; neither tokens nor the saved filters of others
    *("actor", "article", "articleversion", "change", "claim", "contradiction", "correction", "event", "eventbelief"),
    *("eventparticipant", "eventsource", "feed", "membership", "source"),
)
READS = frozenset(f"view_{model}" for model in SHOWN)
DECIDES = frozenset({"add_correction", "approve_correction"})
KEEPS_ORDER = frozenset(
    {
        "undo_any_correction",  # what others decided
        *("add_source", "change_source", "add_feed", "change_feed"),
        "change_article",  # reads articles again
        *("view_apitoken", "change_apitoken"),  # revokes the tokens of programs
    }
)
ROLES: dict[str, frozenset[str]] = {
    "reader": READS,
    "editor": READS | DECIDES,
    "chief": READS | DECIDES | KEEPS_ORDER,
    "machine": frozenset(),  # of programs: their tokens say what they may, and the admin is closed to them
}


class NoPermissions(RuntimeError):
    """The permissions that roles are made of are not in the database."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What bringing a role up to date did: the permissions it got, and those that an operator gave it beside ours."""

    name: str
    made: bool
    added: tuple[str, ...]
    beside: tuple[str, ...]


@transaction.atomic
def bring() -> list[Brought]:
    """Make the groups, and give them what they miss. Twice is once. Raises NoPermissions before `manage.py migrate`."""
    wanted = frozenset().union(*ROLES.values())
    rows = Permission.objects.filter(content_type__app_label="timeline", codename__in=wanted)
    known = {row.codename: row for row in rows}
    if missing := sorted(wanted - set(known)):
        raise NoPermissions(f"The database knows no permission {', '.join(missing)}: run manage.py migrate first.")
    return [_bring(name, {known[codename] for codename in codenames}) for name, codenames in ROLES.items()]


def _bring(name: str, wanted: set[Permission]) -> Brought:
    group, made = Group.objects.get_or_create(name=name)
    has = set(group.permissions.all())
    group.permissions.add(*wanted - has)
    added, beside = (tuple(sorted(p.codename for p in rows)) for rows in (wanted - has, has - wanted))
    return Brought(name, made, added, beside)
