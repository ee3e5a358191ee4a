"""`manage.py decisions export FILE`, `decisions import FILE [--dry-run]`: editors' decisions as a file."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from timeline.curation import transfer

MAX_SHOWN = 200  # unmatched lines that are printed


class Command(BaseCommand):
    """Export or import editors' decisions."""

    help = (
        "Write all decisions of editors, and the events they wrote by hand, to a file (JSON, one decision a line), "
        "or take those of such a file that are not here yet. FILE is a path, or - for the standard streams."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("export").add_argument("file")
        bring = acts.add_parser("import")
        bring.add_argument("file")
        bring.add_argument("--dry-run", action="store_true", help="store nothing, and say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["act"] == "export":
                self._export(options["file"])
            else:
                self._import(options["file"], dry=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{options['file']}: this is no text in UTF-8 ({error})") from error
        except transfer.BadDecisionFileError as error:
            raise CommandError(f"{options['file']}: {error}") from error

    def _export(self, name: str) -> None:
        if name == "-":
            for line in transfer.export_lines():
                self.stdout.write(line)
            return
        path, count = Path(name), 0
        half = path.with_name(f".{path.name}.part")  # so that FILE is replaced completely or not at all
        try:
            with half.open("w", encoding="utf-8", newline="\n") as file:
                for line in transfer.export_lines():
                    file.write(line + "\n")
                    count += 1
            os.replace(half, path)
        finally:
            half.unlink(missing_ok=True)
        self.stdout.write(f"{count} lines written to {path}")

    def _import(self, name: str, *, dry: bool) -> None:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
        rows = text.split("\n")
        with tqdm(total=len(rows), unit="line", disable=None, desc="Checking" if dry else "Importing") as bar:
            report = transfer.import_decisions(rows, dry=dry, progress=bar.update)
        would = "would be " if dry else ""
        for who in report.people:
            self.stdout.write(f"nobody here is called {who}: {would}made, inactive and without a password")
        for number, about, why in report.unmatched[:MAX_SHOWN]:
            self.stdout.write(f"line {number}: {about}: {why}")
        if len(report.unmatched) > MAX_SHOWN:
            self.stdout.write(f"… and {len(report.unmatched) - MAX_SHOWN} more")
        self.stdout.write(
            f"{report.taken} decisions {would}taken, {report.written} events written by hand {would}made, "
            f"{report.known} known already, {len(report.unmatched)} left out"
        )
        if report.unmatched:
            raise CommandError(f"{len(report.unmatched)} lines are left out, see above; the others stand.")
