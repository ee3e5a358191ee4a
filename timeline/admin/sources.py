"""Newsrooms, with their feeds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from timeline.admin.hubs import hub_words
from timeline.admin.parameters import CheckedLists
from timeline.admin.read_only import ReadOnlyInline
from timeline.admin.removal import SourceRemovalAdmin
from timeline.fetching.newsrooms import slug_of
from timeline.fetching.zones import zone_choices
from timeline.models import Feed, Source

SHOWN = ("url", "interval", "state_word", "last_success", "last_failure", "failure", "announcements")


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """The settings of a newsroom. Its slug is made of its name where none is given."""

    zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, help_text=Source._meta.get_field("zone").help_text
    )
    slug = forms.SlugField(
        label=_("Slug"),
        max_length=80,
        required=False,
        help_text=_(
            "Names the source in addresses and commands. Left empty, it is made of the name, Chinese in pinyin."
        ),
    )

    class Meta:
        model = Source
        fields = ["name", "slug", "zone", "language", "numeric_order", "trust"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zone, field = self.instance.zone, self.fields["zone"]
        if zone not in {name for _, group in zone_choices() for name, _ in group}:  # an older name of a zone
            field.choices = [(zone, zone), *zone_choices()]  # type: ignore[attr-defined]

    def clean_slug(self) -> str:
        """Return the slug, made of the name if it is empty. Raises ValidationError where another source has it."""
        slug = self.cleaned_data["slug"] or slug_of(self.cleaned_data.get("name", ""))
        if Source.objects.filter(slug=slug).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("The source %(slug)s exists already; choose another slug."), params={"slug": slug})
        return slug


class FeedInline(ReadOnlyInline):
    """The feeds of a newsroom; each has a page of its own."""

    model = Feed
    fields = SHOWN
    readonly_fields = SHOWN

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feed]:
        rows: QuerySet[Feed] = super().get_queryset(request)
        return rows.select_related("subscription")

    @admin.display(description=_("announcements"))
    def announcements(self, feed: Feed) -> str:
        return hub_words(feed)

    @admin.display(description=_("state"))
    def state_word(self, feed: Feed) -> str:
        return str(feed.state.label)


@admin.register(Source)
class SourceAdmin(SourceRemovalAdmin, CheckedLists):
    """Newsrooms, with their feeds and how polling goes."""

    form = SourceForm
    list_display = ["name", "slug", "zone", "language", "trust", "feed_count", "failing", "polled", "removed"]
    list_filter = ["trust", "language", "zone"]
    search_fields = ["name", "slug"]
    ordering = ["name", "pk"]
    actions = ["remove", "allow"]
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
