"""Faults of the queue and its disk, of `manage.py run`, of polling with a wrong clock, and of feeds without ids."""

from __future__ import annotations

import json
import resource
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg
import redis

from bench.deployment import Deployment, wait_until
from bench.fault import Broken, Fault
from bench.running import Running, dying_worker, running

PATIENCE = 120.0  # seconds
DAY = 86_400.0
POLLS = 3
LOOPBACK = {"NEWSDESK_FETCH_NETWORKS": "127.0.0.0/8", "NEWSDESK_FETCH_PAUSE": "0"}
ADD = (
    "from timeline.models import Feed, Source\n"
    "from timeline.ingest.store import digest\n"
    "source, _ = Source.objects.get_or_create(slug='faults', defaults={{'name': 'faults', 'zone': 'UTC'}})\n"
    "print(Feed.objects.create(source=source, url={url!r}, url_digest=digest({url!r}), interval=15).pk)\n"
)
TAKE_AWAY = (
    "from timeline.models import Article, Feed\n"
    "Feed.objects.filter(source__slug='faults').delete()\n"
    "Article.objects.filter(source__slug='faults').delete()\n"
)
# What is started so gets an error where a file may not grow, as on a full disk, and not a signal that ends it.
NO_SIGNAL = ("sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh")
DOCTOR = (
    "import django; django.setup()\n"
    "from django.core.management import call_command\n"
    "try: call_command('doctor', '--json')\n"
    "except SystemExit: pass\n"
)
NEXT_POLL = "SELECT extract(epoch FROM next_at - now()) FROM timeline_feed WHERE id = %s"
ARTICLES = "SELECT count(*) FROM timeline_article JOIN timeline_source s ON s.id = source_id WHERE s.slug = 'faults'"


# --- the queue and its disk ---------------------------------------------------------------------


