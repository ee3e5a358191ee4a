"""The gazetteer in the database: actors and memberships, brought up to date from the data files."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from timeline.extraction import gazetteer
from timeline.models import Actor, Membership

NAMES = {"zh-Hans": "name_zh_hans", "zh-Hant": "name_zh_hant", "en": "name_en"}


def _row(code: str) -> Actor:
    """The row of a code: a country or bloc of the gazetteer, or a place that votes on its own."""
    entry = gazetteer.actors().get(code)
    if entry is not None:
        kind, names = entry.kind, entry.names
    else:
        kind, names = Actor.Kind.PLACE, gazetteer.places()[code].names
    return Actor(code=code, kind=kind, **{column: names[language] for language, column in NAMES.items()})


def ensure(codes: Iterable[str]) -> None:
    """Make the rows of these codes where they are missing. Raises KeyError for an unknown code."""
    names(codes)


def names(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The stored names of these codes ("" is none); missing rows are made. Raises KeyError for an unknown code."""
    wanted = {code for code in codes if code}
    rows = Actor.objects.filter(pk__in=wanted).order_by()
    found: dict[str, tuple[str, ...]] = {code: rest for code, *rest in rows.values_list("pk", *NAMES.values())}
    if missing := [_row(code) for code in sorted(wanted - set(found))]:
        Actor.objects.bulk_create(missing, ignore_conflicts=True)
        found |= {row.pk: tuple(getattr(row, column) for column in NAMES.values()) for row in missing}
    return found


@transaction.atomic
def load() -> tuple[int, int]:
    """Bring all actors and memberships up to date; (actors, memberships). Nothing is deleted but memberships."""
    rows = [_row(code) for code in sorted({*gazetteer.actors(), *gazetteer.places()})]
    Actor.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["kind", *NAMES.values()]
    )
    Membership.objects.all().delete()
    members = [
        Membership(bloc_id=m.bloc, member_id=m.member, since=m.since, until=m.until) for m in gazetteer.memberships()
    ]
    Membership.objects.bulk_create(members)
    return len(rows), len(members)
