"""`manage.py extract FILE…`: read articles and print the findings, one JSON object a line. No database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from timeline.display.extraction_json import reading_json
from timeline.display.reasons import reason_words
from timeline.extraction import Article, read_article
from timeline.extraction.article import Reading
from timeline.fetching.archives import Problem, open_posts
from timeline.fetching.newsrooms import newsroom_of, text_of
from timeline.fetching.posts import PostError, RawArticle, parse_post


class Command(BaseCommand):
    """Read articles from files and print their date expressions and events."""

    help = "Read articles (files, folders or archives in the post format) and print one JSON object a line."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--anchor", help="the day that relative dates count from (YYYY-MM-DD)")
        parser.add_argument("--zone", help="the newsroom's time zone, e.g. Europe/Paris")
        parser.add_argument("--order", choices=["dmy", "mdy", "ymd"], default="", help="of dates in figures (5/6/2024)")
        parser.add_argument("--explain", action="store_true", help="say in words how each date came to its days")

    def handle(self, *args: Any, **options: Any) -> None:
        anchor, zone = _day(options["anchor"]), _zone(options["zone"])
        refused = 0
        for post in open_posts(options["paths"]):
            try:
                if isinstance(post, Problem):
                    raise PostError(post.reason)
                raw = parse_post(post.data, post.name)
                reading, text = read_raw(raw, anchor, zone, options["order"])
            except PostError as e:
                refused += 1
                print(f"refused: {post.origin}: {e}", file=sys.stderr)
                continue
            if options["explain"]:
                self.stdout.write(explained(raw, reading, text))
            else:
                self.stdout.write(orjson.dumps(reading_row(raw, reading, text)).decode())
        if refused:
            raise CommandError(f"{refused} refused", returncode=1)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as e:
        raise CommandError(f"--anchor {text!r} is no day; write it as 2024-03-20") from e


def _zone(text: str | None) -> str | None:
    try:
        return ZoneInfo(text).key if text else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise CommandError(f"--zone {text!r} is no time zone; write it as Europe/Paris") from e


def read_raw(raw: RawArticle, anchor: date | None, zone: str | None, order: str = "") -> tuple[Reading, str]:
    """Return what is read in an article, and the text that its offsets point into."""
    text = text_of(raw.markup, raw.title, raw.url, raw.author)
    article = Article(
        title=raw.title,
        text=text,
        published=raw.published,
        zone=zone or newsroom_of(raw.url, raw.author).zone,
        url=raw.url,
        anchor=anchor,
        order=order,
    )
    return read_article(article), text


def reading_row(raw: RawArticle, reading: Reading, text: str) -> dict[str, Any]:
    """Return the row that `extract` prints for one article."""
    with translation.override("en"):
        found = reading_json(reading, text)
    return {
        "id": raw.name,
        "title": raw.title,
        "url": raw.url,
        "published": raw.published,
        **found,
    }


def explained(raw: RawArticle, reading: Reading, text: str) -> str:
    """Return the dates of an article in words: where they stand, their days, the rule, and each step to the days."""
    lines = [f"{raw.name}: {raw.title} ({reading.language})"]
    if reading.anchor is None:
        return "\n".join([*lines, "  no day to count from: nothing is dated", ""])
    lines.append(f"  counted from {reading.anchor.day} ({reading.anchor.source})")
    with translation.override("en"):
        for where, found in (("title", reading.title_expressions), ("text", reading.expressions)):
            for e in found:
                days = "no days" if e.vague else f"{e.start or '…'} to {e.end or '…'}"
                lines += [f"  {where} {e.start_char}–{e.end_char} “{e.text}”: {days}", f"    rule: {e.rule}"]
                lines.append(f"    {reason_words(e.reasons)}")
    return "\n".join([*lines, ""])
