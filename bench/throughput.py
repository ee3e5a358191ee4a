"""Measure from `import` to resolved events, through Celery with Redis and PostgreSQL, beside reading alone.

BENCH_POSTS limits it to the first posts of the archive instead of all 20,000.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from bench.corpus import parts as archives
from bench.deployment import ROOT, Deployment, Process, deployment, wait_until
from bench.table import table

PAIRS = 3  # runs with one process of a worker and with two
POSTS = int(os.environ.get("BENCH_POSTS", "20000"))
QUARTERS = (0.25, 0.5, 0.75, 1.0)
PATIENCE = 1_200.0
WAITING = "SELECT EXISTS (SELECT FROM timeline_article WHERE state IN ('new', 'read'))::int"  # costs no processor
STATES = "SELECT state, count(*) FROM timeline_article GROUP BY state"
NEW = "SELECT count(*) FROM timeline_article WHERE state = 'new'"
INLINE = (
    "import time, itertools\n"
    "from timeline.pipeline.process import process\n"
    "from timeline.tasks import BATCH_SIZE\n"
    "from timeline.models import Article\n"
    "from newsdesk.celery import load_rules_before_fork\n"
    "load_rules_before_fork()\n"
    "ids = list(Article.objects.order_by('pk').values_list('pk', flat=True))\n"
    "begun = time.perf_counter()\n"
    "for at in range(0, len(ids), BATCH_SIZE): process(ids[at:at + BATCH_SIZE])\n"
    "print(time.perf_counter() - begun)\n"
)


def run() -> str:
    with TemporaryDirectory(prefix="newsdesk-bench-") as folder:
        parts = archives(Path(folder), POSTS, 2)
        alone = _reading_alone(parts)
        whole, memory, states = _whole(parts)
        pairs = [(_workers(parts, 1), _workers(parts, 2)) for _ in range(PAIRS)]
        inline = _inline(parts)
    one, two = (median(times) for times in zip(*pairs, strict=True))
    faster = [one / two for one, two in pairs]
    rows: list[list[object]] = [
        ["reading alone (`extract`, two processes)", f"{alone:.1f}", f"{POSTS / alone:,.0f}", ""],
        ["import to resolved events, two processes", f"{whole:.1f}", f"{POSTS / whole:,.0f}", f"{whole / alone:.2f}×"],
    ]
    scaled: list[list[object]] = [
        ["no queue, one process", f"{inline:.1f}", f"{POSTS / inline:,.0f}", ""],
        ["one process of a worker", f"{one:.1f}", f"{POSTS / one:,.0f}", f"{one / inline - 1:+.0%} for the queue"],
        ["two processes", f"{two:.1f}", f"{POSTS / two:,.0f}", f"{median(faster):.2f}× as fast as one"],
    ]
    kept = [[f"{quarter:.0%}", *(f"{m:.0f}" for m in held)] for quarter, held in zip(QUARTERS, memory, strict=False)]
    return "\n".join(
        [
            table([f"{POSTS:,} posts", "seconds", "posts/s", ""], rows),
            table([f"{POSTS:,} posts that wait already", "seconds", "posts/s", ""], scaled),
            table(["of the articles done", "MiB of one process", "of the other"], kept),
            f"Articles at the end: {states}. Workers: medians of {PAIRS} pairs, "
            f"{min(faster):.2f}× to {max(faster):.2f}×.\n",
        ]
    )


def _reading_alone(paths: Sequence[Path]) -> float:
    begun = time.perf_counter()
    commands = [[sys.executable, "manage.py", "extract", str(half)] for half in paths]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for command in commands]
    if any(process.wait() for process in running):
        raise RuntimeError("extract failed")
    return time.perf_counter() - begun


def _whole(paths: Sequence[Path]) -> tuple[float, list[list[float]], dict[str, int]]:
    """Return seconds, the memory of the processes at each quarter, and the states of the articles."""
    with deployment() as made, psycopg.connect(made.environment["DATABASE_URL"], autocommit=True) as database:
        worker = _ready(made, 2)
        made.beat()
        memory: list[list[float]] = []

        def done() -> bool:
            states: dict[str, int] = dict(database.execute(STATES).fetchall())
            finished = sum(states.values()) - states.get("new", 0) - states.get("read", 0)
            ended = importing.poll() is not None and finished == sum(states.values())
            while len(memory) < len(QUARTERS) and (ended or finished >= QUARTERS[len(memory)] * POSTS):
                memory.append(made.memory(worker))
            return ended

        begun = time.perf_counter()
        importing = made.start([sys.executable, "manage.py", "import", "--quiet", *map(str, paths)], "import")
        wait_until(done, PATIENCE, "everything is resolved", 0.2)
        seconds = time.perf_counter() - begun
        if importing.returncode:
            raise RuntimeError("import failed: " + (made.folder / "import.log").read_text()[-2000:])
        return seconds, memory, dict(database.execute(STATES).fetchall())


def _workers(paths: Sequence[Path], processes: int) -> float:
    """Return the seconds in which so many processes read and resolve the waiting articles."""
    with deployment() as made, psycopg.connect(made.environment["DATABASE_URL"], autocommit=True) as database:
        made.python("manage.py", "import", "--quiet", *map(str, paths))
        count = _counting(database)
        before = count(NEW)
        made.worker(processes)
        wait_until(lambda: count(NEW) < before, PATIENCE, "something is read", 0.01)
        left, begun = count(NEW), time.perf_counter()
        wait_until(lambda: not count(WAITING), PATIENCE, "everything is resolved")
        return (time.perf_counter() - begun) * before / left


def _inline(paths: Sequence[Path]) -> float:
    with deployment() as made:
        made.python("manage.py", "import", "--quiet", *map(str, paths))
        return float(made.python("manage.py", "shell", "--no-imports", "-c", INLINE))


def _counting(database: psycopg.Connection) -> Callable[[str], int]:
    def count(sql: str) -> int:
        (number,) = database.execute(sql.encode()).fetchone() or (0,)
        return int(number)

    return count


def _ready(made: Deployment, processes: int) -> Process:
    worker = made.worker(processes)
    answers = "from timeline.operations import services; print(services.workers_answer(30))"
    if made.python("manage.py", "shell", "--no-imports", "-c", answers).strip() != "True":
        raise RuntimeError("no worker answers: " + (made.folder / "worker.log").read_text()[-2000:])
    return worker
