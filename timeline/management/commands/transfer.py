"""`manage.py transfer --to URL`: copy everything into another database of either kind, all or nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from newsdesk import environment
from timeline.operations import transfer
from timeline.operations.backups import BackupError


class Command(BaseCommand):
    """Copy everything into another database."""

    help = (
        "Copy everything but sessions between the database of DATABASE_URL and another one, from SQLite to PostgreSQL "
        "or back, all or nothing, and compare both. Stop web, workers and clock before."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--to", metavar="URL", help="where everything goes, written as DATABASE_URL is")
        way.add_argument("--from", metavar="URL", help="where everything comes from")
        parser.add_argument("--replace", action="store_true", help="even if the target holds articles: they are lost")

    def handle(self, *args: Any, **options: Any) -> None:
        option = "to" if options["to"] else "from"
        try:
            other = environment.database_at(f"--{option}", options[option], settings.HOME)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        own = dict(connection.settings_dict)
        source, target = (own, other) if option == "to" else (other, own)
        with tqdm(unit=" rows", unit_scale=True, desc="transfer", disable=None) as bar:

            def show(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            try:
                tables = transfer.copy_database(source, target, replace=options["replace"], progress=show)
            except BackupError as error:
                raise CommandError(str(error)) from error
        for table in tables:
            self.stdout.write(f"{table.name:32} {table.rows:>12,} rows  {table.digest:064x}")
        self.stdout.write(
            f"{sum(table.rows for table in tables):,} rows are the same in both databases. Sessions were left out: "
            "people sign in again."
        )
