"""`manage.py reread [--since DATE] [--source SLUG] [--apply]`: clean and read stored articles again."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from timeline.ingest.reclean import clean_again, cleaned_again
from timeline.models import Article, Source
from timeline.pipeline.corrections import unmatched
from timeline.pipeline.process import process
from timeline.pipeline.read import requeue
from timeline.pipeline.reread import Diff, EventSummary, compare

MAX_SHOWN = 40  # printed events of each kind
BATCH_SIZE = 20


class Command(BaseCommand):
    """Read stored articles again with the present rules."""

    help = (
        "Show what reading stored articles again with the present rules would change; --apply takes it. "
        "What editors decided stands in any case."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", help="only articles published on this day (YYYY-MM-DD) or later")
        parser.add_argument("--source", help="only articles of the source with this slug")
        parser.add_argument("--apply", action="store_true", help="read them again and store what comes of it")
        parser.add_argument("--all", action="store_true", help=f"print every change, not only {MAX_SHOWN} of each kind")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Article.objects.exclude(state=Article.State.HAND).order_by("pk")
        if options["since"]:
            rows = rows.filter(published__gte=datetime.combine(_day(options["since"]), time(), UTC))
        if options["source"]:
            if not Source.objects.filter(slug=options["source"]).exists():
                known = ", ".join(Source.objects.order_by("slug").values_list("slug", flat=True)[:20])
                raise CommandError(f"--source: there is no {options['source']!r}; there are: {known or 'none yet'}")
            rows = rows.filter(source__slug=options["source"])
        total = rows.count()
        with tqdm(total=total, unit="article", disable=None, desc="Comparing") as bar:
            diff = compare(cleaned_again(rows.select_related("source").iterator(chunk_size=50)), bar.update)
        self._print(diff, options["all"])
        if not options["apply"]:
            if diff.gained or diff.lost or diff.changed:
                self.stdout.write("Nothing was stored. Run it again with --apply to take these changes.")
            return
        ids = list(rows.values_list("pk", flat=True))
        cleaned = clean_again(ids)
        if cleaned:
            self.stdout.write(f"{cleaned} texts were cleaned anew.")
        requeue(ids)
        with tqdm(total=total, unit="article", disable=None, desc="Reading") as bar:
            for i in range(0, len(ids), BATCH_SIZE):
                process(ids[i : i + BATCH_SIZE])
                bar.update(len(ids[i : i + BATCH_SIZE]))
        self.stdout.write(f"{total} articles were read again.")
        self._print_unfound(None if options["all"] else MAX_SHOWN)

    def _print(self, diff: Diff, everything: bool) -> None:
        limit = None if everything else MAX_SHOWN
        for name, events in (("gained", diff.gained), ("lost", diff.lost)):
            for event in events[:limit]:
                self.stdout.write(f"{name:7} {_describe(event)}\n          {event.evidence[:90]}")
            self._more(name, len(events), limit)
        for old, new in diff.changed[:limit]:
            self.stdout.write(f"changed {_describe(old)}\n     →  {_describe(new)}")
        self._more("changed", len(diff.changed), limit)
        for pk, reason in diff.failed:
            self.stdout.write(f"failed  article {pk}: {reason}")
        self.stdout.write(
            f"{diff.articles} articles: {len(diff.gained)} events gained, {len(diff.lost)} lost, "
            f"{len(diff.changed)} changed" + (f", {len(diff.failed)} articles failed" if diff.failed else "")
        )

    def _print_unfound(self, limit: int | None) -> None:
        """Print the decisions without a claim, whether this reading removed the claim or an earlier one."""
        rows = unmatched()
        if not (count := rows.count()):
            return
        self.stdout.write(f"{count} decisions of editors find their events no more (admin: Corrections, by state):")
        for row in rows.select_related("editor")[:limit]:
            reason = f": {row.reason}" if row.reason else ""
            self.stdout.write(
                f"unfound {row.event_id} {row.field} by {row.editor.username}, {row.made_at:%Y-%m-%d}{reason}"
            )
        self._more("unfound", count, limit)

    def _more(self, name: str, count: int, limit: int | None) -> None:
        if limit is not None and count > limit:
            self.stdout.write(f"… and {count - limit} more {name} (--all prints them)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise CommandError(f"--since {text!r} is no day; write it as 2024-03-20") from e


def _describe(event: EventSummary) -> str:
    who = ",".join(event.participants[:6])
    return f"{event.id} {event.type} {who} {event.span} {event.status} ({event.claims})"
