"""`manage.py backup FILE`: the whole database into one file, while everything goes on working."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from timeline.operators import backups


class Command(BaseCommand):
    help = "Write the whole database into FILE, as it is at one moment; workers and pages may go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        with tqdm(unit=" pages", desc="backup", disable=None) as bar:
            try:
                size = backups.save(path, lambda done, of: told(bar, done, of))
            except backups.CannotBackUp as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{path}: {size:,} bytes. `manage.py restore {path}` brings it back.")


def told(bar: Any, done: int, of: int) -> None:
    bar.total = of
    bar.update(done - bar.n)
