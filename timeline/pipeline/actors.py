"""Store the gazetteer: actors and memberships, updated from the data files."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from timeline.extraction import gazetteer
from timeline.models import Actor, Membership

NAME_COLUMNS = {"zh-Hans": "name_zh_hans", "zh-Hant": "name_zh_hant", "en": "name_en"}


def _row(code: str) -> Actor:
    """Make the row of a code: a country or bloc of the gazetteer, or a place that votes on its own."""
    entry = gazetteer.actors().get(code)
    if entry is not None:
        kind, names_of = entry.kind, entry.names
    else:
        kind, names_of = Actor.Kind.PLACE, gazetteer.places()[code].names
    return Actor(code=code, kind=kind, **{column: names_of[language] for language, column in NAME_COLUMNS.items()})


def names_of(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the stored names of these codes ("" is none), in the order of NAME_COLUMNS; create missing rows.

    Raises KeyError for an unknown code.
    """
    wanted = {code for code in codes if code}
    rows = Actor.objects.filter(pk__in=wanted).order_by()
    found: dict[str, tuple[str, ...]] = {code: rest for code, *rest in rows.values_list("pk", *NAME_COLUMNS.values())}
    if missing := [_row(code) for code in sorted(wanted - set(found))]:
        Actor.objects.bulk_create(missing, ignore_conflicts=True)
        found |= {row.pk: tuple(getattr(row, column) for column in NAME_COLUMNS.values()) for row in missing}
    return found


@transaction.atomic
def load_gazetteer() -> tuple[int, int]:
    """Update all actors and memberships from the gazetteer and return how many of each. Actors are never deleted."""
    rows = [_row(code) for code in sorted({*gazetteer.actors(), *gazetteer.places()})]
    Actor.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["kind", *NAME_COLUMNS.values()]
    )
    Membership.objects.all().delete()
    members = [
        Membership(bloc_id=m.bloc, member_id=m.member, since=m.since, until=m.until) for m in gazetteer.memberships()
    ]
    Membership.objects.bulk_create(members)
    return len(rows), len(members)
