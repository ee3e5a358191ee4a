"""`manage.py opml`: print all feeds as OPML, for another reader of feeds or for `add_sources`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from timeline.ingest.subscribe import feeds_as_opml
from timeline.models import Feed


class Command(BaseCommand):
    """Print the feeds as OPML."""

    help = "Print all feeds that are not retired as OPML 2.0; `manage.py add_sources` and other readers take it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(feeds_as_opml(Feed.objects.filter(retired_at=None)), ending="")
