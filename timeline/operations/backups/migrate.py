"""Migrate a database other than the present one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend

from timeline.operations.backups.files import BackupError


@contextmanager
def connected_to(**settings: Any) -> Iterator[None]:
    """Let the default connection use another database: `settings` override its own.

    Migrations use the default connection, so a second one would not do.
    """
    before = connections[DEFAULT_DB_ALIAS]
    before.close()
    entry = {**before.settings_dict, **settings}
    elsewhere = load_backend(entry["ENGINE"]).DatabaseWrapper(entry, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = elsewhere
    try:
        yield
    finally:
        elsewhere.close()
        connections[DEFAULT_DB_ALIAS] = before


def migrate(what: str) -> None:
    """Bring the database to this version. Raises BackupError, which names `what`, where a migration fails."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Exception as error:  # whatever a migration may raise
        raise BackupError(f"{what} cannot be migrated: {type(error).__name__}: {error}") from error
