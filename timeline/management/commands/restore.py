"""`manage.py restore FILE`: make the database what it was when `manage.py backup` wrote the file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from timeline.management.commands.backup import told
from timeline.operators import backups


class Command(BaseCommand):
    help = "Bring back what `manage.py backup` wrote, all or nothing, and migrate it. Stop workers and clock before."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="even if the database holds articles: they are lost")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        with tqdm(unit=" pages", desc="restore", disable=None) as bar:
            try:
                backups.load(path, replace=options["replace"], progress=lambda done, of: told(bar, done, of))
            except backups.CannotBackUp as error:
                raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"The database is that of {path}. Start workers and clock: they find what waits.")
