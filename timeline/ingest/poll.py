"""Poll feeds: find those that are due, claim them for one worker, and store what came.

A worker claims a feed by changing `claimed_until` of its row; the claim of a dead worker ends by itself. A poll is
stored in one transaction, and repeating it changes nothing. Nothing that a feed sends raises: what is wrong with it is
stored in its row.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from timeline.fetching.feeds import NoFeedError, ParsedFeed, parse_feed
from timeline.fetching.http import Fetched, FetchOptions, Limits, fetch
from timeline.fetching.timestamps import suggest
from timeline.ingest import clock, websub
from timeline.ingest.entries import FeedChanges, PageBudget, find_changes
from timeline.ingest.host_lock import is_over, lock_host
from timeline.ingest.store import digest, store_articles
from timeline.models import Feed, FeedEntry
from timeline.resilience.forked import run_isolated_one
from timeline.resilience.retry import is_temporary
from timeline.validation.columns import fit_column

log = logging.getLogger(__name__)

MAX_DUE_FEEDS = 500  # that are sent to the workers at once
MESSAGE_LIFETIME = timedelta(minutes=5)  # after which a message counts as lost and the feed is due again
MAX_BACKOFF = timedelta(days=1)  # between two polls of a feed that fails
MAX_NEXT_POLL = timedelta(days=8)  # a later one was written by a wrong clock
MAX_CLOCK_SKEW = timedelta(minutes=5)  # of a poll in the future; more was written by a wrong clock
SHORT_DELAY = timedelta(seconds=60)  # until the rest of a feed's pages are fetched, or its host is free
ENTRY_LIFETIME = timedelta(days=400)  # after which an entry is deleted that the feed no longer shows
MAX_MOVES = 20  # that are kept of a feed
TOO_SLOW = f"takes more than {settings.ARTICLE_SECONDS:g} seconds of processor time to read, or too much memory"
MAX_NEW_IN_A_ROW = 1_000  # articles of polls in which almost no entry was known: then nothing identifies its entries

ALWAYS_NEW = (
    "brought {n:,} articles in a row of which it never told again: its entries have new ids, addresses and words "
    "at each poll, or all change between two polls. Look at it; then resume it, with a shorter interval if it is busy"
)

Outcome = Literal["new", "unchanged", "gone", "later", "refused", "failed", "busy", "skipped"]


@dataclass(frozen=True, slots=True)
class PollResult:
    """The result of a poll. `message`: in words; `changed`: ids of new or changed articles, to be read now."""

    outcome: Outcome
    message: str
    changed: list[int] = field(default_factory=list)


# --- due feeds -----------------------------------------------------------------------------


def is_due(now: datetime) -> Q:
    """Match feeds that have to be polled now."""
    return Q(is_over("claimed_until", now), next_poll_is_over(now), paused=False, retired_at=None)


def next_poll_is_over(now: datetime) -> Q:
    """Match feeds whose next poll is not in the future, or was written by a wrong clock."""
    return Q(next_at=None) | Q(next_at__lte=now) | Q(next_at__gt=now + MAX_NEXT_POLL) | polled_in_future(now)


def polled_in_future(now: datetime) -> Q:
    """Match feeds whose last poll lies in the future: the clock was wrong, so their next poll is wrong as well."""
    return Q(last_success__gt=now + MAX_CLOCK_SKEW) | Q(last_failure__gt=now + MAX_CLOCK_SKEW)


def claim_due(limit: int = MAX_DUE_FEEDS) -> list[tuple[int, datetime]]:
    """Claim the feeds that are due, the longest overdue first; return their ids with the claims, for `poll_feed`.

    Two callers at once get different feeds: locked rows are skipped (SQLite has one writer at a time).
    """
    now = clock.database_now()
    with transaction.atomic():
        rows = Feed.objects.select_for_update(skip_locked=True).filter(is_due(now)).order_by("next_at", "pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        claim = now + MESSAGE_LIFETIME
        Feed.objects.filter(pk__in=ids).update(claimed_until=claim)
    return [(pk, claim) for pk in ids]


def poll_feed(feed_id: int, claim: datetime | None = None, *, options: FetchOptions | None = None) -> PollResult:
    """Poll one feed, with the claim that `claim_due` gave, or without one if no other worker polls it.

    A repeated message finds its claim used, and the poll is skipped.
    """
    held = _claim(feed_id, claim)
    if held is None:
        return PollResult("skipped", "is being polled by another worker, was polled meanwhile, or is paused or retired")
    feed = Feed.objects.select_related("source").filter(pk=feed_id).first()
    if feed is None:
        return PollResult("skipped", "was deleted just now")
    try:
        return _poll(feed, held, options or fetch_settings())
    except Exception as e:  # an error of one feed must not repeat at once
        if is_temporary(e):  # not the feed's fault
            raise
        log.exception("polling feed %s failed", feed_id)
        message = f"{type(e).__name__}: {e}"
        _write(feed, held, **_failure(feed, Fetched("failed", feed.url, message), clock.database_now()))
        return PollResult("failed", message)


def _claim(feed_id: int, claim: datetime | None) -> datetime | None:
    now = clock.database_now()
    held = now + timedelta(seconds=settings.TASK_SECONDS + 30)
    mine = Q(claimed_until=claim, paused=False, retired_at=None) if claim else is_over("claimed_until", now)
    return held if Feed.objects.filter(mine, pk=feed_id).update(claimed_until=held) else None


def fetch_settings() -> FetchOptions:
    """Return how newsdesk fetches: what the settings permit, with a lock of each host."""
    seconds = min(30.0, settings.TASK_SECONDS / 4)
    limits = Limits(seconds=seconds, silence=min(10.0, seconds / 2))
    return FetchOptions(reach=settings.FETCH_REACH, limits=limits, turn=lock_host)


# --- one poll -----------------------------------------------------------------------------------


def _poll(feed: Feed, held: datetime, options: FetchOptions) -> PollResult:
    now = clock.database_now()
    fetched = fetch(feed.url, now, options=options, etag=feed.etag, last_modified=feed.last_modified)
    parsed = None
    if fetched.kind == "new":
        found = run_isolated_one(_parse, fetched, settings.ARTICLE_SECONDS)
        if isinstance(found, ParsedFeed):
            parsed = found
        else:
            fetched = Fetched("failed", fetched.url, str(found or TOO_SLOW), fetched.status)
    if parsed is not None:
        return _store(feed, held, fetched, parsed, now, options)
    if fetched.kind == "unchanged":
        _write(feed, held, **_success(feed, fetched, now), **_moved(feed, fetched, now))
        return PollResult("unchanged", "says nothing new (304)")
    if fetched.kind == "busy":
        _write(feed, held, next_at=now + _with_jitter(SHORT_DELAY))
    else:
        _write(feed, held, **_failure(feed, fetched, now))
    return PollResult(fetched.kind, fetched.reason)


def _parse(fetched: Fetched) -> ParsedFeed | NoFeedError:
    try:
        return parse_feed(fetched.body, fetched.content_type, fetched.url)
    except NoFeedError as e:
        return e


def _store(
    feed: Feed, held: datetime, fetched: Fetched, parsed: ParsedFeed, now: datetime, options: FetchOptions
) -> PollResult:
    """Store new and changed articles, their entries and the state of the feed, all or nothing."""
    pages = PageBudget(options, time.monotonic() + settings.TASK_SECONDS * 0.4)
    changes = find_changes(feed, parsed, now, pages)
    new_in_a_row = _new_in_a_row(feed, parsed, changes)
    if new_in_a_row > feed.new_in_a_row >= MAX_NEW_IN_A_ROW:
        reason = ALWAYS_NEW.format(n=feed.new_in_a_row)
        _write(feed, held, **_failure(feed, Fetched("gone", feed.url, reason), now))
        return PollResult("failed", reason)
    wanted = changes.left or any(row.wanted for _, row in changes.fresh) or any(r.wanted for r in changes.rows)
    with transaction.atomic():
        stored = store_articles([raw for raw, _ in changes.fresh])
        _store_entries(feed, changes, stored, now)
        message = _result_text(parsed, changes, stored)
        columns = _success(feed, fetched, now) | _moved(feed, fetched, now) | {"result": message, "kind": parsed.kind}
        columns |= {"title": feed.title or parsed.title, "clock_hint": _clock_hint(feed, parsed, now)}
        # Without validators the server sends everything again, and the next poll gets to what is left.
        columns |= {"etag": "", "last_modified": ""} if wanted else {}
        columns |= {"next_at": now + _with_jitter(SHORT_DELAY)} if changes.left else {}
        columns |= {"identity": Feed.Identity.LINK} if changes.changing_ids else {}
        columns |= {"identity": Feed.Identity.WORDS} if changes.changing_links else {}
        columns |= {"new_in_a_row": new_in_a_row}
        _write(feed, held, **columns)
        websub.remember(feed, parsed, fetched)
    return PollResult("new", message, [pk for outcome, pk in stored if outcome in ("new", "changed")])


def _store_entries(feed: Feed, changes: FeedChanges, stored: Sequence[tuple[str, int]], now: datetime) -> None:
    for (_, row), (_, pk) in zip(changes.fresh, stored, strict=True):
        row.article_id = pk
    new = [row for _, row in changes.fresh if row.pk is None]
    old = [row for _, row in changes.fresh if row.pk is not None] + changes.rows
    FeedEntry.objects.bulk_create(new)
    FeedEntry.objects.bulk_update(
        old, ["article", "id_key", "link_key", "digest", "wanted", "tries", "seen_at"], batch_size=100
    )
    stale = FeedEntry.objects.filter(pk__in=changes.seen, seen_at__lt=now - timedelta(days=1))
    stale.update(seen_at=now)
    FeedEntry.objects.filter(feed=feed, seen_at__lt=now - ENTRY_LIFETIME).delete()


def _new_in_a_row(feed: Feed, parsed: ParsedFeed, changes: FeedChanges) -> int:
    """Count the new articles since a poll in which at least a tenth of the entries was known, this poll included."""
    new = sum(row.pk is None for _, row in changes.fresh)
    known = len(parsed.entries) - new - changes.left - changes.empty
    return 0 if known * 10 >= len(parsed.entries) else feed.new_in_a_row + new


def _result_text(parsed: ParsedFeed, changes: FeedChanges, stored: Sequence[tuple[str, int]]) -> str:
    count = {word: sum(outcome == word for outcome, _ in stored) for word in ("new", "changed")}
    message = [f"{len(parsed.entries)} entries", f"{count['new']} new", f"{count['changed']} changed"]
    message += [f"{changes.left} wait for their pages"] if changes.left else []
    message += [f"{changes.costly} too costly to read: of these the title alone"] if changes.costly else []
    message += [f"{changes.empty} without words"] if changes.empty else []
    message += [f"{parsed.left_out} too many"] if parsed.left_out else []
    message += [f"{parsed.too_large} with too many elements or attributes"] if parsed.too_large else []
    message += [f"{parsed.unreadable} unreadable characters"] if parsed.unreadable else []
    future = sum(raw.published_from == "future" for raw, _ in changes.fresh)
    message += [f"{future} dated in the future"] if future else []
    return ", ".join(message)


def _clock_hint(feed: Feed, parsed: ParsedFeed, now: datetime) -> str:
    """Return why another setting of the feed's clock fits its entries better, "" if none does."""
    work = partial(suggest, now=now, zone=ZoneInfo(feed.source.zone))
    found = run_isolated_one(work, parsed.entries, settings.ARTICLE_SECONDS)
    return found.why if found and found.clock != feed.clock else ""


