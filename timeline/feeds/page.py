"""What the extension `_newsdesk` of the JSON Feed means, with an example."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.feeds.links import feed_links

EXAMPLE = """\
{
  "id": "urn:newsdesk:event:3f1c07a9be52d846",
  "title": "Ruritania: general election · May 2031",
  "date_published": "2030-11-02T08:15:00+00:00",
  "_newsdesk": {
    "about": "https://newsdesk.example/feed/about/",
    "kind": "election", "type": "general", "stage": "vote", "place": null,
    "participants": [{"code": "XR", "name": "Ruritania"}],
    "start": "2031-05-01", "end": "2031-05-31",
    "granularity": "month", "precision": "month", "modifier": "", "extent": "within", "by_law": false,
    "edtf": "[2031-05-01..2031-05-31]", "alternatives": [],
    "status": "scheduled", "lapsed": false,
    "believed_since": "2030-11-02", "first_reported": "2030-09-20",
    "claims": 4, "sources": 3, "revision": 1, "curated": false, "contradicted": false,
    "note": ""
  }
}"""


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """`/feed/about/`."""
    context = {"fields": fields(), "example": EXAMPLE, "links": feed_links("")}
    return render(request, "timeline/feed_about.html", context)


def fields() -> list[tuple[str, str]]:
    """Return each field of the extension with its meaning in the active language."""
    return [
        ("about", gettext("The address of this page.")),
        ("kind, type, stage", gettext("election or alliance; which of them; the step of an election that is meant.")),
        ("place", gettext("The region or city that votes, with its ISO 3166-2 code; else null.")),
        ("participants", gettext("Who votes or takes part: ISO 3166-1 codes of countries, short names of blocs.")),
        (
            "start, end",
            gettext("First and last day (ISO 8601), both inclusive; null: that end is open."),
        ),
        (
            "extent",
            gettext("within: on some day from start to end; throughout: it lasts from start to end."),
        ),
        ("edtf", gettext("The same in ISO 8601-2: [a..b] some day within, a/b throughout.")),
        ("granularity", gettext("The grain in which the sources gave the date: day, week, month, quarter, year …")),
        ("precision", gettext("Width of the interval: day, week, month, quarter, year, longer, open.")),
        ("modifier", gettext("by: a deadline; from, since, after, until, about: as the sources said; else empty.")),
        ("alternatives", gettext("The spans of which the interval is the hull, where the sources named several.")),
        ("by_law", gettext("The sources gave a window, a law the one day in it.")),
        ("status", gettext("scheduled, expected, conditional, occurred, postponed or cancelled.")),
        ("lapsed", gettext("Its dates have passed, and no report says that it took place or was cancelled.")),
        ("believed_since", gettext("Since when these dates and this status have been current.")),
        ("first_reported", gettext("The day of the first report.")),
        ("claims, sources", gettext("Number of articles, and of newsrooms that report it independently.")),
        ("contradicted", gettext("Newsrooms gave disjoint days within one week.")),
        ("curated", gettext("An editor has made a decision about it.")),
        ("note", gettext("Why it matters, in an editor's words; empty where nobody said.")),
        ("revision", gettext("Increases whenever dates or status change.")),
    ]
