"""Measure how many workers resolve side by side: the archive, read and not yet resolved, by 1, 2 and 4 processes.

The events must be the same each time. BENCH_POSTS limits it to the first posts instead of all 20,000.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg

from bench.corpus import parts as archives
from bench.postgres import ROOT, Database, fresh
from bench.table import table

POSTS = int(os.environ.get("BENCH_POSTS", "20000"))
PROCESSES = (1, 2, 4)
RUNS = 3  # of which the median counts
SETUP = "import os, django\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'newsdesk.settings')\ndjango.setup()\n"
READ = SETUP + (
    "from itertools import islice\n"
    "from pathlib import Path\n"
    "from timeline.fetching.archives import Problem, open_posts\n"
    "from timeline.fetching.posts import parse_post\n"
    "from timeline.ingest.store import store_articles\n"
    "from timeline.pipeline.read import read_article_rows\n"
    "import sys\n"
    "posts = (parse_post(p.data, p.name) for p in open_posts(map(Path, sys.argv[1:])) if not isinstance(p, Problem))\n"
    "while batch := list(islice(posts, 500)): read_article_rows([pk for _, pk in store_articles(batch)])\n"
)
RESOLVE = SETUP + (
    "import time\n"
    "from timeline.models import Article\n"
    "from timeline.pipeline.process import resolve_waiting\n"
    "print(flush=True)\n"
    "input()\n"
    "while Article.objects.filter(state='read').exists(): resolve_waiting() or time.sleep(0.02)\n"
)
DIGEST = (
    "SELECT count(*), md5(string_agg(concat_ws('|', id, key, type, start, \"end\", status, claim_count), ','"
    " ORDER BY id)) FROM timeline_event"
)


def run() -> str:
    times: dict[int, list[float]] = {number: [] for number in PROCESSES}
    digests = set[tuple[int, str]]()
    with TemporaryDirectory(prefix="newsdesk-bench-") as folder, fresh() as database:
        database.python("-c", READ, *map(str, archives(Path(folder), POSTS, 1)))
        for _ in range(RUNS):
            for number in PROCESSES:
                seconds, digest = _resolved(database, number)
                times[number].append(seconds)
                digests.add(digest)
    rows = []
    for number in PROCESSES:
        seconds = sorted(times[number])[RUNS // 2]
        rows.append([number, f"{seconds:.1f}", f"{sorted(times[1])[RUNS // 2] / seconds:.2f}×"])
    same = f"{next(iter(digests))[0]:,} events, the same each time" if len(digests) == 1 else "EVENTS DIFFER"
    return f"{table(['resolvers', 'seconds', 'as fast as one'], rows)}\n{same}. Medians of {RUNS} runs.\n"


def _resolved(database: Database, number: int) -> tuple[float, tuple[int, str]]:
    """Resolve a copy of the database by `number` processes; return the seconds and a digest of the events."""
    uri = database.env["DATABASE_URL"]
    parts = urlsplit(uri)
    name = parts.path.strip("/")
    with psycopg.connect(parts._replace(path="/template1").geturl(), autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS bench_copy")
        server.execute(f'CREATE DATABASE bench_copy TEMPLATE "{name}"')
    copy = parts._replace(path="/bench_copy").geturl()
    env = database.env | {"DATABASE_URL": copy}
    command = [sys.executable, "-c", RESOLVE]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True) for _ in range(number)]
    for worker in workers:
        assert worker.stdout
        worker.stdout.readline()
    begun = time.perf_counter()
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("\n")
        worker.stdin.close()
    if any(worker.wait() for worker in workers):
        raise RuntimeError("a process that resolves failed")
    seconds = time.perf_counter() - begun
    with psycopg.connect(copy) as connection:
        found = connection.execute(DIGEST).fetchone()
    assert found
    return seconds, (int(found[0]), str(found[1]))


if __name__ == "__main__":
    print(run())
