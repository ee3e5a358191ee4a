"""Numbers for Prometheus, gathered when they are asked for: from the database, from the queue, from the counters.

Every process of every machine adds to the same counters (`counters.py`), so any web process can tell them all. It is
cheap with a million rows: sums of tallies, indexes of what waits, the planner's estimate of whole tables.
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

from timeline.models import Article, Claim, Tally
from timeline.models.tally import ANY
from timeline.operations import counters, health

log = logging.getLogger(__name__)

ESTIMATED = 100_000  # rows of a table from which on PostgreSQL's own estimate is told
LOOKED_AT = 2_000  # waiting articles of which the oldest is looked for
TASK_SECONDS, TASKS, FETCHES = "newsdesk_task_seconds", "newsdesk_tasks", "newsdesk_fetches"
COUNTED = {TASKS: "Tasks that ended, by name and how", FETCHES: "Fetches of sources, by what came of them"}
OBSERVED = {TASK_SECONDS: "Seconds that tasks took, by name"}


def text() -> bytes:
    """Everything in Prometheus' text format. Where a part does not answer, what it would tell is left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return bytes(generate_latest(registry))


class _Collector:
    """What prometheus-client asks; it tells nothing when it is registered."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("newsdesk_up", "Whether this part answers, and takes what is written", labels=["part"])
        for part, gather in (("database", _of_database), ("queue", _of_queue)):
            found, answers = _gathered(gather)
            yield from found
            up.add_metric([part], float(answers))
        yield up


def _gathered(gather: Callable[[], Iterator[Metric]]) -> tuple[list[Metric], bool]:
    found: list[Metric] = []
    try:
        for metric in gather():
            found.append(metric)
    except (DatabaseError, RedisError, OSError) as error:
        log.warning("metrics are incomplete: %s", error)
        return found, False
    return found, True


# --- from the database --------------------------------------------------------------------------


def _of_database() -> Iterator[Metric]:
    states = GaugeMetricFamily("newsdesk_articles", "Articles by how far they are", labels=["state"])
    for state, n in articles_by_state().items():
        states.add_metric([state], n)
    yield states
    yield GaugeMetricFamily("newsdesk_claims", "Claims of all articles (an estimate where many)", rows_of(Claim))
    events = GaugeMetricFamily("newsdesk_events", "Events that stand, by kind", labels=["kind"])
    for kind, n in events_by_kind().items():
        events.add_metric([kind], n)
    yield events
    words = "Seconds since the oldest article was taken in that was never read; 0 where none waits"
    yield GaugeMetricFamily("newsdesk_oldest_unread_seconds", words, oldest_unread())


def articles_by_state() -> dict[str, int]:
    """How many articles are in each state. Those that are done are all the others, so an estimate where many."""
    unfinished = [state for state in Article.State.values if state != Article.State.DONE]
    counted = Article.objects.filter(state__in=unfinished).order_by().values("state").annotate(n=Count("*"))
    found = dict.fromkeys(unfinished, 0) | dict(counted.values_list("state", "n"))
    return found | {Article.State.DONE.value: max(0, rows_of(Article) - sum(found.values()))}


def events_by_kind() -> dict[str, int]:
    """How many events stand, by kind: the sum of a few thousand rows."""
    rows = Tally.objects.filter(of=ANY).order_by().values_list("kind").annotate(Sum("n"))
    return {kind: int(n) for kind, n in rows}


def rows_of(model: type[Model]) -> int:
    """The rows of a table: counted, or on PostgreSQL from ESTIMATED on as its planner believes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
            believed = int(cursor.fetchone()[0])
        if believed >= ESTIMATED:
            return believed
    return int(model._default_manager.count())


def oldest_unread() -> float:
    """Seconds that the oldest article waits which nobody has read yet, of the first LOOKED_AT that wait."""
    waiting = Article.objects.filter(state=Article.State.NEW, language="").order_by("state_since")
    seen: list[datetime] = list(waiting.values_list("first_seen", flat=True)[:LOOKED_AT])
    return max(0.0, (timezone.now() - min(seen)).total_seconds()) if seen else 0.0


# --- from the queue's server --------------------------------------------------------------------


def _of_queue() -> Iterator[Metric]:
    queues = GaugeMetricFamily("newsdesk_queue_messages", "Messages that wait, by queue", labels=["queue"])
    for name, n in queue_lengths().items():
        queues.add_metric([name], n)
    yield queues
    words = "Messages that a worker has taken and not confirmed"
    yield GaugeMetricFamily("newsdesk_queue_unconfirmed", words, unconfirmed())
    yield from _of_counters()
    if refusal := health.queue():
        raise RedisError(f"the queue {refusal}")


def queue_lengths() -> dict[str, int]:
    """Messages that wait in each queue that the settings name. Raises RedisError or OSError."""
    names = sorted({*settings.QUEUES, *current_app.amqp.queues})
    steps = Channel.priority_steps
    with counters.server().pipeline(transaction=False) as pipe:
        for name in names:
            for step in steps:
                pipe.llen(f"{name}{Channel.sep}{step}" if step else name)
        lengths = pipe.execute()
    return {name: sum(lengths[at * len(steps) : (at + 1) * len(steps)]) for at, name in enumerate(names)}


def unconfirmed() -> int:
    return int(counters.server().hlen(Channel.unacked_key))


def _of_counters() -> Iterator[Metric]:
    counted = {name: CounterMetricFamily(name, words) for name, words in COUNTED.items()}
    observed = defaultdict[tuple[str, tuple[tuple[str, str], ...]], dict[str, float]](dict)
    for name, labels, value in counters.told():
        if name in counted:
            _labelled(counted[name], labels, value)
            continue
        family, _, part = name.rpartition("_")
        if family in OBSERVED:
            bound = labels.pop("le", "")
            observed[family, tuple(sorted(labels.items()))][bound or part] = value
    yield from (family for family in counted.values() if family.samples)
    yield from _histograms(observed)


def _labelled(family: CounterMetricFamily, labels: dict[str, str], value: float) -> None:
    family.add_sample(f"{family.name}_total", labels, value)


def _histograms(observed: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, float]]) -> Iterator[Metric]:
    """Buckets that hold what fell into each alone become those of Prometheus, which hold all below as well."""
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
