"""`manage.py token add NAME --scope articles:write`, `token list`, `token revoke NAME`: manage API tokens."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from timeline.http import tokens
from timeline.models import ApiToken


class Command(BaseCommand):
    """Add, list or revoke API tokens."""

    help = "Tokens of programs that write: make one (its secret is printed once), list them, revoke one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add")
        add.add_argument("name")
        add.add_argument("--scope", action="append", choices=tokens.SCOPES, required=True)
        acts.add_parser("list")
        acts.add_parser("revoke").add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        {"add": self._add, "list": self._list, "revoke": self._revoke}[options["act"]](options)

    def _add(self, options: dict[str, Any]) -> None:
        name = options["name"].strip()
        if not name or len(name) > 80:
            raise CommandError("a name has 1 to 80 characters")
        try:
            self.stdout.write(tokens.add(name, options["scope"]))
        except tokens.NameTakenError as error:
            raise CommandError(f"a token in force is called {name!r}; revoke it or take another name") from error

    def _list(self, options: dict[str, Any]) -> None:
        for token in ApiToken.objects.order_by("made_at"):
            state = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else "in force"
            used = f"{token.used_at:%Y-%m-%d %H:%M}" if token.used_at else "never"
            scopes, made = ",".join(token.scopes), f"made {token.made_at:%Y-%m-%d}"
            self.stdout.write("\t".join([token.name, scopes, made, f"used {used}", state]))

    def _revoke(self, options: dict[str, Any]) -> None:
        if not tokens.revoke(options["name"]):
            raise CommandError(f"no token in force is called {options['name']!r}")
