"""`manage.py learn`: refit the reader's last layers to what editors decided, show what would change, and take it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from timeline.curation.learning import Reread, compare_readings, decided_articles
from timeline.curation.readings import taught_articles
from timeline.extraction import EventMention
from timeline.extraction.events.learnt.examples import (
    DecidedArticle,
    ExampleError,
    TooFewError,
    examples_in,
    fit_layers,
    layers_of,
)
from timeline.extraction.events.learnt.fitting import Fit
from timeline.extraction.events.learnt.network import WeightsError, network
from timeline.extraction.events.learnt.site import SiteWeights, in_use, with_layers, write_site
from timeline.extraction.second.teach import AGREED
from timeline.models import Article

ARTICLES = 1_000  # read with both weights, the newest, unless --articles says otherwise
MAX_SHOWN = 20  # printed readings of each sort
ANSWERS = {
    "event": "is it an event?",
    "types": "which type and step?",
    "statuses": "which status?",
    "takes_part": "who takes part?",
}
CHANGES = {
    "gained": "reports that appear",
    "lost": "reports that go",
    "surer": "reports that become plain",
    "unsure": "reports that become doubtful",
    "changed": "reports with another type, status, participants or days",
}


class Command(BaseCommand):
    """Learn from the decisions of editors."""

    help = (
        "Refit the last layers of the event reader to what editors accepted, corrected and rejected, and show what "
        "would change in the newest articles; --apply takes it."
    )
    requires_system_checks = []  # --reset mends what the checks refuse

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--apply", action="store_true", help="write the site's weights and read with them from now on"
        )
        parser.add_argument("--reset", action="store_true", help="go back to the weights that newsdesk ships")
        parser.add_argument("--name", default="", help="what these weights are called in `doctor`; else their date")
        parser.add_argument("--examples", type=Path, help="learn from the examples in this file as well (JSON Lines)")
        parser.add_argument(
            "--from-readings", action="store_true", help="learn from what the language model and newsdesk agree on, too"
        )
        parser.add_argument(
            "--weight", type=float, default=AGREED, help=f"of a reading beside a decision's 1 (default: {AGREED})"
        )
        parser.add_argument("--export", type=Path, help="write the examples to a file and do nothing else")
        parser.add_argument(
            "--articles", type=int, default=ARTICLES, help=f"how many articles to compare ({ARTICLES:,})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reset"]:
            self._reset()
            return
        articles, decisions = decided_articles()
        if options["from_readings"]:
            articles += self._taught(articles, options["weight"])
        if options["export"]:
            options["export"].write_text("".join(f"{a.as_line()}\n" for a in articles), "utf-8")
            self.stdout.write(f"{len(articles)} articles with decided reports: {options['export']}")
            return
        articles += _examples_of(options["examples"])
        self.stdout.write(f"{decisions} decisions and {_count(articles)} in {len(articles)} articles.")
        fits = self._fit(articles)
        self._print_fits(fits)
        layers = layers_of(fits)
        if not layers:
            self.stdout.write("No other weights answer better for articles held out: nothing changes.")
            return
        self._compare(layers, options["articles"])
        if not options["apply"]:
            self.stdout.write("Nothing was stored. Run it again with --apply to read with these weights from now on.")
            return
        site = self._apply(layers, fits, articles, decisions, options["name"])
        self.stdout.write(
            f"Read with {site.meta['name']} (digest {site.meta['digest']}) from now on: {settings.SITE_WEIGHTS}\n"
            "`manage.py reread` shows what they change in stored articles, `reread --apply` takes it."
        )

    def _taught(self, decided: Sequence[DecidedArticle], weight: float) -> list[DecidedArticle]:
        """Return what readings of the model teach, and say how much. Raises CommandError for an impossible weight."""
        if not 0 < weight <= 1:
            raise CommandError(f"--weight {weight:g} must lie above 0 and be at most 1")
        with tqdm(unit="article", disable=None, desc="Readings") as bar:
            taught = taught_articles(decided, weight, bar.update)
        self.stdout.write(
            f"Readings of the language model: {_count(taught)} in {len(taught)} articles, {weight:g} each."
        )
        return taught

    def _reset(self) -> None:
        path = settings.SITE_WEIGHTS
        if path.exists():
            path.unlink()
            self.stdout.write(
                "The site's weights were removed: articles are read with the weights that newsdesk ships."
            )
        else:
            self.stdout.write("The site has no weights of its own.")

    def _fit(self, articles: Sequence[DecidedArticle]) -> dict[str, Fit]:
        """Fit to the shipped weights, so that learning twice gives the same as once."""
        try:
            with tqdm(total=len(articles), unit="article", disable=None, desc="Learning") as bar:
                return fit_layers(network(), articles, bar.update)
        except TooFewError as e:
            raise CommandError(
                f"too few decisions to learn from: {e}. Decide more in the inbox, then ask again."
            ) from e
        except WeightsError as e:
            raise CommandError(str(e)) from e

    def _print_fits(self, fits: Mapping[str, Fit]) -> None:
        self.stdout.write("\nOf articles held out      examples   log loss       right          prior")
        for layer, fit in fits.items():
            loss, right = "{:.3f} → {:.3f}".format(*fit.loss), "{:.0%} → {:.0%}".format(*fit.right)
            prior = "as shipped" if fit.strength is None else f"{fit.strength:g}"
            self.stdout.write(f"{ANSWERS[layer]:<24} {fit.examples:>9}   {loss:<14} {right:<14} {prior}")

    def _compare(self, layers: Mapping[str, Any], most: int) -> None:
        """Print what the new weights read otherwise than those in use, in the newest articles."""
        newest = Article.objects.exclude(state=Article.State.HAND).order_by("-published", "-pk")[: max(0, most)]
        try:
            before = in_use()
        except WeightsError as e:
            raise CommandError(f"{e}. `manage.py learn --reset` goes back to the weights that newsdesk ships.") from e
        rows = list(newest.select_related("source").defer("markup"))
        with tqdm(total=len(rows), unit="article", disable=None, desc="Comparing") as bar:
            found = compare_readings(rows, before, with_layers(network(), layers), bar.update)
        counts = Counter(one.what for one in found)
        for what, words in CHANGES.items():
            of_sort = [one for one in found if one.what == what]
            for one in of_sort[:MAX_SHOWN]:
                self.stdout.write(_line(one))
            if len(of_sort) > MAX_SHOWN:
                self.stdout.write(f"… and {len(of_sort) - MAX_SHOWN} more {words}")
        summary = ", ".join(f"{counts[what]} {words}" for what, words in CHANGES.items())
        self.stdout.write(f"\nIn the newest {len(rows)} articles: {summary}.")

    def _apply(
        self,
        layers: Mapping[str, Any],
        fits: Mapping[str, Fit],
        articles: Sequence[DecidedArticle],
        decisions: int,
        name: str,
    ) -> SiteWeights:
        today = timezone.localdate().isoformat()
        scores = {
            layer: {"loss": fit.loss, "right": fit.right, "strength": fit.strength} for layer, fit in fits.items()
        }
        meta = {
            "name": name or today,
            "made": today,
            "decisions": decisions,
            "articles": len(articles),
            "scores": scores,
        }
        return write_site(settings.SITE_WEIGHTS, layers, meta)


def _examples_of(path: Path | None) -> list[DecidedArticle]:
    if path is None:
        return []
    try:
        return list(examples_in(path.read_text("utf-8").split("\n")))
    except (OSError, UnicodeError) as e:
        raise CommandError(f"--examples: {path} cannot be read: {e}") from e
    except ExampleError as e:
        raise CommandError(f"--examples: {path}, {e}") from e


def _count(articles: Sequence[DecidedArticle]) -> str:
    counts = Counter(d.event for a in articles for d in a.decided)
    return f"{counts[True]} reports that are events and {counts[False]} that are none"


def _line(one: Reread) -> str:
    shown = one.after or one.before
    assert shown is not None
    change = f"{_words(one.before)}  →  {_words(one.after)}" if one.before and one.after else _words(shown)
    return f"{one.what:8} {change}\n           {shown.evidence[:90]}"


def _words(e: EventMention | None) -> str:
    if e is None:
        return ""
    start, end = e.when.days
    span = str(start) if start == end else f"{start or '..'}/{end or '..'}"
    sure = "" if e.probability is None else f" {e.probability:.2f}"
    return f"{e.type} {','.join(e.participants[:6])} {span} {e.status}{sure}"
