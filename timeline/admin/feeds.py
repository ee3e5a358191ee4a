"""Feeds: their settings, the results of polling, and the actions of editors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from timeline import tasks
from timeline.admin.feed_lists import FeedLists
from timeline.admin.hubs import hub_words
from timeline.admin.parameters import CheckedLists
from timeline.fetching.discovery import Discovery, NothingFoundError, discover
from timeline.fetching.posts import PostError, address
from timeline.ingest import poll
from timeline.ingest.store import digest
from timeline.models import Feed
from timeline.resilience.retry import QUEUE_DOWN
from timeline.validation.columns import fit_column

WRITTEN = ["kind", "state_word", "next_at", "last_success", "result", "last_failure", "failure", "failures"]
WRITTEN += ["announcements", "retired_at", "clock_hint", "moves", "made_at"]
STATES = {
    Feed.State.NEW: Q(paused=False, retired_at=None, failures=0, last_success=None),
    Feed.State.WELL: Q(paused=False, retired_at=None, failures=0, last_success__isnull=False),
    Feed.State.FAILING: Q(paused=False, retired_at=None, failures__gt=0),
    Feed.State.PAUSED: Q(paused=True, retired_at=None),
    Feed.State.RETIRED: Q(retired_at__isnull=False),
}
LOOK_SECONDS = 15.0  # for which an editor waits while a new feed is looked at


class FeedForm(forms.ModelForm):  # type: ignore[type-arg]
    """The settings of a feed. A URL is brought to its normal form, must be new, and is looked at first."""

    unseen = forms.BooleanField(
        label=_("Add it without looking"),
        required=False,
        help_text=_("For an address that does not answer at the moment. It is polled until it does."),
    )
    found: Discovery | None = None

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

    def clean(self) -> dict[str, Any]:
        """Look at a new address. Raises ValidationError with what is wrong, and the feeds that a page names."""
        cleaned = super().clean() or {}
        is_new = self.instance.pk is None or "url" in self.changed_data
        if is_new and not self.errors and not cleaned.get("unseen"):
            try:
                self.found = _look(cleaned["url"], cleaned["source"].zone)
            except NothingFoundError as e:
                feeds = "".join(f" {feed.url}" for feed in e.feeds)
                words = _("No feed was found, and nothing was added: %(reason)s.%(feeds)s")
                raise ValidationError({"url": words % {"reason": e, "feeds": feeds}}) from e
            cleaned["url"] = self.found.url
            if Feed.objects.filter(url_digest=digest(self.found.url)).exclude(pk=self.instance.pk).exists():
                raise ValidationError({"url": _("This feed already exists.")})
            self.instance.kind = self.found.parsed.kind
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """Forget the validators of the old URL: after this change its document must be fetched anew."""
        if "url" in self.changed_data or "full_text" in self.changed_data or "clock" in self.changed_data:
            self.instance.etag = self.instance.last_modified = ""
            self.instance.next_at = None
        self.instance.url_digest = digest(self.cleaned_data["url"])
        return super().save(commit)


def _look(url: str, zone: str) -> Discovery:
    options = poll.fetch_settings()
    limits = replace(options.limits, seconds=min(options.limits.seconds, LOOK_SECONDS))
    return discover(url, timezone.now(), options=replace(options, limits=limits), zone=zone)


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
class FeedAdmin(FeedLists, CheckedLists):
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
    actions = ["poll_now", "pause", "resume", "export_opml"]
    fieldsets = [
        (None, {"fields": ["source", "url", "unseen", "title", "interval", "paused"]}),
        (_("Meaning"), {"fields": ["clock", "clock_hint", "full_text", "identity"]}),
        (_("Status"), {"fields": ["state_word", "kind", "next_at", "last_success", "result", "announcements"]}),
        (_("Failures"), {"fields": ["last_failure", "failure", "failures", "retired_at", "moves", "made_at"]}),
    ]

    def save_model(self, request: HttpRequest, obj: Feed, form: Any, change: bool) -> None:
        """Save it, with the title that the feed gives itself, and say what was found there."""
        found = form.found
        if found is not None and not obj.title:
            obj.title = fit_column(Feed, "title", found.parsed.title)
        super().save_model(request, obj, form, change)
        if found is None:
            return
        words = _("Found: %(kind)s, %(n)d entries; the newest is of %(newest)s.")
        newest = date_format(timezone.localtime(found.newest), "DATETIME_FORMAT") if found.newest else "—"
        said = {"kind": Feed.Kind(found.parsed.kind).label, "n": len(found.parsed.entries), "newest": newest}
        self.message_user(request, words % said, messages.INFO)
        if found.clock is not None and found.clock.clock != obj.clock:
            words = _("Its dates suggest another setting of “%(name)s”: %(why)s.")
            name = Feed._meta.get_field("clock").verbose_name
            self.message_user(request, words % {"name": name, "why": found.clock.why}, messages.WARNING)

    @admin.display(description=_("announcements"))
    def announcements(self, feed: Feed) -> str:
        return hub_words(feed) if feed.pk else ""

    @admin.display(description=_("state"))
    def state_word(self, feed: Feed) -> str:
        return str(feed.state.label)

    @admin.action(description=_("Poll now"), permissions=["change"])
    def poll_now(self, request: HttpRequest, feeds: QuerySet[Feed]) -> None:
        claims = poll.claim_now(feeds.values_list("pk", flat=True))
        try:
            tasks.send_polls(claims)
        except QUEUE_DOWN:
            poll.release_claims(claims)
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
