"""Newsrooms."""

from __future__ import annotations

from django.contrib import admin

from timeline.models import (
    Source,
)


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "slug", "zone", "language"]
    list_filter = ["language", "zone"]
    search_fields = ["name", "slug"]
    show_full_result_count = False
