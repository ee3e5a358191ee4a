"""Fill a database with random events (`manage.py generate`), to measure pages on.

The rows depend only on the arguments: the same seed gives the same ids and rows on every database.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Model

from timeline.extraction.phrases import phrases_of
from timeline.models import ArticleVersion, Change, Event, Source, Tally
from timeline.pipeline import actors, bulk_load, tallies
from timeline.synthetic.random_events import RandomEvents
from timeline.synthetic.rows import RowBuilder
from timeline.synthetic.tables import CHANGES, TABLES

PHRASES = phrases_of(__name__)
BATCH_SIZE = 5000  # events whose rows are in memory at once
SOURCE_PREFIX = "generated-"
STAGING_TABLE = "staged_changes"
FILLED_MODELS: tuple[type[Model], ...] = (*(table.model for table in TABLES), Change, Tally, ArticleVersion, Source)


def models_to_empty() -> list[type[Model]]:
    """Return the models that are filled and those that refer to them."""
    found: dict[type[Model], None] = dict.fromkeys(FILLED_MODELS)
    for model in (fresh := list(found)):
        for field in model._meta.get_fields(include_hidden=True):
            other = field.related_model
            if field.auto_created and not field.concrete and isinstance(other, type) and other not in found:
                found[other] = None
                fresh.append(other)
    return list(found)


class RealEventsError(Exception):
    """The database has rows that were not generated; nothing was changed."""


def refuse_real() -> None:
    """Raise RealEventsError unless all stored events were generated."""
    sources = Source.objects.all()
    if sources.exclude(slug__startswith=SOURCE_PREFIX).exists() or (Event.objects.exists() and not sources.exists()):
        raise RealEventsError


def generate(count: int, *, seed: int, until: date, sources: int, ahead: bool = False) -> Iterator[int]:
    """Replace what was generated before by `count` events, all or none; yield the size of each batch.

    `until` (inclusive): last day of any report; `ahead`: all events overlap the 14 months from there on. Raises
    RealEventsError.
    """
    refuse_real()
    bulk_load.tune()
    with transaction.atomic():
        actors.load_gazetteer()
        bulk_load.delete_all(models_to_empty())
        with bulk_load.without_indexes(FILLED_MODELS):
            yield from _fill(count, RandomEvents(seed, until, sources), sources, ahead)
    bulk_load.analyze()


def _fill(count: int, events: RandomEvents, sources: int, ahead: bool) -> Iterator[int]:
    _create_staging_table()
    builder = RowBuilder(events, _newsrooms(sources), _editor())
    days = events.days_ahead(count) if ahead else events.days(count)
    for at in range(0, count, BATCH_SIZE):
        batch = [events.event(day) for day in days[at : at + BATCH_SIZE]]
        rows = builder.rows_of(batch)
        for table in TABLES:
            table.load(rows[table.model])
        CHANGES.load(rows[Change], STAGING_TABLE)
        yield len(batch)
    _copy_staged_changes()
    tallies.add(builder.tallied)
    bulk_load.reset_sequences([model for model in FILLED_MODELS if model is not Event])


def _newsrooms(count: int) -> list[int]:
    names = [f"{SOURCE_PREFIX}{n:03}" for n in range(1, count + 1)]
    Source.objects.bulk_create(
        Source(slug=name, name=PHRASES["newsroom"].format(number=name[-3:]), zone="UTC", language="zh-Hans")
        for name in names
    )
    return list(Source.objects.order_by("slug").values_list("pk", flat=True))


def _editor() -> int:
    """Return the user who made the corrections; it cannot log in."""
    user, made = get_user_model().objects.get_or_create(
        username=f"{SOURCE_PREFIX}editor", defaults={"is_active": False}
    )
    if made:
        user.set_unusable_password()
        user.save()
    return int(user.pk)


# --- events are made in the order of their days, the log is ordered by time ----------------


def _create_staging_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {STAGING_TABLE}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {STAGING_TABLE} AS SELECT {_columns()} FROM {_change_table()} WHERE 1 = 0"
        )


def _copy_staged_changes() -> None:
    order = ", ".join(map(connection.ops.quote_name, ("at", "event_id", "what")))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_change_table()} ({_columns()}) SELECT {_columns()} FROM {STAGING_TABLE} ORDER BY {order}"
        )
        cursor.execute(f"DROP TABLE {STAGING_TABLE}")


def _change_table() -> str:
    return connection.ops.quote_name(Change._meta.db_table)


def _columns() -> str:
    return ", ".join(connection.ops.quote_name(column) for column in CHANGES.columns if column != "id")
