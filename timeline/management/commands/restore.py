"""`manage.py restore FILE`: replace the database with the backup that `manage.py backup` wrote."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from timeline.management.commands.backup import progress_of
from timeline.operations import backups


class Command(BaseCommand):
    """Replace the database with a backup."""

    help = (
        "Bring back what `manage.py backup` wrote, migrated to this version, all or nothing. "
        "Stop web, workers and clock before."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="even if the database holds articles: they are lost")
        parser.add_argument("--check", action="store_true", help="only look whether the file can be restored")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        with tqdm(unit="B", unit_scale=True, desc="check" if options["check"] else "restore", disable=None) as bar:
            try:
                if options["check"]:
                    backup = backups.check(path, progress_of(bar))
                else:
                    backup = backups.load(path, replace=options["replace"], progress=progress_of(bar))
            except backups.BackupError as error:
                raise CommandError(str(error)) from error
        if backup.digest is None:
            self.stderr.write(
                f"{path} was written by 0.5 or older, which stored no SHA-256: it can be read, but nothing is known "
                "about damage to what it holds."
            )
        if options["check"]:
            known = f"SHA-256 {backup.digest}" if backup.digest else "without a SHA-256"
            self.stdout.write(f"{path} can be restored: {backup.size:,} bytes, {known}.")
        else:
            self.stdout.write(f"The database is that of {path}. Start workers and clock: they find what waits.")
