"""Faults of services, workers and clocks: killed, lost, full, doubled or wrong; and articles that cause them."""

from __future__ import annotations

import time

import psutil
import psycopg
import redis

from bench.deployment import Deployment, wait_until
from bench.fault import Broken, Fault
from bench.sending import do, send, tasks_ended, waiting_ids
from bench.stories import HUNGRY, KILLS, write

PATIENCE = 120.0  # seconds
SHIFT = 3600.0  # seconds by which a clock is wrong
DEAF_SECONDS = 2.0
FAULTY = ("-m", "bench.faulty", "celery")
OF_ARTICLE = "SELECT state, tries, failure FROM timeline_article WHERE url LIKE %s"
TRIES = 3


def kill_a_worker(made: Deployment) -> str:
    worker = made.worker(2, "victim", via=FAULTY)
    try:
        wait_until(lambda: len(psutil.Process(worker.pid).children()) >= 2, PATIENCE, "a second worker has its readers")
        time.sleep(1.0)
    finally:
        made.end(worker)
    return "a worker and its readers killed in the midst of their articles"


def lose_redis(made: Deployment) -> str:
    made.kill_redis()
    made.start_redis()
    with made.redis() as client:
        client.set("newsdesk:ready", 1, ex=60)
    return "killed and started empty: all messages lost"


def restart_postgres(made: Deployment) -> str:
    made.restart_postgres()
    with psycopg.connect(made.environment["DATABASE_URL"]) as database:
        database.execute("SELECT 1")
    return "stopped and started again, every connection lost"


def fill_redis(made: Deployment) -> str:
    with made.redis() as client:
        client.config_set("maxmemory", "1")
        try:
            time.sleep(DEAF_SECONDS)
            client.set("newsdesk:ready", 1, ex=60)
        except redis.exceptions.OutOfMemoryError:
            return f"out of memory for {DEAF_SECONDS:g} s, took nothing"
        finally:
            client.config_set("maxmemory", "0")
    raise Broken("it took a key although it is full")


def clock_ahead(made: Deployment) -> str:
    return _with_a_wrong_clock(made, "ahead", SHIFT)


def clock_behind(made: Deployment) -> str:
    return _with_a_wrong_clock(made, "behind", -SHIFT)


def _with_a_wrong_clock(made: Deployment, name: str, shift: float) -> str:
    """Let one worker with a wrong clock read, resolve and recover beside the others."""
    tasks = [("read", [waiting_ids(made)]), ("resolve", []), ("recover", []), ("tidy", []), ("poll", [])]
    done = do(made, name, tasks, FAULTS_SHIFT=str(shift))
    return f"{done} tasks done by a clock that is {abs(shift) / 3600:g} h {name}"


def everything_twice(made: Deployment) -> str:
    ids = waiting_ids(made, 500)
    batches = [ids[at : at + 50] for at in range(0, len(ids), 50)]
    sent = send(made, "read", [("read", [batch]) for batch in batches for _ in range(2)])
    sent += send(made, "resolve", [("resolve", []), ("recover", []), ("tidy", [])] * 2)
    return f"{sent} messages more for what was asked for already"


def two_clocks(made: Deployment) -> str:
    before, begun = tasks_ended(made, "recover"), time.monotonic()
    second = made.beat("second-beat", via=FAULTY)
    try:
        wait_until(
            lambda: tasks_ended(made, "recover") >= before + 2, PATIENCE, "the recoveries of two clocks are done"
        )
        if second.poll() is not None:
            raise Broken(f"the second clock ended with status {second.returncode}")
    finally:
        made.end(second)
    return f"{tasks_ended(made, 'recover') - before} recoveries in {time.monotonic() - begun:.0f} s"


# --- articles that harm whoever reads them ------------------------------------------------------


def import_killer(made: Deployment) -> str:
    return _import(made, "kills", KILLS)


def import_hungry(made: Deployment) -> str:
    return _import(made, "hungry", HUNGRY)


def _import(made: Deployment, name: str, words: str) -> str:
    path = write(made.folder, name, f"{words}。英国大选将于2031年7月4日举行。")
    made.python("manage.py", "import", "--quiet", str(path))
    return "imported among the others"


def killer_is_set_aside(made: Deployment) -> str:
    return _set_aside(made, "kills", f"crashed {TRIES} workers")


def hungry_is_set_aside(made: Deployment) -> str:
    return _set_aside(made, "hungry", "MemoryError")


def _set_aside(made: Deployment, name: str, reason: str) -> str:
    """Raise Broken unless the article failed after its tries for this reason; then delete it."""
    with psycopg.connect(made.environment["DATABASE_URL"]) as database:
        row = database.execute(OF_ARTICLE, [f"%/{name}"]).fetchone()
        database.execute("DELETE FROM timeline_article WHERE url LIKE %s", [f"%/{name}"])
    if row is None:
        raise Broken("the article is lost")
    state, tries, failure = row
    if state != "failed" or tries != TRIES or reason not in failure:
        raise Broken(f"{state} after {tries} tries: {failure[:200]}")
    return f"set aside after {tries} tries: {failure.splitlines()[0][:100]}"


FAULTS: tuple[Fault, ...] = (
    Fault("an article that kills its reader", import_killer, killer_is_set_aside, short=True),
    Fault("an article that takes all memory", import_hungry, hungry_is_set_aside, short=True),
    Fault("Redis lost with its data", lose_redis, short=True),
    Fault("PostgreSQL restarted", restart_postgres, short=True),
    Fault("Redis out of memory", fill_redis, short=True),
    Fault("a worker killed", kill_a_worker),
    Fault("a clock an hour ahead", clock_ahead, short=True),
    Fault("a clock an hour behind", clock_behind),
    Fault("every message twice", everything_twice, short=True),
    Fault("two clocks that queue what is due", two_clocks, short=True),
)
