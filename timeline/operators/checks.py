"""System checks: deployments that start but cannot work as meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, register
from django.core.checks import Warning as CheckWarning


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
