"""Check that a database is newsdesk's, of this version or an older one, before it is read or replaced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from timeline.models import Article
from timeline.operations.backups.files import BackupError

FIRST_MIGRATION = ("timeline", "0001_initial")
MAX_NAMES = 3  # of tables or migrations in a message


@dataclass(frozen=True, slots=True)
class Contents:
    """The tables of a backup and its applied migrations, as (application, name)."""

    migrations: frozenset[tuple[str, str]]
    tables: frozenset[str]


def check(path: Path, contents: Contents) -> None:
    """Raise BackupError unless this is a whole database of newsdesk that this version can migrate."""
    # One by one, as an older version applied them: a squashed migration counts as those that it replaces.
    loader = MigrationLoader(None, ignore_no_migrations=True, replace_migrations=False)
    known = set(loader.disk_migrations)
    apps = {app for app, _ in known}
    if FIRST_MIGRATION not in contents.migrations or any(app not in apps for app, _ in contents.migrations):
        raise BackupError(f"{path} is no database of newsdesk.")
    if newer := contents.migrations - known:
        raise BackupError(
            f"{path} was written by a newer newsdesk ({_names(newer)}). Update newsdesk, then restore it."
        )
    applied = [node for node in contents.migrations if node in loader.graph.nodes]
    state = loader.project_state([node for node in applied if not loader.disk_migrations[node].replaces])
    expected = {
        str(model.options.get("db_table") or f"{app}_{name}")
        for (app, name), model in state.models.items()
        if model.options.get("managed", True) and not model.options.get("proxy", False)
    }
    if lacking := expected - contents.tables:
        names = ", ".join(sorted(lacking)[:MAX_NAMES])
        raise BackupError(f"{path} is no whole database of newsdesk: it lacks {len(lacking)} tables ({names}).")


def check_replaced(*, replace: bool) -> None:
    """Raise BackupError unless the present database is empty, or newsdesk's and without articles.

    `replace`: it may hold articles; what is not newsdesk's is refused all the same.
    """
    try:
        tables = set(connection.introspection.table_names())
        applied = set(MigrationRecorder(connection).applied_migrations())
        articles = Article._meta.db_table in tables and Article.objects.exists()
    except DatabaseError as error:
        raise BackupError(
            f"The present database cannot be looked at: {error}. If it is damaged, move it away and restore again."
        ) from error
    apps = {app for app, _ in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    others = {app for app, _ in applied if app not in apps}
    # With PostgreSQL only newsdesk's tables are replaced, with SQLite the whole file.
    if (
        others
        or (applied and FIRST_MIGRATION not in applied)
        or (tables and not applied and connection.vendor == "sqlite")
    ):
        raise BackupError("The present database is not newsdesk's, so it is not replaced. Look at DATABASE_URL.")
    if articles and not replace:
        raise BackupError("This database holds articles. Take an empty one, or replace it with --replace.")


def _names(migrations: frozenset[tuple[str, str]]) -> str:
    names = [f"{app}.{name}" for app, name in sorted(migrations)]
    return ", ".join(names[:MAX_NAMES]) + (" …" if len(names) > MAX_NAMES else "")
