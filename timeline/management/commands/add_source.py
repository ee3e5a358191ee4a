"""`manage.py add_source URL`: examine a feed or page, print what was found, and add it after confirmation."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from timeline import tasks
from timeline.fetching.discovery import Discovery, NothingFoundError, discover
from timeline.fetching.posts import PostError as BadAddress
from timeline.fetching.posts import address
from timeline.ingest import poll
from timeline.ingest.subscribe import FeedExistsError, NewFeed, add_feed
from timeline.models import Feed, Source
from timeline.resilience.retry import QUEUE_DOWN


class Command(BaseCommand):
    """Examine a feed or page and add it as a source."""

    help = "Look at a feed (or a page that names one), say what was found, and add it as a source."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", metavar="URL")
        parser.add_argument("--yes", action="store_true", help="add it without asking")
        parser.add_argument("--look", action="store_true", help="only say what is there; add nothing")
        parser.add_argument("--source", default="", metavar="SLUG", help="the source it belongs to; made if unknown")
        parser.add_argument("--name", default="", help="the name of a new source")
        parser.add_argument("--zone", default="", help="the zone of a new source, e.g. Europe/Paris")
        parser.add_argument("--language", default="", help="the language of a new source, e.g. zh-Hant")
        parser.add_argument(
            "--order",
            choices=Source.NumericOrder.values,
            default="",
            help="how a new source writes dates in figures (default: suggested)",
        )
        parser.add_argument("--interval", type=int, default=15, metavar="MINUTES", help="between polls (default: 15)")
        parser.add_argument(
            "--clock", choices=Feed.Clock.values, default="", help="what UTC means (default: suggested)"
        )
        parser.add_argument("--full-text", action="store_true", help="read the pages of summaries")

    def handle(self, *args: Any, **options: Any) -> None:
        url = self._checked(options)
        known = Source.objects.filter(slug=options["source"]).first()
        zone = known.zone if known else options["zone"]
        try:
            found = discover(url, timezone.now(), options=poll.fetch_settings(), zone=zone)
        except NothingFoundError as e:
            self._print_feeds(e)
            raise CommandError(str(e)) from e
        self._print_discovery(found)
        if options["look"]:
            return
        clock = options["clock"] or (found.clock.clock if found.clock else Feed.Clock.STATED)
        wanted = NewFeed(
            found,
            clock,
            options["interval"],
            options["full_text"],
            options["source"],
            options["name"],
            options["language"],
            options["order"],
        )
        if not options["yes"] and not self._confirmed():
            raise CommandError("nothing was added; with --yes it is added without asking")
        try:
            feed = add_feed(wanted)
        except FeedExistsError as e:
            raise CommandError(str(e)) from e
        self.stdout.write(f"Added feed {feed.pk} of {feed.source} ({feed.source.slug}, {feed.source.zone}).")
        self._nudge(feed)

    def _checked(self, options: dict[str, Any]) -> str:
        url = options["url"] if "://" in options["url"] else f"https://{options['url']}"
        try:
            url = address(url)
        except BadAddress as e:
            raise CommandError(f"{options['url']} {e}".replace("; the title line is `[title](https://…)`", "")) from e
        if not 1 <= options["interval"] <= 7 * 24 * 60:
            raise CommandError("--interval is in minutes, from 1 to 10080 (a week)")
        if options["zone"]:
            try:
                ZoneInfo(options["zone"])
            except (ZoneInfoNotFoundError, ValueError) as e:
                raise CommandError(f"--zone {options['zone']}: no such zone; write it like Europe/Paris") from e
        return url

    def _print_feeds(self, error: NothingFoundError) -> None:
        for feed in error.feeds:
            self.stdout.write(f"  {feed.url}  {feed.title}".rstrip())

    def _print_discovery(self, found: Discovery) -> None:
        parsed = found.parsed
        newest = found.newest.astimezone(ZoneInfo(found.zone.zone)) if found.newest else None
        dates = [f"{found.undated} without a date", f"{found.unzoned} without a zone (read in that of the source)"]
        dates += [f"{found.future} in the future (taken for when they are fetched)"]
        counted = [text for text in dates if not text.startswith("0 ")]
        lines = [
            ("address", found.url),
            ("host", urlsplit(found.url).hostname or ""),
            ("title", parsed.title or "(none)"),
            ("kind", Feed.Kind(parsed.kind).label),
            ("entries", f"{len(parsed.entries)}" + (f" and {parsed.left_out} more" if parsed.left_out else "")),
            ("newest", f"{newest:%Y-%m-%d %H:%M} {found.zone.zone}" if newest else "(no entry has a date)"),
            ("dates", "; ".join(counted) or "all with a zone"),
            ("language", found.language or "(not given)"),
            ("zone", f"{found.zone.zone}: {found.zone.why}"),
            ("figures", f"{found.order.order or 'by language'}: {found.order.why}"),
            ("texts", _texts(found)),
            (
                "clock",
                f"{found.clock.clock}: {found.clock.why}" if found.clock else "stated: nothing speaks against it",
            ),
        ]
        for name, value in lines:
            self.stdout.write(f"{name:>9}  {value}")

    def _confirmed(self) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("there is nobody to ask here: add it with --yes, or look only with --look")
        return input("Add it? [y/N] ").strip().lower() in ("y", "yes")

    def _nudge(self, feed: Feed) -> None:
        claims = poll.claim_now([feed.pk])
        try:
            tasks.send_polls(claims)
        except QUEUE_DOWN as e:
            poll.release_claims(claims)
            self.stderr.write(f"No broker answers ({e}); the feed is polled as soon as workers run.")


def _texts(found: Discovery) -> str:
    if not found.parsed.entries:
        return "(no entries)"
    if found.page is None:
        return "full texts" if found.summaries <= 0.5 else "summaries without links"
    share = f"{found.summaries:.0%} are summaries"
    if found.page:
        return f"{share}; the page of one gave its article: --full-text reads them, if the newsroom allows it"
    return f"{share}; no article could be read from the page of one"
