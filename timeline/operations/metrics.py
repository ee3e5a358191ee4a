"""Metrics for Prometheus, collected on request from the database, the queue and the shared counters.

All processes of all machines add to the same counters (`counters.py`), so any web process can report them. It is cheap
with a million rows: sums of tallies, indexes of waiting rows, the planner's estimates of whole tables.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Model, Sum
from django.utils import timezone
from kombu.transport.redis import Channel
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from redis.exceptions import RedisError

from timeline.models import Article, Claim, Delivery, Feed, Tally
from timeline.models.tally import ANY
from timeline.operations import counters, health

log = logging.getLogger(__name__)

MIN_ESTIMATED_ROWS = 100_000  # rows of a table from which on PostgreSQL's estimate is used
MAX_UNREAD_ARTICLES = 2_000  # waiting articles among which the oldest is looked for
TASK_SECONDS, TASKS, FETCHES, ALERTS = "newsdesk_task_seconds", "newsdesk_tasks", "newsdesk_fetches", "newsdesk_alerts"
SLOW, REFUSALS = "newsdesk_slow_requests", "newsdesk_refusals"
LARGEST_SHARE = (  # of the claims of a table that its most frequent key has, as ANALYZE saw it
    "SELECT most_common_freqs[1] FROM pg_stats"
    " WHERE schemaname = current_schema() AND tablename = %s AND attname = 'key'"
)
COUNTED = {
    SLOW: "Requests that took a second or more, by route",
    REFUSALS: "Requests refused with 429 or 503, by status",
    TASKS: "Tasks that ended, by name and how",
    FETCHES: "Fetches of sources, by what came of them",
    ALERTS: "Attempts to send an alert, by what came of them",
}
OBSERVED = {TASK_SECONDS: "Seconds that tasks took, by name"}


def render() -> bytes:
    """Return all metrics in Prometheus' text format, without those of a service that does not answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return bytes(generate_latest(registry))


class _Collector:
    """The collector for prometheus-client; it describes nothing when it is registered."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("newsdesk_up", "Whether this part answers, and takes what is written", labels=["part"])
        for part, gather in (("database", _database_metrics), ("queue", _queue_metrics)):
            found, answers = _collect(gather)
            yield from found
            up.add_metric([part], float(answers))
        yield up


def _collect(gather: Callable[[], Iterator[Metric]]) -> tuple[list[Metric], bool]:
    found: list[Metric] = []
    try:
        for metric in gather():
            found.append(metric)
    except (DatabaseError, RedisError, OSError) as error:
        log.warning("metrics are incomplete: %s", error)
        return found, False
    return found, True


# --- from the database --------------------------------------------------------------------------


def _database_metrics() -> Iterator[Metric]:
    states = GaugeMetricFamily("newsdesk_articles", "Articles by how far they are", labels=["state"])
    for state, n in articles_by_state().items():
        states.add_metric([state], n)
    yield states
    claims = row_count(Claim)
    yield GaugeMetricFamily("newsdesk_claims", "Claims of all articles (an estimate where many)", claims)
    events = GaugeMetricFamily("newsdesk_events", "Events that stand, by kind", labels=["kind"])
    for kind, n in events_by_kind().items():
        events.add_metric([kind], n)
    yield events
    words = "Seconds since the oldest article was taken in that was never read; 0 where none waits"
    yield GaugeMetricFamily("newsdesk_oldest_unread_seconds", words, oldest_unread())
    words = "Claims of the largest key, which are resolved together (an estimate where many)"
    yield GaugeMetricFamily("newsdesk_largest_key_claims", words, largest_key(claims))
    words = "Seconds since the longest due poll of a feed should have begun; 0 where none is late"
    yield GaugeMetricFamily("newsdesk_oldest_poll_seconds", words, oldest_poll())
    words = "Seconds since the longest due alert should have been sent; 0 where none is late"
    yield GaugeMetricFamily("newsdesk_oldest_alert_seconds", words, oldest_alert())


def articles_by_state() -> dict[str, int]:
    """Count articles by state. The number of those done is the rest of all rows, so an estimate of large tables."""
    unfinished = [state for state in Article.State.values if state != Article.State.DONE]
    counted = Article.objects.filter(state__in=unfinished).order_by().values("state").annotate(n=Count("*"))
    found = dict.fromkeys(unfinished, 0) | dict(counted.values_list("state", "n"))
    return found | {Article.State.DONE.value: max(0, row_count(Article) - sum(found.values()))}


def events_by_kind() -> dict[str, int]:
    """Count live events by kind, from the tallies."""
    rows = Tally.objects.filter(of=ANY).order_by().values_list("kind").annotate(Sum("n"))
    return {kind: int(n) for kind, n in rows}


def row_count(model: type[Model]) -> int:
    """Count the rows of a table; on PostgreSQL the planner's estimate from MIN_ESTIMATED_ROWS on."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
            believed = int(cursor.fetchone()[0])
        if believed >= MIN_ESTIMATED_ROWS:
            return believed
    return int(model._default_manager.count())


