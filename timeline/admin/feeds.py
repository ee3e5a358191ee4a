"""Feeds: their settings, the results of polling, and the actions of editors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from timeline import tasks
from timeline.admin.parameters import CheckedLists
from timeline.fetching.posts import PostError, address
from timeline.ingest import poll
from timeline.ingest.store import digest
from timeline.models import Feed
from timeline.resilience.retry import QUEUE_DOWN

WRITTEN = ["kind", "state_word", "next_at", "last_success", "result", "last_failure", "failure", "failures"]
WRITTEN += ["retired_at", "clock_hint", "moves", "made_at"]
STATES = {
    Feed.State.NEW: Q(paused=False, retired_at=None, failures=0, last_success=None),
    Feed.State.WELL: Q(paused=False, retired_at=None, failures=0, last_success__isnull=False),
    Feed.State.FAILING: Q(paused=False, retired_at=None, failures__gt=0),
    Feed.State.PAUSED: Q(paused=True, retired_at=None),
    Feed.State.RETIRED: Q(retired_at__isnull=False),
}


class FeedForm(forms.ModelForm):  # type: ignore[type-arg]
    """The settings of a feed. The URL is brought to its normal form and must be new."""

    class Meta:
        model = Feed
        fields = ["source", "url", "title", "interval", "paused", "clock", "full_text", "identity"]

    def clean_url(self) -> str:
        """Return the URL in its normal form. Raises ValidationError where another feed has it."""
        try:
            url = address(self.cleaned_data["url"])
        except PostError as e:
            raise ValidationError(_("Enter an address that starts with http:// or https://.")) from e
        if Feed.objects.filter(url_digest=digest(url)).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This feed already exists."))
        return url

    def save(self, commit: bool = True) -> Any:
        """Forget the validators of the old URL: after this change its document must be fetched anew."""
        if "url" in self.changed_data or "full_text" in self.changed_data or "clock" in self.changed_data:
            self.instance.etag = self.instance.last_modified = ""
            self.instance.next_at = None
        self.instance.url_digest = digest(self.cleaned_data["url"])
        return super().save(commit)


class StateFilter(admin.SimpleListFilter):
    """Filter by the state of polling."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Feed.State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feed]) -> QuerySet[Feed]:
        found = {state.value: which for state, which in STATES.items()}.get(self.value() or "")
        return queryset if found is None else queryset.filter(found)


@admin.register(Feed)
class FeedAdmin(CheckedLists):
    """Feeds: their settings can be changed, the results of polling only read."""

    form = FeedForm
    list_display = ["__str__", "source", "state_word", "interval", "last_success", "result", "last_failure", "failure"]
    list_display += ["next_at"]
    list_filter = [StateFilter, "kind", "clock", "full_text", "source"]
    search_fields = ["title", "url", "source__name", "failure"]
    list_select_related = ["source"]
    autocomplete_fields = ["source"]
    readonly_fields = WRITTEN
    show_full_result_count = False
    actions = ["poll_now", "pause", "resume"]
    fieldsets = [
        (None, {"fields": ["source", "url", "title", "interval", "paused"]}),
        (_("Meaning"), {"fields": ["clock", "clock_hint", "full_text", "identity"]}),
        (_("Status"), {"fields": ["state_word", "kind", "next_at", "last_success", "result"]}),
        (_("Failures"), {"fields": ["last_failure", "failure", "failures", "retired_at", "moves", "made_at"]}),
    ]

    @admin.display(description=_("state"))
    def state_word(self, feed: Feed) -> str:
        return str(feed.state.label)

    @admin.action(description=_("Poll now"), permissions=["change"])
    def poll_now(self, request: HttpRequest, feeds: QuerySet[Feed]) -> None:
        claims = poll.claim_now(feeds.values_list("pk", flat=True))
        try:
            tasks.send_polls(claims)
        except QUEUE_DOWN:
            message = _("The queue is unavailable; the feeds will be polled when workers are running.")
            self.message_user(request, message, messages.WARNING)
            return
        words = ngettext("%(n)d feed is being polled.", "%(n)d feeds are being polled.", len(claims))
        self.message_user(request, words % {"n": len(claims)}, messages.SUCCESS if claims else messages.WARNING)
        if left := feeds.count() - len(claims):
            words = ngettext(
                "%(n)d feed is paused, retired or just being polled.",
                "%(n)d feeds are paused, retired or just being polled.",
                left,
            )
            self.message_user(request, words % {"n": left}, messages.WARNING)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, feeds: QuerySet[Feed]) -> None:
        count = poll.pause(feeds)
        words = ngettext("%(n)d feed is paused.", "%(n)d feeds are paused.", count)
        self.message_user(request, words % {"n": count}, messages.SUCCESS)

    @admin.action(description=_("Resume (including retired feeds)"), permissions=["change"])
    def resume(self, request: HttpRequest, feeds: QuerySet[Feed]) -> None:
        count = poll.resume(feeds)
        words = ngettext("%(n)d feed is polled again.", "%(n)d feeds are polled again.", count)
        self.message_user(request, words % {"n": count}, messages.SUCCESS)