# --- the row of the feed ----------------------------------------------------------------------


def _write(feed: Feed, held: datetime, **columns: Any) -> None:
    """Release the claim and store the columns, unless another worker holds the claim now.

    Texts of the feed or its server are cut to fit their columns.
    """
    columns = {
        name: fit_column(Feed, name, value) if isinstance(value, str) else value for name, value in columns.items()
    }
    Feed.objects.filter(pk=feed.pk, claimed_until=held).update(claimed_until=None, **columns)


def _success(feed: Feed, fetched: Fetched, now: datetime) -> dict[str, Any]:
    """Return the columns of a successful poll. A 304 without validators keeps the former ones."""
    wait = max(timedelta(minutes=feed.interval), fetched.wait)
    same = fetched.kind == "unchanged"
    return {
        "etag": fetched.etag or (feed.etag if same else ""),
        "last_modified": fetched.last_modified or (feed.last_modified if same else ""),
        "last_success": now,
        "failures": 0,
        "next_at": now + _with_jitter(wait),
    }


def _failure(feed: Feed, fetched: Fetched, now: datetime) -> dict[str, Any]:
    """Return the columns of a failed poll: the wait doubles with each failure in a row, up to MAX_BACKOFF."""
    columns: dict[str, Any] = {"last_failure": now, "failure": fetched.reason, "failures": feed.failures + 1}
    if fetched.kind == "gone":
        return columns | {"retired_at": now, "next_at": None}
    doubled = timedelta(minutes=feed.interval * 2 ** min(feed.failures, 12))
    interval = timedelta(minutes=feed.interval)
    wait = max(interval, min(doubled, MAX_BACKOFF), fetched.wait)
    return columns | {"next_at": now + _with_jitter(wait)}


