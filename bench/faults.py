"""`python -m bench.faults [POSTS]`: an import during which everything fails that can fail, beside one undisturbed.

While articles are imported, read and resolved, workers are killed at random, Redis loses its data, PostgreSQL is
restarted, Redis refuses to write, the clock of one worker is an hour ahead and then an hour behind, two clocks queue
the sweeps, every message is sent twice, one article kills whoever reads it and one takes all memory. At the end both
databases must hold the same.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg

from bench.corpus import Missing, halves
from bench.deployment import Deployment, NotInTime, Process, deployment, wait_until
from bench.stories import HUNGRY, KILLS, stories, write
from bench.table import table

INLINE = (
    "from timeline import pipeline, tasks\n"
    "from timeline.models import Article\n"
    "ids = list(Article.objects.order_by('-pk').values_list('pk', flat=True))\n"
    "for at in range(0, len(ids), tasks.BATCH): pipeline.process(ids[at:at + tasks.BATCH])\n"
)
WAITING = "SELECT count(*) FROM timeline_article WHERE state IN ('new', 'read')"
FAILED = "SELECT url, tries, failure FROM timeline_article WHERE state = 'failed' ORDER BY url"
SHIFT = 3600.0
DEAF = 2.0  # seconds in which Redis takes nothing


@dataclass(frozen=True, slots=True)
class Plan:
    """How much goes wrong. `patience`: seconds until everything must be done after the last fault."""

    kills: int
    pauses: tuple[float, float]
    slow: float
    patience: float
    settings: Mapping[str, str] = field(default_factory=dict)
    hurry: bool = False


SHORT = Plan(8, (0.2, 0.5), 0.05, 60.0, {"NEWSDESK_TASK_SECONDS": "20", "NEWSDESK_WORKER_MEMORY": "700"}, hurry=True)
LONG = Plan(20, (1.0, 4.0), 0.02, 900.0, {"NEWSDESK_TASK_SECONDS": "40"})


@dataclass(slots=True)
class Outcome:
    """What was done, what was set aside, and the first rows in which both databases differ."""

    faults: list[str] = field(default_factory=list)
    failed: list[tuple[str, int, str]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    different: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0


def suffer(paths: Sequence[Path], poison: Sequence[Path], plan: Plan, seed: int = 2020) -> Outcome:
    """Import the articles in `paths` undisturbed, and disturbed with those in `poison` among them."""
    outcome, rng = Outcome(), random.Random(seed)
    with deployment(plan.settings) as made:
        url = made.environment["DATABASE_URL"]
        calm = made.copied("calm")
        nobody = {"DATABASE_URL": calm, "REDIS_URL": "redis://127.0.0.1:9/0"}
        made.python("manage.py", "import", "--quiet", *map(str, paths), **nobody)
        made.python("manage.py", "shell", "--no-imports", "-c", INLINE, DATABASE_URL=calm)
        begun = time.monotonic()
        _Storm(made, plan, rng, outcome).blow([*paths, *poison])
        outcome.seconds = time.monotonic() - begun
        with psycopg.connect(url) as database:
            outcome.failed = [(str(a), int(b), str(c)) for a, b, c in database.execute(FAILED).fetchall()]
        for failed, *_ in outcome.failed:
            with psycopg.connect(url) as database:
                database.execute("DELETE FROM timeline_article WHERE url = %s", [failed])
        _compare(outcome, made.python("-m", "bench.dumped", DATABASE_URL=calm), made.python("-m", "bench.dumped"))
    return outcome


def _compare(outcome: Outcome, calm: str, stormy: str) -> None:
    told, here = json.loads(calm), json.loads(stormy)
    for what, rows in told.items():
        outcome.rows[what] = len(rows)
        if rows != here[what]:
            lost, more = sorted(set(rows) - set(here[what])), sorted(set(here[what]) - set(rows))
            outcome.different[what] = [*(f"- {row}" for row in lost[:5]), *(f"+ {row}" for row in more[:5])]


class _Storm:
    def __init__(self, made: Deployment, plan: Plan, rng: random.Random, outcome: Outcome) -> None:
        self.made, self.plan, self.rng, self.outcome = made, plan, rng, outcome
        self.world = {
            "FAULTS_TWICE": "1",
            "FAULTS_SLOW": str(plan.slow),
            **({"FAULTS_HURRY": "1"} if plan.hurry else {}),
        }
        made.environment |= self.world

    def blow(self, paths: Sequence[Path]) -> None:
        self.worker = self._worker("steady")
        self.other = self._worker("ahead", FAULTS_SHIFT=str(SHIFT))
        for name in ("beat", "second-beat"):
            self._beat(name)
        command = [sys.executable, "-m", "bench.faulty", "manage", "import", "--quiet", *map(str, paths)]
        importing = self.made.start(command, "import")
        others = self._others()
        for number in range(self.plan.kills):
            time.sleep(self.rng.uniform(*self.plan.pauses))
            if importing.poll() is not None:
                wait_until(lambda: not self._at_rest(), 5, "something is left to be disturbed")
            self._kill()
            while others and number + 1 >= self.plan.kills * (1 - len(others) / 5):
                others.pop(0)()
        self.outcome.faults.append(f"{self.plan.kills} kills")
        status = importing.wait(self.plan.patience)
        if status:
            raise NotInTime(f"the import ended with status {status}: {self._log('import')}")
        wait_until(self._at_rest, self.plan.patience, f"everything is done\n{self._log('steady')}", 0.2)

    def _others(self) -> list[Callable[[], None]]:
        return [self._lose_redis, self._restart_postgres, self._deafen_redis, self._turn_the_clock_back]

    def _worker(self, name: str, **world: str) -> Process:
        for key, value in world.items():
            self.made.environment[key] = value
        try:
            return self.made.worker(2, name, via=("-m", "bench.faulty", "celery"))
        finally:
            for key in world:
                del self.made.environment[key]

    def _beat(self, name: str) -> None:
        schedule = f"--schedule={self.made.folder / name}.schedule"
        words = ["--app=newsdesk", "--quiet", "beat", "--pidfile=", schedule, "--loglevel=WARNING"]
        self.made.start([sys.executable, "-m", "bench.faulty", "celery", *words], name)

    def _kill(self) -> None:
        """One process that reads, or a whole worker."""
        children = psutil.Process(self.worker.pid).children()
        if children and self.rng.random() < 0.7:
            try:
                self.rng.choice(children).send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                pass
        else:
            self.made.end(self.worker)
            self.worker = self._worker("steady")

    def _lose_redis(self) -> None:
        self.made.kill_redis()
        self.made.start_redis()
        self.outcome.faults.append("Redis killed, its data lost")

    def _restart_postgres(self) -> None:
        self.made.restart_postgres()
        self.outcome.faults.append("PostgreSQL restarted")

    def _deafen_redis(self) -> None:
        with self.made.redis() as client:
            client.config_set("maxmemory", "1")
            time.sleep(DEAF)
            client.config_set("maxmemory", "0")
        self.outcome.faults.append(f"Redis out of memory for {DEAF:g} s")

    def _turn_the_clock_back(self) -> None:
        self.made.end(self.other)
        self.other = self._worker("behind", FAULTS_SHIFT=str(-SHIFT))
        self.outcome.faults.append("a clock an hour ahead, then an hour behind")

    def _at_rest(self) -> bool:
        try:
            with psycopg.connect(self.made.environment["DATABASE_URL"]) as database:
                row = database.execute(WAITING).fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and not row[0]

    def _log(self, name: str) -> str:
        return (self.made.folder / f"{name}.log").read_text(errors="replace")[-3000:]


def poisonous(folder: Path) -> list[Path]:
    return [
        write(folder, name, f"{text}。英国大选将于2031年7月4日举行。")
        for name, text in (("kills", KILLS), ("hungry", HUNGRY))
    ]


def made_up(folder: Path, count: int) -> list[Path]:
    return [write(folder, f"story-{n}", text, n) for n, text in enumerate(stories(count))]


def report(outcome: Outcome) -> str:
    rows = [
        [what, count, "the same" if what not in outcome.different else "different"]
        for what, count in outcome.rows.items()
    ]
    aside = [f"set aside after {tries} tries: {url}: {why}" for url, tries, why in outcome.failed]
    different = [line[:200] for lines in outcome.different.values() for line in lines]
    return "\n".join(
        [
            ", ".join(outcome.faults),
            "",
            table(["", "rows", "disturbed"], rows),
            *aside,
            *different,
            f"{outcome.seconds:.0f} s",
        ]
    )


def main(posts: int) -> int:
    with TemporaryDirectory(prefix="newsdesk-faults-") as folder:
        try:
            outcome = suffer(halves(Path(folder), posts), poisonous(Path(folder)), LONG)
        except (Missing, NotInTime) as error:
            print(f"faults: {error}", file=sys.stderr)
            return 1
    print(report(outcome))
    return int(bool(outcome.different) or len(outcome.failed) != 2)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