def full_disk_of_the_queue(made: Deployment) -> str:
    """Replace the deployment's queue by one that writes to a disk, and fill that disk for a while."""
    made.kill_redis()
    made.start_redis(NO_SIGNAL, appendonly="yes", appenddirname="full", appendfsync="everysec")
    try:
        assert made.redis_server is not None
        server = psutil.Process(made.redis_server.pid)
        server.rlimit(psutil.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        with made.redis() as client:
            wait_until(lambda: _refuses(client), PATIENCE, "the queue notices that its disk is full")
            told = _doctor(made)
            server.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            wait_until(lambda: not _refuses(client), PATIENCE, "the queue takes messages again")
    finally:
        made.kill_redis()
        made.start_redis()
    if not any(one["about"] == "queue" and one["state"] == "bad" for one in told):
        raise Broken("doctor says nothing of a queue whose disk is full")
    return "took nothing and doctor said so; with room on its disk it took messages again"


def _refuses(client: redis.Redis) -> bool:
    try:
        client.set("newsdesk:ready", "x" * 100, ex=60)
    except redis.exceptions.ResponseError:
        return True
    return False


def missing_replicas(made: Deployment) -> str:
    """The queue answers PING and refuses writes."""
    with made.redis() as client:
        client.config_set("min-replicas-to-write", "1")
        try:
            answers, refuses, told = client.ping(), _refuses(client), _doctor(made)
        finally:
            client.config_set("min-replicas-to-write", "0")
    if not answers or not refuses or not any(one["about"] == "queue" and one["state"] == "bad" for one in told):
        raise Broken("doctor says nothing of a queue that answers PING and takes no message")
    return "answered PING and took nothing; doctor said so"


def _doctor(made: Deployment) -> list[dict[str, Any]]:
    """Return the findings of `doctor`, whatever its exit status."""
    found: dict[str, list[dict[str, Any]]] = json.loads(made.python("-c", DOCTOR))
    return found["findings"]


def damaged_queue_file(made: Deployment) -> str:
    """In a separate `manage.py run`: kill the queue, damage its file in the middle, and wait until it is back."""
    with running("--no-web") as one:
        one.wait_for_ready()
        with redis.Redis(unix_socket_path=str(one.var / "valkey.sock")) as client:
            client.rpush("nobody", *(f"message {n}" for n in range(1_000)))
        time.sleep(1.5)  # until it is on the disk
        queue = one.process_of("valkey-server")
        if queue is None:
            raise Broken("the queue is not there")
        queue.suspend()
        for path in (one.var / "valkey" / "appendonlydir").glob("*.incr.aof"):
            spoil(path)
        queue.kill()
        wait_until(lambda: "set aside" in one.says(), PATIENCE, f"the damage is told: {one.says()}")
        wait_until(lambda: _takes(one.var / "valkey.sock"), PATIENCE, f"the queue takes messages: {one.says()}")
        if one.process.poll() is not None:
            raise Broken("`manage.py run` ended")
    return "spoilt in the middle, set aside with a word; the queue came back"


def spoil(path: Path) -> None:
    """Overwrite some bytes in the middle of a file with garbage."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(range(200, 240))
    path.write_bytes(data)


def _takes(path: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(path)) as client:
            return bool(client.set("newsdesk:ready", 1, ex=60))
    except redis.RedisError:
        return False


def dying_at_every_start(made: Deployment) -> str:
    """In a separate `manage.py run`: its worker ends at each start, and pages are served all the same."""
    with (
        TemporaryDirectory(prefix="newsdesk-dies-") as folder,
        running("--port", "0", environment=dying_worker(Path(folder))) as one,
    ):
        address = one.wait_for_ready()
        wait_until(lambda: "(4 times in a row)" in one.says(), PATIENCE, f"the worker ends: {one.says()}")
        with urllib.request.urlopen(address, timeout=60) as page, urllib.request.urlopen(f"{address}readyz") as ready:
            told = json.load(ready)
            if page.status != 200 or not told["ready"] or "the worker" not in told.get("keeps ending", {}):
                raise Broken(f"pages {page.status}, /readyz {told}")
        (Path(folder) / "dies").unlink()
        wait_until(lambda: _reads(one), PATIENCE, f"the worker lives: {one.says()}")
    return "ended 4 times in a row while pages were served and /readyz told it; then it lived"


def _reads(one: Running) -> bool:
    worker = one.process_of("celery --app=newsdesk --quiet worker")
    return worker is not None and bool(worker.children())


# --- feeds --------------------------------------------------------------------------------------


def a_day_ahead_for_one_poll(made: Deployment) -> str:
    with _feed(made) as (feed, _):
        made.python("-m", "bench.faulty", "manage", "poll", "--feed", feed, FAULTS_SHIFT=str(DAY), **LOOPBACK)
        with psycopg.connect(made.environment["DATABASE_URL"]) as database:
            (seconds,) = database.execute(NEXT_POLL, [feed]).fetchone() or (None,)
    if seconds is None or seconds > 3600:
        raise Broken(f"the feed is not polled for {seconds} s")
    return f"polled by a clock a day ahead; it is due again in {float(seconds) / 60:.0f} min"


def ever_new_ids(made: Deployment) -> str:
    """A feed's ids and links are new at each poll; its texts are not."""
    with _feed(made) as (feed, entries):
        for _ in range(POLLS):
            made.python("manage.py", "poll", "--feed", feed, **LOOPBACK)
        with psycopg.connect(made.environment["DATABASE_URL"]) as database:
            (articles,) = database.execute(ARTICLES).fetchone() or (0,)
    if articles != entries:
        raise Broken(f"{articles} articles of {entries} entries")
    return f"{POLLS} polls of {entries} entries with new ids and links each time: {articles} articles"


@contextmanager
def _feed(made: Deployment, entries: int = 10) -> Iterator[tuple[str, int]]:
    """Serve a feed whose entries get new ids and links at each request; yield its key and the number of entries."""
    with HTTPServer(("127.0.0.1", 0), _Feed) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/feed"
        feed = made.python("manage.py", "shell", "--no-imports", "-c", ADD.format(url=url)).strip()
        try:
            yield feed, entries
        finally:
            server.shutdown()
            made.python("manage.py", "shell", "--no-imports", "-c", TAKE_AWAY)


class _Feed(BaseHTTPRequestHandler):
    asked = count()

    def do_GET(self) -> None:
        turn = next(self.asked)
        items = "".join(
            f"<item><title>天气预报{n}</title><link>https://faults.example/{turn}/{n}</link>"
            f"<guid isPermaLink='false'>{turn}-{n}</guid><description>第{n}天，天气晴朗。</description></item>"
            for n in range(10)
        )
        body = f"<rss version='2.0'><channel><title>天气</title>{items}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


FAULTS: tuple[Fault, ...] = (
    Fault("the disk of the queue is full", full_disk_of_the_queue),
    Fault("a queue that answers PING and takes nothing", missing_replicas),
    Fault("a damaged file of the queue", damaged_queue_file),
    Fault("a worker that ends at every start", dying_at_every_start),
    Fault("a clock a day ahead for one poll", a_day_ahead_for_one_poll),
    Fault("a feed with ever new ids", ever_new_ids),
)
