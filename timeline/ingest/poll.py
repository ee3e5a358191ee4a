"""Polling feeds: which are due, who polls them, and what is written of what came. Part of `pipeline`.

A feed is polled by one worker at a time. Its row is claimed by changing `claimed_until`, which only one can do; whoever
dies leaves a claim that ends by itself. What came is stored in one transaction, and a poll that is repeated finds
everything known. Nothing that a feed sends raises: what is wrong with it stands on its row.
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
from timeline.ingest import clock
from timeline.ingest.entries import Gathered, Pages, gather
from timeline.ingest.host_lock import passed, turn
from timeline.ingest.store import digest, take_in
from timeline.models import Feed, FeedEntry
from timeline.resilience.forked import isolated_one
from timeline.resilience.retry import passing
from timeline.validation.columns import fitted

log = logging.getLogger(__name__)

AT_ONCE = 500  # feeds that are sent to the workers together
SENT = timedelta(minutes=5)  # a message that is older is lost, and the feed is due again
LONGEST_WAIT = timedelta(days=1)  # between two polls of a feed that fails
LATEST = timedelta(days=8)  # no poll is further off; what says so was written by a clock that was wrong
SKEW = timedelta(minutes=5)  # by which a poll may lie in the future; more was written by a clock that was wrong
SOON = timedelta(seconds=60)  # until the rest of a feed's pages are read, or its host has a turn
FORGOTTEN = timedelta(days=400)  # entries that a feed has not shown for so long
MOST_MOVES = 20
TOO_SLOW = f"takes more than {settings.ARTICLE_SECONDS:g} seconds of processor time to read, or too much memory"
MAX_NEW_IN_A_ROW = 1_000  # articles of polls that knew (almost) no entry: then nothing tells its entries apart

ENDLESS = (
    "brought {n:,} articles in a row of which it never told again: its entries have new ids, addresses and words "
    "at each poll, or all change between two polls. Look at it; then resume it, with a shorter interval if it is busy"
)

Outcome = Literal["new", "unchanged", "gone", "later", "refused", "failed", "busy", "skipped"]


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll gave: `said` in words; `changed`: ids of articles that are new or changed, to be read now."""

    outcome: Outcome
    said: str
    changed: list[int] = field(default_factory=list)


# --- Which, and who -----------------------------------------------------------------------------


def due(now: datetime) -> Q:
    """Feeds that somebody should poll now."""
    return Q(passed("claimed_until", now), passed_or_wrong(now), paused=False, retired_at=None)


def passed_or_wrong(now: datetime) -> Q:
    return Q(next_at=None) | Q(next_at__lte=now) | Q(next_at__gt=now + LATEST) | from_the_future(now)


def from_the_future(now: datetime) -> Q:
    """Feeds that were polled by a clock that was ahead: when they are due next it does not know either."""
    return Q(last_success__gt=now + SKEW) | Q(last_failure__gt=now + SKEW)


