"""From the log of changes to deliveries, and from deliveries to what a worker has to send now.

The log is gap-free (`pipeline.changelog`), so a place in it is enough to lose nothing: changes are looked at in its
order, and the deliveries made of them are stored with the new place in one transaction. A message to a worker only says
that deliveries are due; a lost one is found again, and one that comes twice finds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from timeline.alerts.matching import concerned
from timeline.models import Change, DeliveredChange, Delivery, Followed, Watch
from timeline.query.changes import changes_after, last_change
from timeline.query.parser import FilterError

FOLLOWER = "alerts"  # the row of Followed that keeps the place in the log
MAX_CHANGES = 200  # of one transaction
BATCH_ROWS = 2_000  # of one statement
DIGEST_AT = time(7)  # by the reader's clock
MONDAY = 0
SENDING = timedelta(minutes=3)  # for which a worker has a delivery; longer than a task may take
RETRY_AFTER = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60, 180, 360, 720))  # after each failed attempt
MAX_ATTEMPTS = len(RETRY_AFTER) + 1


def collect(now: datetime) -> int:
    """Make deliveries of the next changes and return how many changes were looked at, 0 where there are none.

    Nothing is done while another process does it.
    """
    with transaction.atomic():
        place = _place()
        if place is None:
            return 0
        changes = changes_after(int(place.place), MAX_CHANGES)
        if not changes:
            return 0
        by_watch = _changes_by_watch(changes, now.date())
        _store(by_watch, now)
        _follow_merged(changes)
        place.place, place.moment = str(changes[-1].pk), now
        place.save()
    return len(changes)


def _place() -> Followed | None:
    """Return the locked row with the place in the log; None where another process has it.

    It is made at the oldest watch: what changed before that is told to nobody.
    """
    if not Followed.objects.filter(name=FOLLOWER).exists():
        oldest = Watch.objects.aggregate(Min("since"))["since__min"]
        place = last_change() if oldest is None else oldest
        Followed.objects.get_or_create(name=FOLLOWER, defaults={"moment": timezone.now(), "place": str(place)})
    return Followed.objects.select_for_update(skip_locked=True).filter(name=FOLLOWER).first()


def _changes_by_watch(changes: Sequence[Change], today: date) -> dict[Watch, list[Change]]:
    """Return what each watch is told of. Watches of one query are matched once."""
    by_watch: dict[Watch, list[Change]] = {}
    by_event: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_event[change.event_id].append(change)
    listening = Watch.objects.exclude(paused__in=(Watch.Paused.UNCONFIRMED, Watch.Paused.FILTER))
    for watch in listening.filter(event__in=by_event):
        by_watch[watch] = [c for c in by_event[str(watch.event_id)] if c.pk > watch.since]
    of_query: dict[str, list[Watch]] = defaultdict(list)
    for watch in listening.filter(event=None):
        of_query[watch.query].append(watch)
    for watches in of_query.values():
        try:
            found = concerned(watches, changes, today)
        except FilterError:  # what it names was deleted meanwhile
            Watch.objects.filter(pk__in=[w.pk for w in watches]).update(paused=Watch.Paused.FILTER)
            continue
        by_watch |= {watch: found[watch.pk] for watch in watches}
    return {watch: rows for watch, rows in by_watch.items() if rows and watch.paused != Watch.Paused.BY_READER}


def _follow_merged(changes: Sequence[Change]) -> None:
    """Let the watches of a merged event watch the one that it was merged into."""
    for change in changes:
        if change.what == Change.What.MERGED and change.merged_into_id:
            Watch.objects.filter(event=change.event_id).update(event=change.merged_into_id)


def _store(by_watch: dict[Watch, list[Change]], now: datetime) -> None:
    open_ones = _open_deliveries(list(by_watch), now)
    new = [Delivery(watch=watch, due=due_of(watch, now)) for watch in by_watch if watch.pk not in open_ones]
    Delivery.objects.bulk_create(new, batch_size=BATCH_ROWS)
    into = open_ones | {delivery.watch_id: delivery.pk for delivery in new}
    rows = [
        DeliveredChange(watch=w, change=c, delivery_id=into[w.pk]) for w, changes in by_watch.items() for c in changes
    ]
    DeliveredChange.objects.bulk_create(rows, batch_size=BATCH_ROWS)


def _open_deliveries(watches: Sequence[Watch], now: datetime) -> dict[int, int]:
    """Return and lock, by watch, the delivery that still takes changes: nobody has tried to send it yet.

    A digest takes none from the moment on at which it is due.
    """
    found: dict[int, int] = {}
    collecting = Q(due__gt=now) | Q(watch__pace=Watch.Pace.AT_ONCE)
    for start in range(0, len(watches), BATCH_ROWS):
        rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            collecting,
            watch__in=watches[start : start + BATCH_ROWS],
            sent_at=None,
            sending_until=None,
            attempts=0,
            test=False,
        )
        found |= dict(rows.order_by("pk").values_list("watch", "pk"))
    return found


def due_of(watch: Watch, now: datetime) -> datetime:
    """Return when what happened now is told: at once, or at the next DIGEST_AT of the reader's zone."""
    if watch.pace == Watch.Pace.AT_ONCE:
        return now
    zone = _zone(watch.zone)
    local = now.astimezone(zone)
    day = local.date() if local.time() < DIGEST_AT else local.date() + timedelta(days=1)
    if watch.pace == Watch.Pace.WEEKLY:
        day += timedelta(days=(MONDAY - day.weekday()) % 7)
    return datetime.combine(day, DIGEST_AT, zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


# --- sending ------------------------------------------------------------------------------------


def due_deliveries(now: datetime, limit: int) -> list[int]:
    """Return the ids of deliveries to send now, the longest due first.

    Of one watch only the first that waits, so that changes arrive in their order and a server that fails is asked
    once, not for each of them.
    """
    earlier = Delivery.objects.filter(watch=OuterRef("watch"), sent_at=None, pk__lt=OuterRef("pk"), test=False)
    rows = _waiting(now).filter(Q(test=True) | ~Exists(earlier)).order_by("due", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def _waiting(now: datetime) -> QuerySet[Delivery]:
    free = Q(sending_until=None) | Q(sending_until__lt=now)
    speaking = Q(watch__paused="") | Q(test=True)
    return Delivery.objects.filter(free, speaking, sent_at=None, due__lte=now)


def claim(pk: int, now: datetime) -> Delivery | None:
    """Take a delivery for SENDING; None where it is not due or another worker has it."""
    taken = _waiting(now).filter(pk=pk).values("pk")
    if not Delivery.objects.filter(pk__in=taken).update(sending_until=now + SENDING, attempts=F("attempts") + 1):
        return None
    return Delivery.objects.select_related("watch__event", "watch__user").get(pk=pk)


def sent(delivery: Delivery, now: datetime) -> None:
    """Note that a delivery arrived."""
    Delivery.objects.filter(pk=delivery.pk).update(sent_at=now, sending_until=None, error="")


def failed(delivery: Delivery, why: str, now: datetime, *, for_good: bool = False) -> None:
    """Note why an attempt failed: it is tried again later, or its watch is paused after MAX_ATTEMPTS or `for_good`.

    A test is tried once.
    """
    limit = Delivery._meta.get_field("error").max_length
    update = {"sending_until": None, "error": why[:limit]}
    if delivery.test:
        Delivery.objects.filter(pk=delivery.pk).update(**update, sent_at=now)
        return
    over = for_good or delivery.attempts >= MAX_ATTEMPTS
    with transaction.atomic():
        wait = RETRY_AFTER[min(delivery.attempts, len(RETRY_AFTER)) - 1]
        Delivery.objects.filter(pk=delivery.pk).update(**update, due=now if over else now + wait)
        if over:
            Watch.objects.filter(pk=delivery.watch_id, paused="").update(paused=Watch.Paused.FAILING)


def resume(watches: Iterable[int], now: datetime) -> None:
    """Let watches speak again; what waited for them is sent now, with all its attempts before it."""
    with transaction.atomic():
        Watch.objects.filter(pk__in=list(watches)).update(paused="")
        stuck = Delivery.objects.filter(watch__in=list(watches), sent_at=None, attempts__gt=0)
        stuck.update(attempts=0, due=now, sending_until=None)
