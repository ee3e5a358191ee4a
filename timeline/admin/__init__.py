"""The admin: rows that the pipeline writes are read-only, and decisions go through `curation`."""

from django.contrib import admin

from timeline.admin import (
    accounts,
    actors,
    articles,
    corrections,
    error_reports,
    events,
    feeds,
    inbox,
    recurring,
    second_readings,
    sources,
    tokens,
)

__all__ = [
    "accounts",
    "actors",
    "articles",
    "corrections",
    "error_reports",
    "events",
    "feeds",
    "inbox",
    "recurring",
    "second_readings",
    "sources",
    "tokens",
]

admin.site.site_header = admin.site.site_title = "newsdesk"
