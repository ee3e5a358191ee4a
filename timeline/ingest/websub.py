"""WebSub (W3C, 2018): let the hub of a feed say at once that it has something new.

Where a feed declares a hub, its subscription is requested, confirmed by the hub's call to our address, and renewed
before its lease ends. What the hub sends is signed; it is not stored, but the feed is polled at once, so that an
article arrives on one way only. Without NEWSDESK_URL nobody could call, and nothing is requested.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from timeline.fetching.feeds import ParsedFeed, absolute
from timeline.fetching.http import Fetched, FetchOptions, post
from timeline.ingest import clock
from timeline.models import Feed, HubSubscription
from timeline.validation.columns import fit_column, max_chars

State = HubSubscription.State
LEASE = timedelta(days=10)  # that is asked for
MIN_LEASE, MAX_LEASE = timedelta(minutes=5), timedelta(days=90)  # of what a hub grants
ANSWER_TIME = timedelta(minutes=10)  # in which a hub has to confirm
MAX_BACKOFF = timedelta(days=1)
MAX_REQUESTS = 20  # of one run
METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
RELATION = re.compile(r";\s*rel\s*=\s*\"?([^\";,]*)", re.I)


def remember(feed: Feed, parsed: ParsedFeed, fetched: Fetched) -> None:
    """Note the hub that a feed declares, in its answer's header or in itself; forget one that it no longer declares."""
    links = _links(fetched.link)
    hub = absolute(links.get("hub", ""), fetched.url) or parsed.hub
    topic = absolute(links.get("self", ""), fetched.url) or parsed.topic or fetched.url
    fits = all(0 < len(url) <= max_chars(HubSubscription, "hub") for url in (hub, topic))
    if not settings.PUBLIC_URL or not fits or not hub.startswith(("https://", "http://")):
        HubSubscription.objects.filter(feed=feed).delete()
        return
    values = {"hub": hub, "topic": topic}
    secret = {"token": secrets.token_urlsafe(32), "secret": secrets.token_hex(32)}
    row, _ = HubSubscription.objects.get_or_create(feed=feed, defaults=values | secret)
    if (row.hub, row.topic) != (hub, topic):
        HubSubscription.objects.filter(pk=row.pk).update(
            **values, **secret, state=State.WANTED, lease_until=None, next_at=None, failures=0, failure=""
        )


def _links(header: str) -> dict[str, str]:
    """Return the targets of a Link header (RFC 8288) by relation, the first of each."""
    found: dict[str, str] = {}
    for target, parameters in LINK.findall(header):
        said = RELATION.search(parameters)
        for relation in said[1].lower().split() if said else ():
            found.setdefault(relation, target)
    return found


def request_due(options: FetchOptions) -> int:
    """Request the subscriptions that are wanted or have to be renewed; return how many hubs were asked."""
    if not settings.PUBLIC_URL:
        return 0
    now = clock.database_now()
    due = HubSubscription.objects.filter(
        Q(next_at=None) | Q(next_at__lte=now), feed__paused=False, feed__retired_at=None
    )
    rows = list(due.order_by("next_at", "pk")[:MAX_REQUESTS])
    for row in rows:
        _request(row, now, options)
    return len(rows)


def _request(row: HubSubscription, now: datetime, options: FetchOptions) -> None:
    """Ask a hub. The state is stored first, since it may confirm before it has answered."""
    active = row.state == State.ACTIVE and row.lease_until is not None and row.lease_until > now
    mine = HubSubscription.objects.filter(pk=row.pk, token=row.token)
    mine.update(state=State.ACTIVE if active else State.REQUESTED, next_at=now + ANSWER_TIME)
    fields = {
        "hub.callback": f"{settings.PUBLIC_URL}{reverse('websub', args=[row.token])}",
        "hub.mode": "subscribe",
        "hub.topic": row.topic,
        "hub.lease_seconds": str(int(LEASE.total_seconds())),
        "hub.secret": row.secret,
    }
    answer = post(row.hub, urlencode(fields).encode(), "application/x-www-form-urlencoded", now, options=options)
    if answer.kind != "new":
        _fail(row, now, answer.reason)
    else:  # if it does not confirm, it is asked again, later each time
        mine.filter(next_at=now + ANSWER_TIME).update(failures=row.failures + 1, next_at=now + _delay(row.failures))


def _delay(failures: int) -> timedelta:
    doubled: int = 2 ** min(failures, 10)
    return min(ANSWER_TIME * doubled, MAX_BACKOFF)


def _fail(row: HubSubscription, now: datetime, reason: str) -> None:
    failure = fit_column(HubSubscription, "failure", reason)
    HubSubscription.objects.filter(pk=row.pk, token=row.token).update(
        failures=row.failures + 1, failure=failure, next_at=now + _delay(row.failures)
    )


def confirm(token: str, mode: str, topic: str, lease_seconds: int) -> bool:
    """Answer a hub that asks whether we meant it; store the lease. Return whether we did."""
    row = HubSubscription.objects.filter(token=token, topic=topic).select_related("feed").first()
    if row is None:
        return mode == "unsubscribe"
    now = clock.database_now()
    if mode == "denied":
        HubSubscription.objects.filter(pk=row.pk).update(
            state=State.DENIED, failures=row.failures + 1, next_at=now + MAX_BACKOFF, lease_until=None
        )
        return True
    if mode != "subscribe" or row.state not in (State.REQUESTED, State.ACTIVE) or not _is_polled(row.feed):
        return False
    lease = min(max(timedelta(seconds=lease_seconds), MIN_LEASE), MAX_LEASE)
    HubSubscription.objects.filter(pk=row.pk, token=token).update(
        state=State.ACTIVE, lease_until=now + lease, next_at=now + lease * 0.8, failures=0, failure=""
    )
    return True


def announced(token: str, body: bytes, signature: str) -> int | None:
    """Return the feed of which a hub says that it has something new; None where that is not signed with our secret.

    Raises HubSubscription.DoesNotExist where there is no such subscription, or its feed is no longer polled.
    """
    row = HubSubscription.objects.select_related("feed").get(token=token)
    if not _is_polled(row.feed):
        raise HubSubscription.DoesNotExist
    method, _, digest = signature.strip().partition("=")
    algorithm = METHODS.get(method.lower())
    if algorithm is None:
        return None
    right = hmac.new(row.secret.encode(), body, algorithm).hexdigest()
    if not hmac.compare_digest(right.encode(), digest.strip().lower().encode("utf-8", "replace")):
        return None
    HubSubscription.objects.filter(pk=row.pk).update(announced_at=clock.database_now())
    return row.feed_id


def _is_polled(feed: Feed) -> bool:
    return not feed.paused and feed.retired_at is None
