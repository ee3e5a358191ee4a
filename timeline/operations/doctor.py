"""What may be wrong with an installation, and how each of it is mended: the checks of `manage.py doctor`.

A check asks one question and answers with findings; it never raises, writes nothing but a sign of life in the queue's
server, and does not wait for long. CHECKS lists them in the order in which they are mended best.
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

from timeline.ingest import clock, poll
from timeline.models import Actor, Article, Feed
from timeline.operations import counters, health, metrics, services
from timeline.pipeline.corrections import unfound

GOOD, ODD, BAD = "good", "odd", "bad"
SKEW = 5.0  # seconds by which clocks may differ
LATE = 300.0  # seconds after which an unread article is late
LONG_QUEUE = 10_000  # messages
FREE_BAD, FREE_ODD = 0.03, 0.10  # of a disk
LOOKED_AT = 1_000  # newest articles whose moments are looked at
LISTED = 5  # articles or feeds that are named
BROKEN = 3  # failures of a feed in a row


@dataclass(frozen=True, slots=True)
class Finding:
    """`state`: GOOD, ODD (works, but somebody should look) or BAD; `mend`: what to do, "" where nothing."""

    about: str
    state: str
    what: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine() -> Iterator[Finding]:
    """The findings of all checks, as they are made."""
    for about, check in CHECKS.items():
        try:
            yield from check()
        except (Error, RedisError, OSError, OperationalError) as error:
            told = f"cannot be told: {type(error).__name__}"
            yield Finding(about, BAD, told, "Mend what stands above, then ask again.")


# --- settings and services ----------------------------------------------------------------------


def of_settings() -> Iterator[Finding]:
    """Django's checks, those of a deployment too where newsdesk is deployed."""
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


def of_database() -> Iterator[Finding]:
    entry = connection.settings_dict
    where = f"{connection.vendor} {entry['HOST']} {entry['NAME']}".replace("  ", " ")
    if health.database():
        mend = "Start the database server, or mend DATABASE_URL: host, port, name, user and password."
        yield Finding("database", BAD, f"{where} does not answer", mend)
        return
    yield Finding("database", GOOD, f"{where} answers")


def of_migrations() -> Iterator[Finding]:
    missing = health.unapplied()
    if missing:
        yield Finding("migrations", BAD, f"{len(missing)} missing: {', '.join(missing[:LISTED])}", "manage.py migrate")
        return
    if newer := health.newer():
        mend = "Run that version, or restore a backup that was written before its `migrate`."
        yield Finding("migrations", BAD, f"the database is a newer version's: {', '.join(newer[:LISTED])}", mend)
        return
    yield Finding("migrations", GOOD, "all are applied")
    if not Actor.objects.exists():
        yield Finding("migrations", BAD, "no countries and blocs are loaded", "manage.py load_gazetteer")


def of_queue() -> Iterator[Finding]:
    wrong = health.queue()
    if wrong == "is full":
        mend = "Give the queue's server more memory (maxmemory), or wait until the workers have taken its messages."
        yield Finding("queue", BAD, "the queue's server takes no more messages", mend)
    elif wrong and wrong != health.NO_ANSWER:
        mend = "Make room on the disk of the queue's server, or mend its replication; its log says more."
        yield Finding("queue", BAD, f"the queue's server takes no messages: it {wrong}", mend)
    elif wrong:
        mend = (
            "The embedded one runs while `manage.py run` or `manage.py import --wait` does: start that."
            if settings.EMBEDDED_BROKER
            else "Start the server, or mend REDIS_URL. Articles that are taken in meanwhile wait in the database."
        )
        yield Finding("queue", BAD, "the queue's server does not answer", mend)
    else:
        yield Finding("queue", GOOD, "the queue's server answers and takes messages")
        yield from _policy()


def _policy() -> Iterator[Finding]:
    info: dict[str, Any] = counters.server().info("memory")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        mend = "Set maxmemory-policy noeviction there; the sweep queues again what was forgotten."
        yield Finding("queue", ODD, f"the queue's server forgets messages when it is full ({policy})", mend)


def of_clock() -> Iterator[Finding]:
    """This machine's clock against those of the database and of the queue's server."""
    for name, ask in (("database", _database_time), ("queue", _queue_time)):
        if name == "database" and connection.vendor == "sqlite":
            continue  # the same clock
        before = time.time()
        there = ask()
        off = there - (before + time.time()) / 2
        if abs(off) > SKEW:
            mend = "Let both machines keep their time by NTP (timedatectl set-ntp true)."
            yield Finding("clock", BAD, f"the clock of the {name} differs by {off:+.1f} s from this machine's", mend)
        else:
            yield Finding("clock", GOOD, f"the clock of the {name} agrees to {abs(off):.1f} s")
    yield from _from_the_future()


def _from_the_future() -> Iterator[Finding]:
    """What a clock wrote that was ahead, as long as it lies in the future."""
    now = clock.now()
    feeds = Feed.objects.filter(poll.from_the_future(now)).count()
    newest = Article.objects.order_by("-pk").values_list("first_seen", flat=True)[:LOOKED_AT]
    articles = sum(moment > now + poll.SKEW for moment in newest)
    for n, what in ((feeds, "feeds were polled"), (articles, "of the newest articles were taken in")):
        if n:
            mend = "Let all machines keep their time by NTP. Such feeds are polled again at once."
            yield Finding("clock", ODD, f"{n} {what} by a clock that was ahead", mend)


def _database_time() -> float:
    return clock.now().timestamp()


