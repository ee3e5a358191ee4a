"""The checks of `manage.py doctor`: what is wrong with an installation, and how to fix it.

A check yields findings, does not wait long, and writes nothing but a probe key in the queue's server. CHECKS lists them
in the order in which problems are best fixed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.core import checks
from django.db import Error, connection
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from timeline.extraction.events.learnt.network import WeightsError, version
from timeline.extraction.events.learnt.site import read_site
from timeline.ingest import clock, poll
from timeline.models import Actor, Article, Feed
from timeline.operations import counters, health, metrics, services
from timeline.pipeline.corrections import unmatched
from timeline.second_reader import client as second_client

GOOD, ODD, BAD = "good", "odd", "bad"
MAX_CLOCK_SKEW = 5.0  # seconds between two clocks
LATE_SECONDS = 300.0  # seconds after which an unread article is late
LONG_QUEUE_MESSAGES = 10_000  # messages
BAD_FREE_SHARE, ODD_FREE_SHARE = 0.03, 0.10  # of a disk
MAX_ARTICLES = 1_000  # whose times are checked, the newest
MAX_LISTED = 5  # articles, feeds or corrections that are named
BROKEN_FAILURES = 3  # in a row, from which on a feed counts as broken


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check. `state`: GOOD, ODD (works, but look at it) or BAD; `fix`: what to do, or ""."""

    about: str
    state: str
    what: str
    fix: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def run_checks() -> Iterator[Finding]:
    """Run all checks and yield their findings."""
    for about, check in CHECKS.items():
        try:
            yield from check()
        except (Error, RedisError, OSError, OperationalError) as error:
            unknown = f"cannot be checked: {type(error).__name__}"
            yield Finding(about, BAD, unknown, "Fix what is listed above, then run it again.")


# --- settings and services ----------------------------------------------------------------------


def check_settings() -> Iterator[Finding]:
    """Run Django's system checks, with those of a deployment where newsdesk is deployed."""
    deployed = settings.HTTPS or not settings.EMBEDDED_BROKER
    found = checks.run_checks(include_deployment_checks=deployed)
    for message in found:
        if not message.is_silenced():
            state = BAD if message.is_serious() else ODD
            yield Finding("settings", state, f"{message.id}: {message.msg}", message.hint or "")
    if settings.DEBUG:
        yield Finding("settings", ODD, "NEWSDESK_DEBUG is on", "Switch it off where others can reach newsdesk.")
    if not found and not settings.DEBUG:
        yield Finding("settings", GOOD, "the checks find nothing" + (", those of a deployment too" if deployed else ""))


def check_weights() -> Iterator[Finding]:
    """Tell with which weights events are read. What is wrong with them, the checks of the settings say."""
    try:
        site = read_site(settings.SITE_WEIGHTS)
    except WeightsError:
        return
    if site is None or not site.fits:
        yield Finding("weights", GOOD, f"events are read with the weights that newsdesk ships ({version()})")
        return
    meta = site.meta
    learnt = f"learnt on {meta['made']} from {meta.get('decisions', 0)} decisions, digest {meta['digest']}"
    yield Finding("weights", GOOD, f"events are read with the site's own weights: {meta['name']}, {learnt}")


def check_database() -> Iterator[Finding]:
    """Check that the database answers."""
    entry = connection.settings_dict
    where = f"{connection.vendor} {entry['HOST']} {entry['NAME']}".replace("  ", " ")
    if health.check_database():
        fix = "Start the database server, or fix DATABASE_URL: host, port, name, user and password."
        yield Finding("database", BAD, f"{where} does not answer", fix)
        return
    yield Finding("database", GOOD, f"{where} answers")


def check_migrations() -> Iterator[Finding]:
    """Check that the database has the migrations of this version, and the gazetteer."""
    missing = health.unapplied_migrations()
    if missing:
        yield Finding(
            "migrations", BAD, f"{len(missing)} missing: {', '.join(missing[:MAX_LISTED])}", "manage.py migrate"
        )
        return
    if newer := health.newer_migrations():
        fix = "Run that version, or restore a backup that was written before its `migrate`."
        yield Finding("migrations", BAD, f"the database is a newer version's: {', '.join(newer[:MAX_LISTED])}", fix)
        return
    yield Finding("migrations", GOOD, "all are applied")
    if not Actor.objects.exists():
        yield Finding("migrations", BAD, "no countries and blocs are loaded", "manage.py load_gazetteer")


