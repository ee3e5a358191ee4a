"""Lists of feeds in the admin: OPML in and out, or addresses, one a line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from timeline import tasks
from timeline.fetching.outlines import MAX_LIST_BYTES, FeedList, ListError, parse_list
from timeline.ingest import poll
from timeline.ingest.subscribe import add_listed, feeds_as_opml
from timeline.models import Feed
from timeline.resilience.retry import QUEUE_DOWN

MAX_PROBLEMS = 10  # that are shown


class FeedListForm(forms.Form):
    """A list of feeds, as a file or as text."""

    file = forms.FileField(
        label=gettext_lazy("File"), required=False, help_text=gettext_lazy("OPML, or an address a line.")
    )
    addresses = forms.CharField(
        label=gettext_lazy("Addresses"),
        required=False,
        max_length=MAX_LIST_BYTES,
        widget=forms.Textarea(attrs={"rows": 10, "cols": 80, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line; what follows # is a comment."),
    )

    def clean(self) -> dict[str, Any]:
        """Parse the list. Raises ValidationError with what is wrong with it."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("file")) == bool(cleaned.get("addresses")):
            raise ValidationError(_("Choose a file, or enter addresses."))
        data = cleaned["file"].read(MAX_LIST_BYTES + 1) if cleaned.get("file") else cleaned["addresses"].encode()
        try:
            cleaned["feeds"] = parse_list(data)
        except ListError as e:
            raise ValidationError(_("The list cannot be used: %(reason)s."), params={"reason": e}) from e
        return cleaned


class FeedLists(admin.ModelAdmin):  # type: ignore[type-arg]
    """The views of lists of feeds."""

    change_list_template = "admin/timeline/feed/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.add_list_view)
        return [path("add-list/", view, name="timeline_feed_add_list"), *super().get_urls()]

    def add_list_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for a list (GET), and add its feeds (POST), which workers look at then."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FeedListForm(request.POST, request.FILES) if request.method == "POST" else FeedListForm()
        if request.method == "POST" and form.is_valid():
            self._add(request, form.cleaned_data["feeds"])
            return HttpResponseRedirect(reverse("admin:timeline_feed_changelist") + "?state=new")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add a list of feeds"),
            "opts": self.opts,
            "form": form,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/timeline/feed/add_list.html", context)

    def _add(self, request: HttpRequest, listed: FeedList) -> None:
        added, known = add_listed(listed.feeds)
        for feed in added:
            self.log_addition(request, feed, "list")
        words = ngettext(
            "%(n)d feed is being looked at: its state and result will show what was found.",
            "%(n)d feeds are being looked at: their states and results will show what was found.",
            len(added),
        )
        self.message_user(request, words % {"n": len(added)}, messages.SUCCESS if added else messages.WARNING)
        if known:
            words = ngettext("%(n)d feed was there before.", "%(n)d feeds were there before.", known)
            self.message_user(request, words % {"n": known}, messages.INFO)
        for problem in listed.problems[:MAX_PROBLEMS]:
            self.message_user(request, _("Left out: %(problem)s.") % {"problem": problem}, messages.WARNING)
        claims = poll.claim_now(feed.pk for feed in added)
        try:
            tasks.send_polls(claims)
        except QUEUE_DOWN:
            poll.release_claims(claims)
            message = _("The queue is unavailable; the feeds will be polled when workers are running.")
            self.message_user(request, message, messages.WARNING)

    @admin.action(description=gettext_lazy("Export as OPML"), permissions=["view"])
    def export_opml(self, request: HttpRequest, feeds: QuerySet[Feed]) -> HttpResponse:
        answer = HttpResponse(feeds_as_opml(feeds), content_type="text/x-opml; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="newsdesk.opml"'
        return answer
