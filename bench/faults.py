"""`python -m bench.faults [POSTS]`: compare an import during which everything fails with an undisturbed one.

While articles are imported, read and resolved, workers are killed at random, every message is sent twice, and each
`Fault` of the modules `bench/faults_*.py` happens once. A table shows for each kind what was seen and whether its
promise held. At the end both databases must have the same content.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

import bench
from bench.corpus import Missing, parts
from bench.deployment import NotInTime, deployment
from bench.fault import Fault
from bench.stories import stories, write
from bench.storm import Plan, Seen, Storm
from bench.table import table

INLINE = (
    "from timeline.pipeline.process import process\n"
    "from timeline.tasks import BATCH_SIZE\n"
    "from timeline.models import Article\n"
    "ids = list(Article.objects.order_by('-pk').values_list('pk', flat=True))\n"
    "for at in range(0, len(ids), BATCH_SIZE): process(ids[at:at + BATCH_SIZE])\n"
)
FAILED = "SELECT url, tries, failure FROM timeline_article WHERE state = 'failed' ORDER BY url"
QUICK = {"NEWSDESK_TASK_SECONDS": "20", "NEWSDESK_WORKER_MEMORY": "700"}
SHORT = Plan((0.2, 0.5), 0.05, 60.0, 1, QUICK, hurry=True)
LONG = Plan((1.0, 4.0), 0.02, 900.0, 30, {"NEWSDESK_TASK_SECONDS": "40"})


@dataclass(slots=True)
class Outcome:
    """What was seen of each fault, the failed articles, and the first rows in which both databases differ."""

    seen: list[Seen] = field(default_factory=list)
    failed: list[tuple[str, int, str]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    different: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not self.different and not self.failed and all(one.held for one in self.seen)


def collected() -> tuple[Fault, ...]:
    """Return the faults of all modules `bench/faults_*.py`, in the order of the modules' names."""
    names = sorted(found.name for found in pkgutil.iter_modules(bench.__path__) if found.name.startswith("faults_"))
    return tuple(fault for name in names for fault in importlib.import_module(f"bench.{name}").FAULTS)


def suffer(paths: Sequence[Path], faults: Sequence[Fault], plan: Plan, seed: int = 2020) -> Outcome:
    """Import the articles in `paths` undisturbed, and again while each of the faults happens."""
    outcome = Outcome()
    with deployment(plan.settings) as made:
        calm = made.copied("calm")
        nobody = {"DATABASE_URL": calm, "REDIS_URL": "redis://127.0.0.1:9/0"}
        made.python("manage.py", "import", "--quiet", *map(str, paths), **nobody)
        made.python("manage.py", "shell", "--no-imports", "-c", INLINE, DATABASE_URL=calm)
        begun = time.monotonic()
        outcome.seen = Storm(made, plan, random.Random(seed)).blow(paths, faults)
        outcome.seconds = time.monotonic() - begun
        with psycopg.connect(made.environment["DATABASE_URL"]) as database:
            outcome.failed = [(str(a), int(b), str(c)) for a, b, c in database.execute(FAILED).fetchall()]
        _compare(outcome, made.python("-m", "bench.dumped", DATABASE_URL=calm), made.python("-m", "bench.dumped"))
    return outcome


def _compare(outcome: Outcome, calm: str, stormy: str) -> None:
    told, here = json.loads(calm), json.loads(stormy)
    for what, rows in told.items():
        outcome.rows[what] = len(rows)
        if rows != here[what]:
            lost, more = sorted(set(rows) - set(here[what])), sorted(set(here[what]) - set(rows))
            outcome.different[what] = [*(f"- {row}" for row in lost[:5]), *(f"+ {row}" for row in more[:5])]


def made_up(folder: Path, count: int) -> list[Path]:
    return [write(folder, f"story-{n}", text, n) for n, text in enumerate(stories(count))]


def report(outcome: Outcome) -> str:
    kinds = [
        [number, one.kind, one.waiting or "", one.what.replace("\n", " ")[:300], "held" if one.held else "BROKEN"]
        for number, one in enumerate(outcome.seen, 1)
    ]
    rows = [
        [what, count, "the same" if what not in outcome.different else "different"]
        for what, count in outcome.rows.items()
    ]
    aside = [f"set aside after {tries} tries: {url}: {why}" for url, tries, why in outcome.failed]
    different = [line[:200] for lines in outcome.different.values() for line in lines]
    return "\n".join(
        [
            table(["", "fault", "waiting", "seen", "promise"], kinds),
            table(["", "rows", "disturbed"], rows),
            *aside,
            *different,
            f"{outcome.seconds:.0f} s",
        ]
    )


def main(posts: int) -> int:
    with TemporaryDirectory(prefix="newsdesk-faults-") as folder:
        try:
            outcome = suffer(parts(Path(folder), posts, LONG.parts), collected(), LONG)
        except (Missing, NotInTime) as error:
            print(f"faults: {error}", file=sys.stderr)
            return 1
    print(report(outcome))
    return int(not outcome.good)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
