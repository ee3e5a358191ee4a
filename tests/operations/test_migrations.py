"""A new database and one that went through all versions have the same tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tests.support.migrations import one_by_one

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = sorted(model._meta.db_table for model in apps.get_app_config("timeline").get_models(include_auto_created=True))


@pytest.fixture
def migrated() -> Iterator[None]:
    yield
    call_command("migrate", "timeline", verbosity=0)


def field_type(column: Any) -> str:
    """What Django calls the type of a column; the number of one that it does not know, such as `tsvector`."""
    try:
        return str(connection.introspection.get_field_type(column.type_code, column))
    except KeyError:
        return str(column.type_code)


def schema() -> dict[str, Any]:
    """The columns of each table (type, length, null, default) and its indexes and constraints."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            described = connection.introspection.get_table_description(cursor, table)
            constraints = connection.introspection.get_constraints(cursor, table)
            found[table] = {
                "columns": {
                    c.name: (
                        field_type(c),
                        c.display_size,
                        c.null_ok,
                        c.default,
                    )
                    for c in described
                },
                "constraints": sorted(
                    [
                        str(
                            (c["columns"], c["primary_key"], c["unique"], c["foreign_key"], c["index"], c.get("orders"))
                        )
                        for c in constraints.values()
                    ]
                ),
            }
    return found


def test_no_model_lacks_a_migration(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_all_tables_at_once_are_the_tables_of_all_versions_together(migrated: None) -> None:
    at_once = schema()
    call_command("migrate", "timeline", "zero", verbosity=0)
    executor = one_by_one()
    executor.migrate([key for key in executor.loader.graph.leaf_nodes("timeline") if "squashed" not in key[1]])
    assert schema() == at_once