def check_queue() -> Iterator[Finding]:
    """Check that the queue's server answers, accepts messages and does not evict them."""
    wrong = health.check_queue()
    if wrong == "is full":
        fix = "Give the queue's server more memory (maxmemory), or wait until the workers have taken its messages."
        yield Finding("queue", BAD, "the queue's server takes no more messages", fix)
    elif wrong and wrong != health.NO_ANSWER:
        fix = "Make room on the disk of the queue's server, or fix its replication; its log says more."
        yield Finding("queue", BAD, f"the queue's server takes no messages: it {wrong}", fix)
    elif wrong:
        fix = (
            "The embedded one runs while `manage.py run` or `manage.py import --wait` does: start that."
            if settings.EMBEDDED_BROKER
            else "Start the server, or fix REDIS_URL. Articles that are taken in meanwhile wait in the database."
        )
        yield Finding("queue", BAD, "the queue's server does not answer", fix)
    else:
        yield Finding("queue", GOOD, "the queue's server answers and takes messages")
        yield from _check_eviction()


def _check_eviction() -> Iterator[Finding]:
    info: dict[str, Any] = counters.server().info("memory")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        fix = "Set maxmemory-policy noeviction there; the sweep queues again what was forgotten."
        yield Finding("queue", ODD, f"the queue's server forgets messages when it is full ({policy})", fix)


def check_clocks() -> Iterator[Finding]:
    """Compare this machine's clock with those of the database and of the queue's server."""
    for name, ask in (("database", _database_time), ("queue", _queue_time)):
        if name == "database" and connection.vendor == "sqlite":
            continue  # the same clock
        before = time.time()
        there = ask()
        off = there - (before + time.time()) / 2
        if abs(off) > MAX_CLOCK_SKEW:
            fix = "Let both machines keep their time by NTP (timedatectl set-ntp true)."
            yield Finding("clock", BAD, f"the clock of the {name} differs by {off:+.1f} s from this machine's", fix)
        else:
            yield Finding("clock", GOOD, f"the clock of the {name} agrees to {abs(off):.1f} s")
    yield from _check_future_times()


def _check_future_times() -> Iterator[Finding]:
    """Find times in the future, which a wrong clock wrote."""
    now = clock.database_now()
    feeds = Feed.objects.filter(poll.polled_in_future(now)).count()
    newest = Article.objects.order_by("-pk").values_list("first_seen", flat=True)[:MAX_ARTICLES]
    articles = sum(moment > now + poll.MAX_CLOCK_SKEW for moment in newest)
    for n, what in ((feeds, "feeds were polled"), (articles, "of the newest articles were taken in")):
        if n:
            fix = "Let all machines keep their time by NTP. Such feeds are polled again at once."
            yield Finding("clock", ODD, f"{n} {what} by a clock that was ahead", fix)


def _database_time() -> float:
    return clock.database_now().timestamp()


def _queue_time() -> float:
    seconds, micro = counters.server().time()
    return float(seconds) + float(micro) / 1e6


# --- work ---------------------------------------------------------------------------------------


def check_workers() -> Iterator[Finding]:
    """Check that workers answer and that no process keeps failing."""
    for name, how in services.failing_processes().items():
        fix = "Read what it said in the log of `manage.py run`; it is started again and again, the others go on."
        yield Finding("workers", BAD, f"{name} keeps ending: {how}", fix)
    answers: list[dict[str, Any]] = current_app.control.ping(timeout=1.5) or []
    names = sorted(name for answer in answers for name in answer)
    if not names:
        fix = "Start one: `celery -A newsdesk worker -Q fetch,read,resolve,model`, or all together: `manage.py run`."
        yield Finding("workers", BAD, "no worker answers", fix)
        return
    yield Finding("workers", GOOD, f"{len(names)} answer: {', '.join(names[:MAX_LISTED])}")


def check_queue_lengths() -> Iterator[Finding]:
    """Check the lengths of the queues and the age of the oldest unread article."""
    for name, n in metrics.queue_lengths().items():
        if n > LONG_QUEUE_MESSAGES:
            fix = "Start more workers, on this machine or on others; nothing is lost meanwhile."
            yield Finding("queues", ODD, f"{n:,} messages wait in {name}", fix)
        else:
            yield Finding("queues", GOOD, f"{n:,} messages wait in {name}")
    age = metrics.oldest_unread()
    if age > LATE_SECONDS:
        fix = "If workers answer and the queue is short, look at their log; if not, start more workers."
        yield Finding("queues", ODD, f"an article has waited {age / 60:,.0f} minutes to be read", fix)


def check_articles() -> Iterator[Finding]:
    """Find articles that were set aside."""
    failed = Article.objects.filter(state=Article.State.FAILED).order_by("-state_since")
    count = failed.count()
    if not count:
        yield Finding("articles", GOOD, "none was set aside")
        return
    for pk, failure in failed.values_list("pk", "failure")[:MAX_LISTED]:
        fix = "Fix the rules or the text, then in the admin: Articles, “Read again with the present rules”."
        yield Finding("articles", ODD, f"article {pk} was set aside: {failure.splitlines()[0][:200]}", fix)
    if count > MAX_LISTED:
        yield Finding("articles", ODD, f"and {count - MAX_LISTED} more", "In the admin: Articles, by state: failed.")


