"""System checks for deployments that start but cannot work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, register
from django.core.checks import Error as CheckError
from django.core.checks import Warning as CheckWarning

from timeline.extraction.events.learnt.network import WeightsError, network
from timeline.extraction.events.learnt.site import in_use, read_site
from timeline.operations import permissions


@register()
def weights_are_readable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001: the weights by which events are read are missing, damaged or of another version."""
    try:
        network()
    except WeightsError as error:
        return [
            CheckError(
                f"Events cannot be read: {error}",
                hint="Install newsdesk again, or put back timeline/extraction/events/learnt/weights.npz.",
                id="newsdesk.E001",
            )
        ]
    return _of_site_weights()


def _of_site_weights() -> list[CheckMessage]:
    """E002: the site's own weights are damaged; W005: they belong to the weights of another version of newsdesk."""
    try:
        site = read_site(settings.SITE_WEIGHTS)
        in_use()
    except WeightsError as error:
        hint = "Put back a copy of the file, or go back to the weights that newsdesk ships: `manage.py learn --reset`."
        return [CheckError(f"Events cannot be read: {error}", hint=hint, id="newsdesk.E002")]
    if site is None or site.fits:
        return []
    return [
        CheckWarning(
            f"The site's weights ({site.meta['name']}) belong to another version of newsdesk: they are not used.",
            hint="Learn them anew: `manage.py learn --apply`; or remove them: `manage.py learn --reset`.",
            id="newsdesk.W005",
        )
    ]


@register()
def workers_can_reach_queue_and_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """W001: a shared database with a private queue; W002: a shared queue with a private database."""
    private_database = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    private_queue = settings.EMBEDDED_BROKER
    elsewhere = not private_queue and not settings.CELERY_BROKER_URL.startswith("redis+socket:")
    if private_queue and not private_database:
        return [
            CheckWarning(
                "DATABASE_URL is set but REDIS_URL is not: workers on other machines cannot reach the embedded queue.",
                hint="Set REDIS_URL to a Redis or Valkey server, unless everything runs on this machine.",
                id="newsdesk.W001",
            )
        ]
    if private_database and elsewhere:
        return [
            CheckWarning(
                "REDIS_URL is set but the database is SQLite: workers on other machines cannot reach the database.",
                hint="Set DATABASE_URL to a PostgreSQL database, unless everything runs on this machine.",
                id="newsdesk.W002",
            )
        ]
    return []


@register()
def https_is_known(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """W003: requests are redirected to https, but no proxy is trusted to say that one came by it."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES:
        return []
    return [
        CheckWarning(
            "NEWSDESK_HTTPS is on but NEWSDESK_TRUSTED_PROXIES is empty: what a proxy with TLS passes on is sent to "
            "https again and again.",
            hint="Set NEWSDESK_TRUSTED_PROXIES to the addresses from which the proxy connects, such as 127.0.0.1.",
            id="newsdesk.W003",
        )
    ]


@register()
def files_are_private(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """W004: files that `permissions.close_to_others` could not close are open to other users."""
    found = permissions.open_to_others(settings.VAR, settings.SQLITE_FILE)
    if not found:
        return []
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return [
        CheckWarning(
            f"Other users of this machine have rights on {found[0]}{more}.",
            hint=f"As their owner: `chmod -R go= {settings.VAR}`; or set NEWSDESK_VAR to a folder of its own.",
            id="newsdesk.W004",
        )
    ]
