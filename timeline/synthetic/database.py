"""Fills a database with events that never happened (`manage.py generate`), to measure pages on.

What is stored depends on nothing but the arguments: the same seed gives the same ids and rows on every database.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Model

from timeline.models import Actor, ArticleVersion, Change, Event, Source, Tally
from timeline.pipeline import actors, bulk_load, tallies
from timeline.synthetic.random_events import Inventor
from timeline.synthetic.rows import CHANGES, TABLES, Fabric

TOGETHER = 5000  # events whose rows are in memory at once
SLUG = "generated-"
STAGED = "staged_changes"
FILLED: tuple[type[Model], ...] = (*(table.model for table in TABLES), Change, Tally, ArticleVersion, Source)


def emptied() -> list[type[Model]]:
    """What is filled, and what points to it."""
    found: dict[type[Model], None] = dict.fromkeys(FILLED)
    for model in (fresh := list(found)):
        for field in model._meta.get_fields(include_hidden=True):
            other = field.related_model
            if field.auto_created and not field.concrete and isinstance(other, type) and other not in found:
                found[other] = None
                fresh.append(other)
    return list(found)


class HoldsRealEvents(Exception):
    """The database holds what was not generated; nothing of it was touched."""


def refuse_real() -> None:
    """Raises HoldsRealEvents unless everything that is stored was generated, or nothing is."""
    sources = Source.objects.all()
    if sources.exclude(slug__startswith=SLUG).exists() or (Event.objects.exists() and not sources.exists()):
        raise HoldsRealEvents


def generate(count: int, *, seed: int, until: date, sources: int, ahead: bool = False) -> Iterator[int]:
    """Replace what was generated before by `count` events, all or none; yields how many more are made.

    `until` (inclusive) is the last day on which anything was reported; `ahead`: all events meet the 14 months from
    there on. Raises HoldsRealEvents.
    """
    refuse_real()
    bulk_load.tune()
    with transaction.atomic():
        actors.load()
        bulk_load.empty(emptied())
        with bulk_load.without_indexes(FILLED):
            yield from _filled(count, Inventor(seed, until, sources), sources, ahead)
    bulk_load.analyze()


def _filled(count: int, inventor: Inventor, sources: int, ahead: bool) -> Iterator[int]:
    _stage()
    names = actors.names(Actor.objects.values_list("pk", flat=True))
    fabric = Fabric(inventor, _newsrooms(sources), _editor(), names)
    days = inventor.days_ahead(count) if ahead else inventor.days(count)
    for at in range(0, count, TOGETHER):
        batch = [inventor.event(day) for day in days[at : at + TOGETHER]]
        rows = fabric.rows_of(batch)
        for table in TABLES:
            table.load(rows[table.model])
        CHANGES.load(rows[Change], STAGED)
        yield len(batch)
    _log_staged()
    tallies.add(fabric.tallied)
    bulk_load.count_on([model for model in FILLED if model is not Event])


def _newsrooms(count: int) -> list[int]:
    names = [f"{SLUG}{n:03}" for n in range(1, count + 1)]
    Source.objects.bulk_create(
        Source(slug=name, name=f"通讯社 {name[-3:]}", zone="UTC", language="zh-Hans") for name in names
    )
    return list(Source.objects.order_by("slug").values_list("pk", flat=True))


def _editor() -> int:
    """Who decided about what is curated: a user that cannot log in."""
    user, made = get_user_model().objects.get_or_create(username=f"{SLUG}editor", defaults={"is_active": False})
    if made:
        user.set_unusable_password()
        user.save()
    return int(user.pk)


# --- events are made in the order of their days, the log is in that of its moments ----------------


def _stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {STAGED}")
        cursor.execute(f"CREATE TEMPORARY TABLE {STAGED} AS SELECT {_columns()} FROM {_log()} WHERE 1 = 0")


def _log_staged() -> None:
    order = ", ".join(map(connection.ops.quote_name, ("at", "event_id", "what")))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_log()} ({_columns()}) SELECT {_columns()} FROM {STAGED} ORDER BY {order}")
        cursor.execute(f"DROP TABLE {STAGED}")


def _log() -> str:
    return connection.ops.quote_name(Change._meta.db_table)


def _columns() -> str:
    return ", ".join(connection.ops.quote_name(column) for column in CHANGES.columns if column != "id")
