"""`manage.py filters [PATH]`: write the table of parameters into docs/filters.md."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from timeline.extraction import gazetteer
from timeline.query.parameters import PARAMETERS
from timeline.query.parser import Parameter
from timeline.query.values import (
    MAX_SEARCH_CHARS,
    Blocs,
    Choice,
    Choices,
    Countries,
    Day,
    Regions,
    Sources,
    Value,
    Window,
    Words,
)

DOCUMENT = Path("docs") / "filters.md"
HEAD = "| parameter | values | meaning | example |\n|---|---|---|---|\n"


class Command(BaseCommand):
    """Write the table of parameters into docs/filters.md."""

    help = "Write the parameters of the filter into their documentation (docs/filters.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=settings.BASE_DIR / DOCUMENT)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        before, head, rest = path.read_text("utf-8").partition(HEAD)
        if not head:
            raise CommandError(f"{path} has no table of parameters")
        _, _, after = rest.partition("\n\n")
        path.write_text(f"{before}{table()}\n{after}", "utf-8")
        self.stdout.write(str(path))


def table() -> str:
    """Return the table in Markdown: a line for each parameter, in the order of a canonical query."""
    with translation.override("en"):
        return HEAD + "".join(_row(parameter) for parameter in PARAMETERS)


def _row(parameter: Parameter) -> str:
    examples = parameter.example if parameter.value.many else [parameter.example]
    needed = [f"{other.key}={other.example[0]}" for other in PARAMETERS if other.key in parameter.needs]
    query = "&".join([*needed, *(f"{parameter.key}={example}" for example in examples)])
    return f"| `{parameter.key}` | {_values(parameter.value)} | {parameter.about} | `{query}` |\n"


def _values(value: Value) -> str:
    match value:
        case Choice(values=values) | Choices(values=values):
            return _codes(values)
        case Countries():
            return "code of a country or place (`JP`, `TW-KHH`)"
        case Blocs():
            return "slug of a bloc (`nato`, `eu`)"
        case Regions():
            return f"{_codes(list(gazetteer.regions()))}, or the code of three digits (`150`)"
        case Sources():
            return "slug of a source"
        case Window(words=words):
            return f"an ISO 8601 interval, or {_codes(words)}"
        case Day():
            return "`2024`, `2024-03`, `2024-03-20`"
        case Words():
            return f"at most {MAX_SEARCH_CHARS} characters"
    raise TypeError(f"how the document shows values of the kind {value} is not said here")


def _codes(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
