"""`manage.py remove ADDRESS…`: remove articles, or a source with all of its articles."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from timeline.fetching.posts import PostError, address
from timeline.ingest import removal
from timeline.ingest.store import digest
from timeline.models import Article, Source
from timeline.models.source import SAMPLE_PREFIX
from timeline.pipeline.process import process

MAX_SHOWN = 10


class Command(BaseCommand):
    """Remove articles or a source; tombstones stay."""

    help = (
        "Remove articles (by address or id), or a source with its feeds and articles: their texts and claims go, "
        "their events are resolved again, and no import brings them back. --undo allows them again. --samples "
        "removes what the sample articles brought."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("articles", nargs="*", metavar="ARTICLE", help="the address of an article, or its id")
        parser.add_argument("--source", default="", metavar="SLUG", help="the source, with its feeds and articles")
        parser.add_argument("--samples", action="store_true", help="all sources of the sample articles")
        parser.add_argument("--undo", action="store_true", help="let the next import or poll store them again")
        parser.add_argument("--yes", action="store_true", help="do it without asking")

    def handle(self, *args: Any, **options: Any) -> None:
        if [bool(options[name]) for name in ("articles", "source", "samples")].count(True) != 1:
            raise CommandError("name either articles or one --source, or give --samples")
        if options["samples"]:
            self._samples(undo=options["undo"], sure=options["yes"])
            return
        source = _source(options["source"]) if options["source"] else None
        found = _articles(options["articles"])
        if options["undo"]:
            count = removal.allow_again([article.pk for article in found], source)
            self.stdout.write(
                f"{count} articles are allowed again: the next import or poll that brings them stores them."
            )
            return
        ids = removal.articles_of(source) if source else [article.pk for article in found]
        for article in found[:MAX_SHOWN]:
            self.stdout.write(f"  {article.pk}  {article}  {article.url}")
        if source is not None:
            feeds = source.feeds.count()
            self.stdout.write(f"  {source} ({source.slug}): {len(ids)} articles, {feeds} feeds")
        if not options["yes"] and not _confirmed():
            raise CommandError("nothing was removed; with --yes it is done without asking")
        if source is not None:
            removal.close_source(source)
        count = self._remove(ids)
        self.stdout.write(f"{count} articles were removed; what only they said is withdrawn.")

    def _samples(self, *, undo: bool, sure: bool) -> None:
        """Remove the sources of the samples with their articles, or allow them again."""
        if undo:
            removed = Source.objects.filter(slug__startswith=SAMPLE_PREFIX, removed__isnull=False)
            count = sum(removal.allow_again(source=source) for source in removed)
            self.stdout.write(f"{count} sample articles are allowed again: the next import stores them.")
            return
        sources = list(Source.samples())
        ids = [pk for source in sources for pk in removal.articles_of(source)]
        self.stdout.write(f"  {len(ids)} sample articles of {len(sources)} invented newsrooms")
        if not sure and not _confirmed():
            raise CommandError("nothing was removed; with --yes it is done without asking")
        for source in sources:
            removal.close_source(source)
        self.stdout.write(f"{self._remove(ids)} articles were removed; what only they said is withdrawn.")

    def _remove(self, ids: Sequence[int]) -> int:
        count = 0
        with tqdm(total=len(ids), unit=" articles", desc="Removing", disable=None) as bar:
            for removed in removal.remove_articles(ids):
                process(removed)
                count += len(removed)
                bar.update(len(removed))
        return count


def _source(slug: str) -> Source:
    if (source := Source.objects.filter(slug=slug).first()) is None:
        known = ", ".join(Source.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CommandError(f"--source: there is no {slug!r}; there are: {known or 'none yet'}")
    return source


def _articles(words: Sequence[str]) -> list[Article]:
    """Return the articles that are named by id or address. Raises CommandError for one that is not known."""
    found = []
    for word in words:
        try:
            named = {"pk": int(word)} if word.isascii() and word.isdigit() else {"url_digest": digest(address(word))}
        except PostError as e:
            raise CommandError(f"{word} is neither the id nor the address of an article") from e
        if (article := Article.objects.defer("markup", "text").filter(**named).first()) is None:
            raise CommandError(f"there is no article {word}; nothing was removed")
        if article.state == Article.State.HAND:
            raise CommandError(f"{word} was added manually: reject its event in the admin instead; nothing was removed")
        found.append(article)
    return found


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise CommandError("there is nobody to ask here: do it with --yes")
    return input("Remove this? [y/N] ").strip().lower() in ("y", "yes")
