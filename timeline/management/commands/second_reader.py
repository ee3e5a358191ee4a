"""`manage.py second_reader status|ask|withdraw`: what the language model has read, and to be without it again."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from timeline import tasks
from timeline.models import Article, Claim, SecondReading
from timeline.pipeline.read import requeue
from timeline.resilience.retry import QUEUE_DOWN
from timeline.second_reader import ask as second_reading
from timeline.second_reader import choose
from timeline.second_reader.client import is_on


class Command(BaseCommand):
    """Show, order or withdraw readings of the language model."""

    help = "The second reader: what it has read and cost, order a reading, or take all of them back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("status", help="what was asked today, what waits, and how far both readers agree")
        order = acts.add_parser("ask", help="have articles read by the model")
        order.add_argument("articles", nargs="+", type=int, metavar="ARTICLE", help="number of an article")
        acts.add_parser("withdraw", help="delete all answers; their articles are read again without them")

    def handle(self, *args: Any, **options: Any) -> None:
        {"status": self._status, "ask": self._ask, "withdraw": self._withdraw}[options["act"]](options)

    def _status(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        spent = second_reading.spent(now)
        self.stdout.write(f"a model is set: {'yes' if is_on() else 'no'}")
        self.stdout.write(f"today: {spent.calls} questions, {spent.tokens} tokens{', over budget' * spent.is_over}")
        states = Counter(SecondReading.objects.values_list("state", flat=True))
        self.stdout.write("articles: " + (", ".join(f"{n} {state}" for state, n in sorted(states.items())) or "none"))
        readers = Counter(Claim.objects.exclude(reader="").values_list("reader", flat=True))
        self.stdout.write(f"claims: {readers['both']} of both readers, {readers['second']} of the model alone")
        dropped = Counter(why for row in SecondReading.objects.values_list("dropped", flat=True) for why in row)
        if dropped:
            self.stdout.write("not believed: " + ", ".join(f"{n} {why}" for why, n in dropped.most_common()))
        if second_reading.is_broken(now):
            self.stdout.write("the server fails; it is left alone for a few minutes")

    def _ask(self, options: dict[str, Any]) -> None:
        if not is_on():
            raise CommandError("No model is set: see NEWSDESK_MODEL_URL in deploy/env.example.")
        found = {article.pk: article for article in Article.objects.filter(pk__in=options["articles"])}
        if missing := [pk for pk in options["articles"] if pk not in found]:
            raise CommandError(f"there is no article {', '.join(map(str, missing))}; nothing was ordered")
        for article in found.values():
            choose.order(article)
        self.stdout.write(f"{len(found)} articles wait for the model")

    def _withdraw(self, options: dict[str, Any]) -> None:
        articles = second_reading.withdraw()
        requeue(articles)
        try:
            tasks.enqueue(articles)
        except QUEUE_DOWN:
            pass  # the recovery task finds them
        self.stdout.write(f"{len(articles)} articles are read again without the model")