def take_due(limit: int = AT_ONCE) -> list[tuple[int, datetime]]:
    """Claim the feeds that are due, the longest overdue first: their ids, each with the claim to be handed on.

    Two who ask at once get different feeds: rows locked by another are skipped (SQLite lets one in at a time).
    """
    now = clock.now()
    with transaction.atomic():
        rows = Feed.objects.select_for_update(skip_locked=True).filter(due(now)).order_by("next_at", "pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        claim = now + SENT
        Feed.objects.filter(pk__in=ids).update(claimed_until=claim)
    return [(pk, claim) for pk in ids]


def poll_feed(feed_id: int, claim: datetime | None = None, *, asking: FetchOptions | None = None) -> Polled:
    """Poll one feed: with the claim that `take_due` made, or, without one, whenever nobody else is at it.

    A message that comes twice finds its claim used, and does nothing.
    """
    held = _claim(feed_id, claim)
    if held is None:
        return Polled("skipped", "is being polled by another worker, was polled meanwhile, or is paused or retired")
    feed = Feed.objects.select_related("source").filter(pk=feed_id).first()
    if feed is None:
        return Polled("skipped", "was deleted just now")
    try:
        return _poll(feed, held, asking or manners())
    except Exception as e:  # whatever a feed brings about must not come again and again at once
        if passing(e):  # it is not the feed's fault
            raise
        log.exception("polling feed %s failed", feed_id)
        said = f"{type(e).__name__}: {e}"
        _write(feed, held, **_failed(feed, Fetched("failed", feed.url, said), clock.now()))
        return Polled("failed", said)


def _claim(feed_id: int, claim: datetime | None) -> datetime | None:
    now = clock.now()
    held = now + timedelta(seconds=settings.TASK_SECONDS + 30)
    mine = Q(claimed_until=claim, paused=False, retired_at=None) if claim else passed("claimed_until", now)
    return held if Feed.objects.filter(mine, pk=feed_id).update(claimed_until=held) else None


def manners() -> FetchOptions:
    """How newsdesk asks: what the settings permit, each host in its turn."""
    seconds = min(30.0, settings.TASK_SECONDS / 4)
    limits = Limits(seconds=seconds, silence=min(10.0, seconds / 2))
    return FetchOptions(reach=settings.FETCH_REACH, limits=limits, turn=turn)


# --- One poll -----------------------------------------------------------------------------------


def _poll(feed: Feed, held: datetime, asking: FetchOptions) -> Polled:
    now = clock.now()
    fetched = fetch(feed.url, now, asking=asking, etag=feed.etag, last_modified=feed.last_modified)
    parsed = None
    if fetched.kind == "new":
        found = isolated_one(_parsed, fetched, settings.ARTICLE_SECONDS)
        if isinstance(found, ParsedFeed):
            parsed = found
        else:
            fetched = Fetched("failed", fetched.url, str(found or TOO_SLOW), fetched.status)
    if parsed is not None:
        return _store(feed, held, fetched, parsed, now, asking)
    if fetched.kind == "unchanged":
        _write(feed, held, **_well(feed, fetched, now), **_moved(feed, fetched, now))
        return Polled("unchanged", "says nothing new (304)")
    if fetched.kind == "busy":
        _write(feed, held, next_at=now + _shaken(SOON))
    else:
        _write(feed, held, **_failed(feed, fetched, now))
    return Polled(fetched.kind, fetched.reason)


def _parsed(fetched: Fetched) -> ParsedFeed | NoFeedError:
    try:
        return parse_feed(fetched.body, fetched.content_type, fetched.url)
    except NoFeedError as e:
        return e


def _store(
    feed: Feed, held: datetime, fetched: Fetched, parsed: ParsedFeed, now: datetime, asking: FetchOptions
) -> Polled:
    """Take in what is new, and remember it: all of it or nothing."""
    pages = Pages(asking, time.monotonic() + settings.TASK_SECONDS * 0.4)
    gathered = gather(feed, parsed, now, pages)
    new_in_a_row = _new_in_a_row(feed, parsed, gathered)
    if new_in_a_row > feed.new_in_a_row >= MAX_NEW_IN_A_ROW:
        reason = ENDLESS.format(n=feed.new_in_a_row)
        _write(feed, held, **_failed(feed, Fetched("gone", feed.url, reason), now))
        return Polled("failed", reason)
    wanted = gathered.left or any(row.wanted for _, row in gathered.fresh) or any(r.wanted for r in gathered.rows)
    with transaction.atomic():
        taken = take_in([raw for raw, _ in gathered.fresh])
        _remember(feed, gathered, taken, now)
        said = _said(parsed, gathered, taken)
        columns = _well(feed, fetched, now) | _moved(feed, fetched, now) | {"result": said, "kind": parsed.kind}
        columns |= {"title": feed.title or parsed.title, "clock_hint": _hint(feed, parsed, now)}
        # Who keeps no validators is told everything again, and so comes to what is left.
        columns |= {"etag": "", "last_modified": ""} if wanted else {}
        columns |= {"next_at": now + _shaken(SOON)} if gathered.left else {}
        columns |= {"identity": Feed.Identity.LINK} if gathered.changing_ids else {}
        columns |= {"identity": Feed.Identity.WORDS} if gathered.changing_links else {}
        columns |= {"new_in_a_row": new_in_a_row}
        _write(feed, held, **columns)
    return Polled("new", said, [pk for outcome, pk in taken if outcome != "unchanged"])


def _remember(feed: Feed, gathered: Gathered, taken: Sequence[tuple[str, int]], now: datetime) -> None:
    for (_, row), (_, pk) in zip(gathered.fresh, taken, strict=True):
        row.article_id = pk
    new = [row for _, row in gathered.fresh if row.pk is None]
    old = [row for _, row in gathered.fresh if row.pk is not None] + gathered.rows
    FeedEntry.objects.bulk_create(new)
    FeedEntry.objects.bulk_update(
        old, ["article", "id_key", "link_key", "digest", "wanted", "tries", "seen_at"], batch_size=100
    )
    stale = FeedEntry.objects.filter(pk__in=gathered.seen, seen_at__lt=now - timedelta(days=1))
    stale.update(seen_at=now)
    FeedEntry.objects.filter(feed=feed, seen_at__lt=now - FORGOTTEN).delete()


def _new_in_a_row(feed: Feed, parsed: ParsedFeed, gathered: Gathered) -> int:
    """Articles since a poll that knew at least a tenth of the entries, those of this poll included."""
    new = sum(row.pk is None for _, row in gathered.fresh)
    known = len(parsed.entries) - new - gathered.left - gathered.empty
    return 0 if known * 10 >= len(parsed.entries) else feed.new_in_a_row + new


def _said(parsed: ParsedFeed, gathered: Gathered, taken: Sequence[tuple[str, int]]) -> str:
    count = {word: sum(outcome == word for outcome, _ in taken) for word in ("new", "changed")}
    said = [f"{len(parsed.entries)} entries", f"{count['new']} new", f"{count['changed']} changed"]
    said += [f"{gathered.left} wait for their pages"] if gathered.left else []
    said += [f"{gathered.costly} too costly to read: of these the title alone"] if gathered.costly else []
    said += [f"{gathered.empty} without words"] if gathered.empty else []
    said += [f"{parsed.left_out} too many"] if parsed.left_out else []
    future = sum(raw.published_from == "future" for raw, _ in gathered.fresh)
    said += [f"{future} dated in the future"] if future else []
    return ", ".join(said)


def _hint(feed: Feed, parsed: ParsedFeed, now: datetime) -> str:
    """What the entries say against the present setting of the clock, if they do."""
    work = partial(suggest, now=now, zone=ZoneInfo(feed.source.zone))
    found = isolated_one(work, parsed.entries, settings.ARTICLE_SECONDS)
    return found.why if found and found.clock != feed.clock else ""


# --- What is written of it ----------------------------------------------------------------------


def _write(feed: Feed, held: datetime, **columns: Any) -> None:
    """Give the feed free, with what came; unless the claim had ended and another has it now.

    What a feed or its server says of itself is written as its columns take it.
    """
    columns = {name: fitted(Feed, name, told) if isinstance(told, str) else told for name, told in columns.items()}
    Feed.objects.filter(pk=feed.pk, claimed_until=held).update(claimed_until=None, **columns)


def _well(feed: Feed, fetched: Fetched, now: datetime) -> dict[str, Any]:
    """A server that did not change may leave out what it said before."""
    wait = max(timedelta(minutes=feed.interval), fetched.wait)
    same = fetched.kind == "unchanged"
    return {
        "etag": fetched.etag or (feed.etag if same else ""),
        "last_modified": fetched.last_modified or (feed.last_modified if same else ""),
        "last_success": now,
        "failures": 0,
        "next_at": now + _shaken(wait),
    }


def _failed(feed: Feed, fetched: Fetched, now: datetime) -> dict[str, Any]:
    """Twice as long after each failure in a row, a day at most, and as long as the server asks."""
    columns: dict[str, Any] = {"last_failure": now, "failure": fetched.reason, "failures": feed.failures + 1}
    if fetched.kind == "gone":
        return columns | {"retired_at": now, "next_at": None}
    doubled = timedelta(minutes=feed.interval * 2 ** min(feed.failures, 12))
    interval = timedelta(minutes=feed.interval)
    wait = max(interval, min(doubled, LONGEST_WAIT), fetched.wait)
    return columns | {"next_at": now + _shaken(wait)}


def _moved(feed: Feed, fetched: Fetched, now: datetime) -> dict[str, Any]:
    """The address that a permanent move leads to, once it gave a feed; a feed that moved to another's is retired."""
    if not fetched.moved_to or fetched.moved_to == feed.url:
        return {}
    key = digest(fetched.moved_to)
    if other := Feed.objects.filter(url_digest=key).exclude(pk=feed.pk).first():
        reason = f"has moved to {fetched.moved_to}, which is polled already as feed {other.pk}"
        return {"retired_at": now, "last_failure": now, "failure": reason}
    move = {"from": feed.url, "to": fetched.moved_to, "at": now.isoformat(timespec="seconds")}
    return {"url": fetched.moved_to, "url_digest": key, "moves": [*feed.moves, move][-MOST_MOVES:]}


def _shaken(wait: timedelta) -> timedelta:
    """A tenth more at most: feeds that were added together are not polled together for ever."""
    return wait * random.uniform(1.0, 1.1)


# --- What editors ask for -----------------------------------------------------------------------


def pause(feeds: QuerySet[Feed]) -> int:
    return feeds.update(paused=True)


def resume(feeds: QuerySet[Feed]) -> int:
    """Poll again, from now on and as if nothing had failed; also what was retired."""
    return feeds.update(paused=False, retired_at=None, failures=0, next_at=None, new_in_a_row=0)


def ask_now(feed_ids: Iterable[int]) -> list[tuple[int, datetime]]:
    """Claim feeds to be polled at once, however long until their next poll; those that nobody is at."""
    now = clock.now()
    with transaction.atomic():
        free = Q(passed("claimed_until", now), paused=False, retired_at=None, pk__in=list(feed_ids))
        ids = list(Feed.objects.select_for_update(skip_locked=True).filter(free).values_list("pk", flat=True))
        claim = now + SENT
        Feed.objects.filter(pk__in=ids).update(claimed_until=claim)
    return [(pk, claim) for pk in ids]
