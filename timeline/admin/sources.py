"""Newsrooms, with their feeds."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from timeline.admin.parameters import CheckedLists
from timeline.admin.read_only import ReadOnlyInline
from timeline.models import Feed, Source

SHOWN = ("url", "interval", "state_word", "last_success", "last_failure", "failure")


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """The settings of a newsroom; its zone must be an IANA name."""

    class Meta:
        model = Source
        fields = ["name", "slug", "zone", "language", "numeric_order", "trust"]

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"]).strip()
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as e:
            raise ValidationError(_("Unknown time zone; use a name like Europe/Paris.")) from e
        return zone


class FeedInline(ReadOnlyInline):
    """The feeds of a newsroom; each has a page of its own."""

    model = Feed
    fields = SHOWN
    readonly_fields = SHOWN

    @admin.display(description=_("state"))
    def state_word(self, feed: Feed) -> str:
        return str(feed.state.label)


@admin.register(Source)
class SourceAdmin(CheckedLists):
    """Newsrooms, with their feeds and how polling goes."""

    form = SourceForm
    list_display = ["name", "slug", "zone", "language", "trust", "feed_count", "failing", "polled"]
    list_filter = ["trust", "language", "zone"]
    search_fields = ["name", "slug"]
    ordering = ["name", "pk"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [FeedInline]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        going = Q(feeds__paused=False, feeds__retired_at=None)
        rows: QuerySet[Source] = super().get_queryset(request)
        return rows.annotate(
            n_feeds=Count("feeds"),
            n_failing=Count("feeds", filter=going & Q(feeds__failures__gt=0)),
            polled_at=Max("feeds__last_success"),
        )

    def get_inlines(self, request: HttpRequest, obj: Source | None) -> Any:
        return self.inlines if obj else []

    @admin.display(description=_("feeds"), ordering="n_feeds")
    def feed_count(self, source: Any) -> int:
        return int(source.n_feeds)

    @admin.display(description=_("failing"), ordering="n_failing")
    def failing(self, source: Any) -> int:
        return int(source.n_failing)

    @admin.display(description=_("last success"), ordering="polled_at")
    def polled(self, source: Any) -> Any:
        return source.polled_at
