"""`manage.py load_gazetteer`: update countries, places, blocs and memberships. Idempotent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from timeline.pipeline import actors


class Command(BaseCommand):
    """Update countries, places, blocs and memberships from the gazetteer."""

    help = "Bring countries, places, blocs and their members up to date from the gazetteer's files."

    def handle(self, *args: Any, **options: Any) -> None:
        count, memberships = actors.load_gazetteer()
        self.stdout.write(f"{count} actors, {memberships} memberships")