def _moved(feed: Feed, fetched: Fetched, now: datetime) -> dict[str, Any]:
    """Return the columns of a permanent redirect; a feed that moved to the address of another is retired."""
    if not fetched.moved_to or fetched.moved_to == feed.url:
        return {}
    key = digest(fetched.moved_to)
    if other := Feed.objects.filter(url_digest=key).exclude(pk=feed.pk).first():
        reason = f"has moved to {fetched.moved_to}, which is polled already as feed {other.pk}"
        return {"retired_at": now, "last_failure": now, "failure": reason}
    move = {"from": feed.url, "to": fetched.moved_to, "at": now.isoformat(timespec="seconds")}
    return {"url": fetched.moved_to, "url_digest": key, "moves": [*feed.moves, move][-MAX_MOVES:]}


def _with_jitter(wait: timedelta) -> timedelta:
    """Lengthen by up to a tenth, so that feeds that were added together are not always polled together."""
    return wait * random.uniform(1.0, 1.1)


# --- acts of editors -----------------------------------------------------------------------


def pause(feeds: QuerySet[Feed]) -> int:
    """Stop polling these feeds; return how many."""
    return feeds.update(paused=True)


def resume(feeds: QuerySet[Feed]) -> int:
    """Poll these feeds again, also retired ones, and reset their failures; return how many."""
    return feeds.update(paused=False, retired_at=None, failures=0, next_at=None, new_in_a_row=0)


def claim_now(feed_ids: Iterable[int]) -> list[tuple[int, datetime]]:
    """Claim feeds to be polled at once, before they are due; return those that no worker polls, with the claims."""
    now = clock.database_now()
    with transaction.atomic():
        free = Q(is_over("claimed_until", now), paused=False, retired_at=None, pk__in=list(feed_ids))
        ids = list(Feed.objects.select_for_update(skip_locked=True).filter(free).values_list("pk", flat=True))
        claim = now + MESSAGE_LIFETIME
        Feed.objects.filter(pk__in=ids).update(claimed_until=claim)
    return [(pk, claim) for pk in ids]


def release_claims(claims: Iterable[tuple[int, datetime]]) -> None:
    """Give back claims for which no message could be sent, so that the feeds are polled when they are due."""
    for pk, claim in claims:
        Feed.objects.filter(pk=pk, claimed_until=claim).update(claimed_until=None)
