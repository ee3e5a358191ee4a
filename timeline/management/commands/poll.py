"""`manage.py poll [--feed N]`: poll feeds in this process, and print the result of each."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from timeline import tasks
from timeline.ingest import clock, poll
from timeline.models import Feed
from timeline.resilience.retry import QUEUE_DOWN


class Command(BaseCommand):
    """Poll feeds in this process."""

    help = "Poll the feeds that are due, in this process; with --feed or --all also those that are not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--feed", type=int, action="append", metavar="N", help="this feed, due or not; repeatable")
        parser.add_argument("--all", action="store_true", help="every feed that is not paused or retired")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        feeds = list(self._feeds(options).select_related("source").order_by("source__name", "pk"))
        if not feeds:
            self.stdout.write(self._nothing())
            return
        failed = 0
        for feed in tqdm(feeds, unit=" feeds", desc="poll", disable=options["quiet"] or len(feeds) < 2):
            polled = poll.poll_feed(feed.pk)
            failed += polled.outcome in ("failed", "refused", "gone", "later")
            self.stdout.write(f"{feed.pk:>5}  {feed.source.slug}  {feed.url}")
            self.stdout.write(f"       {polled.outcome}: {polled.message}")
            self._nudge(polled.changed)
        if failed:
            raise CommandError(f"{failed} of {len(feeds)} feeds failed; the reasons stand above and on each feed")

    def _feeds(self, options: dict[str, Any]) -> Any:
        if numbers := options["feed"]:
            if missing := set(numbers) - set(Feed.objects.filter(pk__in=numbers).values_list("pk", flat=True)):
                raise CommandError(f"--feed {min(missing)}: no such feed; the admin lists them")
            return Feed.objects.filter(pk__in=numbers)
        if options["all"]:
            return Feed.objects.filter(paused=False, retired_at=None)
        return Feed.objects.filter(poll.is_due(clock.database_now()))

    def _nothing(self) -> str:
        if not Feed.objects.exists():
            return "There are no feeds yet. Add one: manage.py add_source URL"
        return "No feed is due. Poll one all the same with --feed N, or all with --all."

    def _nudge(self, ids: list[int]) -> None:
        """Queue the stored articles; where no broker answers, the recovery task finds them as soon as workers run."""
        try:
            tasks.enqueue(ids)
        except QUEUE_DOWN as e:
            if not getattr(self, "_warned", False):
                self._warned = True
                self.stderr.write(f"No broker answers ({e}); the articles are stored and wait.")