def _queue_time() -> float:
    seconds, micro = counters.server().time()
    return float(seconds) + float(micro) / 1e6


# --- work ---------------------------------------------------------------------------------------


def of_workers() -> Iterator[Finding]:
    for name, how in services.ending_parts().items():
        mend = "Read what it said in the log of `manage.py run`; it is started again and again, the others go on."
        yield Finding("workers", BAD, f"{name} keeps ending: {how}", mend)
    answers: list[dict[str, Any]] = current_app.control.ping(timeout=1.5) or []
    names = sorted(name for answer in answers for name in answer)
    if not names:
        mend = "Start one: `celery -A newsdesk worker -Q fetch,read,resolve`, or everything together: `manage.py run`."
        yield Finding("workers", BAD, "no worker answers", mend)
        return
    yield Finding("workers", GOOD, f"{len(names)} answer: {', '.join(names[:LISTED])}")


def of_queues() -> Iterator[Finding]:
    for name, n in metrics.queue_lengths().items():
        if n > LONG_QUEUE:
            mend = "Start more workers, on this machine or on others; nothing is lost meanwhile."
            yield Finding("queues", ODD, f"{n:,} messages wait in {name}", mend)
        else:
            yield Finding("queues", GOOD, f"{n:,} messages wait in {name}")
    age = metrics.oldest_unread()
    if age > LATE:
        mend = "If workers answer and the queue is short, look at their log; if not, start more workers."
        yield Finding("queues", ODD, f"an article has waited {age / 60:,.0f} minutes to be read", mend)


def of_articles() -> Iterator[Finding]:
    """Articles that were set aside."""
    failed = Article.objects.filter(state=Article.State.FAILED).order_by("-state_since")
    count = failed.count()
    if not count:
        yield Finding("articles", GOOD, "none was set aside")
        return
    for pk, failure in failed.values_list("pk", "failure")[:LISTED]:
        mend = "Mend the rules or the text, then in the admin: Articles, “Read again with the present rules”."
        yield Finding("articles", ODD, f"article {pk} was set aside: {failure.splitlines()[0][:200]}", mend)
    if count > LISTED:
        yield Finding("articles", ODD, f"and {count - LISTED} more", "In the admin: Articles, by state: failed.")


def of_feeds() -> Iterator[Finding]:
    """Feeds that fail again and again, and those that are gone for good."""
    for url in Feed.objects.filter(paused=False, identity=Feed.Identity.WORDS).values_list("url", flat=True)[:LISTED]:
        mend = "Nothing is doubled, but an entry that is edited is a new article. Tell the newsroom."
        yield Finding("feeds", ODD, f"{url[:200]} gives its entries new ids and links at each poll", mend)
    broken = Feed.objects.filter(paused=False).filter(Q(failures__gte=BROKEN) | Q(retired_at__isnull=False))
    count = broken.count()
    if not count:
        yield Finding("feeds", GOOD, f"{Feed.objects.filter(paused=False).count()} are polled, none is broken")
        return
    for url, failure, retired in broken.order_by("-failures").values_list("url", "failure", "retired_at")[:LISTED]:
        mend = (
            "In the admin: Feeds, correct its address, resume or pause it."
            if retired
            else "Ask the newsroom, or pause it."
        )
        yield Finding("feeds", ODD, f"{url} {failure}"[:300], mend)
    if count > LISTED:
        yield Finding("feeds", ODD, f"and {count - LISTED} more", "In the admin: Feeds, by state.")


def of_decisions() -> Iterator[Finding]:
    """Decisions in force of editors that name no claim that stands now."""
    rows = unfound()
    count = rows.count()
    if not count:
        yield Finding("decisions", GOOD, "all that are in force find their events")
        return
    mend = "In the admin: Corrections, by state: undo it, or decide anew about the event that it meant."
    for row in rows.select_related("editor")[:LISTED]:
        what = (
            f"{row.field} of {row.event_id} by {row.editor.username} on {row.made_at:%Y-%m-%d} finds its event no more"
        )
        yield Finding("decisions", ODD, what, mend)
    if count > LISTED:
        yield Finding("decisions", ODD, f"and {count - LISTED} more", mend)


# --- the machine --------------------------------------------------------------------------------


def of_disks() -> Iterator[Finding]:
    folders: dict[Path, str] = {settings.VAR: "NEWSDESK_VAR"}
    if settings.STATIC_ROOT:
        folders[Path(settings.STATIC_ROOT)] = "NEWSDESK_STATIC_ROOT"
    for folder, name in folders.items():
        usage = shutil.disk_usage(folder)
        share = usage.free / usage.total
        state = BAD if share < FREE_BAD else ODD if share < FREE_ODD else GOOD
        mend = "" if state == GOOD else f"Make room, or move {name} to a larger disk."
        yield Finding("disk", state, f"{usage.free / 1e9:,.1f} GB free ({share:.0%}) for {name}", mend)
    if connection.vendor == "sqlite":
        size = Path(connection.settings_dict["NAME"]).stat().st_size
        yield Finding("disk", GOOD, f"the database has {size / 1e9:,.2f} GB ({timezone.now():%Y-%m-%d})")


CHECKS: Mapping[str, Callable[[], Iterator[Finding]]] = {
    "settings": of_settings,
    "database": of_database,
    "migrations": of_migrations,
    "queue": of_queue,
    "clock": of_clock,
    "workers": of_workers,
    "queues": of_queues,
    "articles": of_articles,
    "feeds": of_feeds,
    "decisions": of_decisions,
    "disk": of_disks,
}
