"""`manage.py backup FILE`: write the whole database into one file while newsdesk runs."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from timeline.operations import backups
from timeline.operations.backups import generations


class Command(BaseCommand):
    """Write the whole database into one file."""

    help = "Write the whole database into a file, as it is at one moment; workers and pages may go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE", help="with --keep: a folder")
        parser.add_argument(
            "--keep",
            type=_policy,
            metavar="daily=7,weekly=4",
            help="write a file named after this moment into the folder, and remove older ones that are not the newest "
            f"of one of the last so many periods ({', '.join(generations.PERIOD_FORMATS)})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        removed: list[Path] = []
        with tqdm(unit="B", unit_scale=True, desc="backup", disable=None) as bar:
            try:
                if options["keep"]:
                    found = backups.save_generation(path, options["keep"], timezone.now(), progress_of(bar))
                    path, size, removed = found
                else:
                    size = backups.save(path, progress_of(bar))
            except backups.BackupError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{path}: {size:,} bytes. `manage.py restore {path}` brings it back.")
        for old in removed:
            self.stdout.write(f"{old}: removed")


def progress_of(bar: Any) -> backups.Progress:
    """Return a callback that shows on the bar how many bytes are done; each step of the work starts again at 0."""

    def show(done: int, of: int) -> None:
        bar.total = of or None
        bar.update(done - bar.n)

    return show


def _policy(text: str) -> generations.Policy:
    try:
        return generations.parse_policy(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
