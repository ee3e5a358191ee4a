"""`manage.py openapi [PATH]`: write the API's OpenAPI description to docs/openapi.json."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from timeline.api import api
from timeline.api.description import render

PLACE = Path("docs") / "openapi.json"


class Command(BaseCommand):
    """Write the API's description into a file."""

    help = "Write the OpenAPI description of the API (docs/openapi.json), sorted."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=settings.BASE_DIR / PLACE)

    def handle(self, *args: Any, **options: Any) -> None:
        options["path"].write_bytes(render(api.get_openapi_schema()))
        self.stdout.write(str(options["path"]))
