"""What search engines ask for: `/robots.txt` and the site maps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from timeline.models import Actor, Event, EventParticipant

# Pages of one reader, parts of pages, and views of which there are endlessly many.
PRIVATE = (
    "/admin/",
    "/login/",
    "/saved/",
    "/facets/",
    "/i18n/",
    "/theme/",
    "/events/*/card/",
    "/events/*/beside/",
    "/events/*/report/",
)
ENDLESS = ("after=", "before=", "event=", "as_of=")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """`/robots.txt` (RFC 9309)."""
    start = reverse("timeline")
    lines = ["User-agent: *", *(f"Disallow: {start}{path[1:]}" for path in PRIVATE)]
    lines += [f"Disallow: {start}*{sign}{name}" for name in ENDLESS for sign in "?&"]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemaps'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


class Pages(Sitemap):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The pages that are always there."""

    changefreq = "daily"

    def items(self) -> list[str]:
        return ["timeline", "dashboard", "try", "about", "feed_about"]

    def location(self, item: str) -> str:
        return reverse(item)


class Events(Sitemap):  # type: ignore[type-arg]
    """All live events."""

    limit = 5_000  # of one map

    def items(self) -> QuerySet[Event]:
        return Event.objects.filter(merged_into=None, retracted=False).only("pk", "changed_at").order_by("pk")

    def lastmod(self, item: Event) -> datetime:
        return item.changed_at


class Actors(Sitemap):  # type: ignore[type-arg]
    """The countries, places and blocs that take part in an event."""

    limit = 5_000

    def items(self) -> QuerySet[Actor]:
        return Actor.objects.filter(Exists(EventParticipant.objects.filter(actor=OuterRef("pk")))).order_by("pk")

    def location(self, item: Actor) -> str:
        return reverse("bloc" if item.kind == Actor.Kind.BLOC else "country", args=[item.code])


SITEMAPS: dict[str, Any] = {"pages": Pages, "actors": Actors, "events": Events}