def largest_key(claims: int) -> int:
    """Count the claims of the largest of all `claims`; from MIN_ESTIMATED_ROWS on by PostgreSQL's last ANALYZE."""
    if connection.vendor == "postgresql" and claims >= MIN_ESTIMATED_ROWS:
        with connection.cursor() as cursor:
            cursor.execute(LARGEST_SHARE, [Claim._meta.db_table])
            (share,) = cursor.fetchone() or (0,)
        return round(claims * (share or 0))
    sizes = Claim.objects.order_by().values_list("key").annotate(n=Count("*")).order_by("-n")
    return int(next(iter(sizes.values_list("n", flat=True)[:1]), 0))


def oldest_unread() -> float:
    """Return how many seconds the oldest unread article waits, of the first MAX_UNREAD_ARTICLES."""
    waiting = Article.objects.filter(state=Article.State.NEW, language="").order_by("state_since")
    seen: list[datetime] = list(waiting.values_list("first_seen", flat=True)[:MAX_UNREAD_ARTICLES])
    return max(0.0, (timezone.now() - min(seen)).total_seconds()) if seen else 0.0


def oldest_alert() -> float:
    """Return how many seconds the longest due delivery of an alert that is not paused waits."""
    waiting = Delivery.objects.filter(sent_at=None, watch__paused="").order_by("due", "pk")
    due = waiting.values_list("due", flat=True).first()
    return max(0.0, (timezone.now() - due).total_seconds()) if due else 0.0


def oldest_poll() -> float:
    """Return how many seconds the longest due poll of a feed is late."""
    waiting = Feed.objects.filter(paused=False, retired_at=None, next_at__isnull=False).order_by("next_at")
    due = waiting.values_list("next_at", flat=True).first()
    return max(0.0, (timezone.now() - due).total_seconds()) if due else 0.0


# --- from the queue's server --------------------------------------------------------------------


def _queue_metrics() -> Iterator[Metric]:
    queues = GaugeMetricFamily("newsdesk_queue_messages", "Messages that wait, by queue", labels=["queue"])
    for name, n in queue_lengths().items():
        queues.add_metric([name], n)
    yield queues
    words = "Messages that a worker has taken and not confirmed"
    yield GaugeMetricFamily("newsdesk_queue_unconfirmed", words, unacknowledged())
    yield from _counter_metrics()
    if refusal := health.check_queue():
        raise RedisError(f"the queue {refusal}")


def queue_lengths() -> dict[str, int]:
    """Count the waiting messages of each queue. Raises RedisError or OSError."""
    names = sorted({*settings.QUEUES, *current_app.amqp.queues})
    steps = Channel.priority_steps
    with counters.server().pipeline(transaction=False) as pipe:
        for name in names:
            for step in steps:
                pipe.llen(f"{name}{Channel.sep}{step}" if step else name)
        lengths = pipe.execute()
    return {name: sum(lengths[at * len(steps) : (at + 1) * len(steps)]) for at, name in enumerate(names)}


def unacknowledged() -> int:
    """Count the messages that a worker has taken and not acknowledged."""
    return int(counters.server().hlen(Channel.unacked_key))


def _counter_metrics() -> Iterator[Metric]:
    counted = {name: CounterMetricFamily(name, words) for name, words in COUNTED.items()}
    observed = defaultdict[tuple[str, tuple[tuple[str, str], ...]], dict[str, float]](dict)
    for name, labels, value in counters.all_counters():
        if name in counted:
            _add_sample(counted[name], labels, value)
            continue
        family, _, part = name.rpartition("_")
        if family in OBSERVED:
            bound = labels.pop("le", "")
            observed[family, tuple(sorted(labels.items()))][bound or part] = value
    yield from (family for family in counted.values() if family.samples)
    yield from _histograms(observed)


def _add_sample(family: CounterMetricFamily, labels: dict[str, str], value: float) -> None:
    family.add_sample(f"{family.name}_total", labels, value)


def _histograms(observed: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, float]]) -> Iterator[Metric]:
    """Convert the buckets of the counters to cumulative ones."""
    for family, words in OBSERVED.items():
        metric = HistogramMetricFamily(family, words)
        for (name, labels), numbers in observed.items():
            if name != family:
                continue
            below = 0.0
            for bound in counters.BUCKETS:
                below += numbers.get(f"{bound:g}", 0.0)
                metric.add_sample(f"{family}_bucket", {**dict(labels), "le": f"{bound:g}"}, below)
            total = max(below, numbers.get("count", 0.0))
            metric.add_sample(f"{family}_bucket", {**dict(labels), "le": "+Inf"}, total)
            metric.add_sample(f"{family}_count", dict(labels), total)
            metric.add_sample(f"{family}_sum", dict(labels), numbers.get("sum", 0.0))
        if metric.samples:
            yield metric
