"""`manage.py generate N`: fill a database with synthetic events, for measurements."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from timeline.synthetic.database import RealEventsError, generate

MAX_EVENTS = 10_000_000
FIRST, LAST = date(1950, 1, 1), date(2900, 1, 1)


def _between(lowest: int, highest: int, text: str) -> int:
    try:
        number = int(text.replace("_", ""))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no number") from error
    if not lowest <= number <= highest:
        raise ArgumentTypeError(f"allowed are {lowest} to {highest:,}")
    return number


def _events(text: str) -> int:
    return _between(1, MAX_EVENTS, text)


def _sources(text: str) -> int:
    return _between(2, 900, text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day: write 2024-03-20") from error
    if not FIRST <= day <= LAST:
        raise ArgumentTypeError(f"allowed are {FIRST} to {LAST}")
    return day


class Command(BaseCommand):
    """Fill a database with synthetic events."""

    help = "Fill a database that holds no real events with N generated ones. Those generated before are replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=_events, metavar="N")
        parser.add_argument("--seed", type=int, default=1, help="another number gives other events")
        parser.add_argument("--until", type=_day, help="the day of the newest reports (today)")
        parser.add_argument("--sources", type=_sources, default=40, help="how many newsrooms tell of them (40)")
        parser.add_argument("--ahead", action="store_true", help="all events meet the 14 months from --until on")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        until = options["until"] or timezone.localdate()
        count = options["count"]
        chosen = {name: options[name] for name in ("seed", "sources", "ahead")}
        steps = generate(count, until=until, **chosen)
        try:
            with tqdm(total=count, unit=" events", desc="generate", disable=options["quiet"]) as bar:
                for stored in steps:
                    bar.update(stored)
        except RealEventsError as error:
            raise CommandError(
                "This database holds events that were not generated. Name another one by DATABASE_URL."
            ) from error
        self.stdout.write(f"{count} events, seed {options['seed']}, reported up to {until}")