def check_feeds() -> Iterator[Finding]:
    """Find feeds that keep failing or are retired, and those without stable ids."""
    for url in Feed.objects.filter(paused=False, identity=Feed.Identity.WORDS).values_list("url", flat=True)[
        :MAX_LISTED
    ]:
        fix = "Nothing is doubled, but an entry that is edited is a new article. Tell the newsroom."
        yield Finding("feeds", ODD, f"{url[:200]} gives its entries new ids and links at each poll", fix)
    broken = Feed.objects.filter(paused=False).filter(Q(failures__gte=BROKEN_FAILURES) | Q(retired_at__isnull=False))
    count = broken.count()
    if not count:
        yield Finding("feeds", GOOD, f"{Feed.objects.filter(paused=False).count()} are polled, none is broken")
        return
    for url, failure, retired in broken.order_by("-failures").values_list("url", "failure", "retired_at")[:MAX_LISTED]:
        fix = (
            "In the admin: Feeds, correct its address, resume or pause it."
            if retired
            else "Ask the newsroom, or pause it."
        )
        yield Finding("feeds", ODD, f"{url} {failure}"[:300], fix)
    if count > MAX_LISTED:
        yield Finding("feeds", ODD, f"and {count - MAX_LISTED} more", "In the admin: Feeds, by state.")


def check_corrections() -> Iterator[Finding]:
    """Find corrections in force that match no claim."""
    rows = unmatched()
    count = rows.count()
    if not count:
        yield Finding("decisions", GOOD, "all that are in force find their events")
        return
    fix = "In the admin: Corrections, by state: undo it, or decide anew about the event that it meant."
    for row in rows.select_related("editor")[:MAX_LISTED]:
        what = (
            f"{row.field} of {row.event_id} by {row.editor.username} on {row.made_at:%Y-%m-%d} finds its event no more"
        )
        yield Finding("decisions", ODD, what, fix)
    if count > MAX_LISTED:
        yield Finding("decisions", ODD, f"and {count - MAX_LISTED} more", fix)


def check_model() -> Iterator[Finding]:
    """Ask the language model one short question, where one is set."""
    if not settings.MODEL_URL:
        yield Finding("model", GOOD, "no language model is set; newsdesk reads by itself")
        return
    if not settings.MODEL_NAME:
        yield Finding("model", BAD, "NEWSDESK_MODEL_URL is set, NEWSDESK_MODEL_NAME is not", "Set the model's name.")
        return
    try:
        second_client.ask('Answer with {"events": [], "missing": []}', "Nothing happened.")
    except second_client.ModelError as error:
        fix = "Look at NEWSDESK_MODEL_URL, _NAME, _KEY and _NETWORKS; articles are read without it meanwhile."
        yield Finding("model", ODD, f"{settings.MODEL_NAME}: {error}", fix)
        return
    yield Finding("model", GOOD, f"{settings.MODEL_NAME} answers")


# --- the machine --------------------------------------------------------------------------------


def check_disks() -> Iterator[Finding]:
    """Check the free space of the disks in use."""
    folders: dict[Path, str] = {settings.VAR: "NEWSDESK_VAR"}
    if settings.STATIC_ROOT:
        folders[Path(settings.STATIC_ROOT)] = "NEWSDESK_STATIC_ROOT"
    for folder, name in folders.items():
        usage = shutil.disk_usage(folder)
        share = usage.free / usage.total
        state = BAD if share < BAD_FREE_SHARE else ODD if share < ODD_FREE_SHARE else GOOD
        fix = "" if state == GOOD else f"Make room, or move {name} to a larger disk."
        yield Finding("disk", state, f"{usage.free / 1e9:,.1f} GB free ({share:.0%}) for {name}", fix)
    if connection.vendor == "sqlite":
        size = Path(connection.settings_dict["NAME"]).stat().st_size
        yield Finding("disk", GOOD, f"the database has {size / 1e9:,.2f} GB ({timezone.now():%Y-%m-%d})")


CHECKS: Mapping[str, Callable[[], Iterator[Finding]]] = {
    "settings": check_settings,
    "weights": check_weights,
    "database": check_database,
    "migrations": check_migrations,
    "queue": check_queue,
    "clock": check_clocks,
    "workers": check_workers,
    "queues": check_queue_lengths,
    "articles": check_articles,
    "feeds": check_feeds,
    "decisions": check_corrections,
    "model": check_model,
    "disk": check_disks,
}
