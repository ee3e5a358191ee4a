"""`manage.py add_sources FILE`: add the feeds of an OPML file or of a list of addresses, each after a look at it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from timeline import tasks
from timeline.fetching.discovery import NothingFoundError, discover
from timeline.fetching.outlines import MAX_LIST_BYTES, FeedList, ListedFeed, ListError, parse_list
from timeline.ingest import poll
from timeline.ingest.subscribe import FeedExistsError, NewFeed, add_feed
from timeline.models import Feed
from timeline.resilience.retry import QUEUE_DOWN


class Command(BaseCommand):
    """Add the feeds of a list."""

    help = "Look at each feed of an OPML file, or of a list with an address a line, and add it (-: standard input)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--look", action="store_true", help="only say what is there; add nothing")
        parser.add_argument("--interval", type=int, default=15, metavar="MINUTES", help="between polls (default: 15)")
        parser.add_argument("--full-text", action="store_true", help="read the pages of summaries")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["interval"] <= 7 * 24 * 60:
            raise CommandError("--interval is in minutes, from 1 to 10080 (a week)")
        listed = _listed(options["file"])
        added, known, failed = list[Feed](), 0, len(listed.problems)
        for problem in listed.problems:
            self.stderr.write(f"left out: {problem}")
        for one in tqdm(listed.feeds, unit=" feeds", desc="Looking", disable=None):
            try:
                if (feed := self._add(one, options)) is not None:
                    added.append(feed)
            except FeedExistsError as e:
                known += 1
                self.stdout.write(f"known    {e}")
            except NothingFoundError as e:
                failed += 1
                self.stderr.write(f"failed   {e}" + "".join(f"\n           {feed.url}" for feed in e.feeds))
        self._nudge(added)
        self.stdout.write(f"{len(added)} feeds added, {known} known before, {failed} not added")
        if failed:
            raise CommandError(f"{failed} of {len(listed.feeds)} could not be added; the others are", returncode=1)

    def _add(self, one: ListedFeed, options: dict[str, Any]) -> Feed | None:
        found = discover(one.url, timezone.now(), options=poll.fetch_settings())
        title = found.parsed.title or one.title
        if options["look"]:
            self.stdout.write(
                f"found    {found.url}  {title}  ({len(found.parsed.entries)} entries, {found.zone.zone})"
            )
            return None
        clock = found.clock.clock if found.clock else Feed.Clock.STATED
        feed = add_feed(NewFeed(found, clock, options["interval"], options["full_text"]))
        self.stdout.write(f"added    {feed.url}  {title}  ({feed.source.slug}, {feed.source.zone})")
        return feed

    def _nudge(self, feeds: list[Feed]) -> None:
        claims = poll.claim_now(feed.pk for feed in feeds)
        try:
            tasks.send_polls(claims)
        except QUEUE_DOWN as e:
            poll.release_claims(claims)
            self.stderr.write(f"No broker answers ({e}); the feeds are polled as soon as workers run.")


def _listed(name: str) -> FeedList:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            return parse_list(file.read(MAX_LIST_BYTES + 1))
    except OSError as e:
        raise CommandError(f"{name} cannot be read: {e.strerror or e}") from e
    except ListError as e:
        raise CommandError(f"{name} {e}") from e
