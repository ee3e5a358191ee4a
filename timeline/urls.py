"""Addresses of the timeline."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.contrib.sitemaps.views import index as sitemap_index
from django.contrib.sitemaps.views import sitemap
from django.urls import URLPattern, URLResolver, path

from timeline.api import api
from timeline.api.docs_page import to_docs
from timeline.api.websub import callback
from timeline.feeds.atom import atom
from timeline.feeds.changes import changes
from timeline.feeds.claims import claims_csv, claims_jsonl
from timeline.feeds.csv import table
from timeline.feeds.ical import ics
from timeline.feeds.jsonfeed import json_feed
from timeline.feeds.page import about
from timeline.feeds.single import event_ics, event_json, event_ld
from timeline.feeds.timelinejs import timelinejs
from timeline.http.preferences import set_theme
from timeline.web import about as about_page
from timeline.web import (
    actor,
    alerts,
    article,
    dashboard,
    event,
    fragments,
    login,
    report_error,
    saved,
    site,
    timeline,
    try_text,
)
from timeline.web.try_second import try_second

urlpatterns: list[URLPattern | URLResolver] = [
    path("", timeline.timeline, name="timeline"),
    path("facets/", timeline.facets, name="facets"),
    path("events/<slug:pk>/", event.event, name="event"),
    path("events/<slug:pk>/card/", fragments.card, name="card"),
    path("events/<slug:pk>/beside/", fragments.beside, name="beside"),
    path("events/<slug:pk>/report/", report_error.report_error, name="report-error"),
    path("events/<slug:pk>/report/sent/", report_error.sent, name="report-sent"),
    path("articles/<int:pk>/", article.article, name="article"),
    path("countries/<slug:code>/", actor.country, name="country"),
    path("blocs/<slug:code>/", actor.bloc, name="bloc"),
    path("about/", about_page.about, name="about"),
    path("theme/", set_theme, name="theme"),
    path("robots.txt", site.robots, name="robots"),
    path("sitemap.xml", sitemap_index, {"sitemaps": site.SITEMAPS, "sitemap_url_name": "sitemap"}, name="sitemaps"),
    path("sitemaps/<section>.xml", sitemap, {"sitemaps": site.SITEMAPS}, name="sitemap"),
    path("desk/", dashboard.dashboard, name="dashboard"),
    path("desk/silent.json", dashboard.silent_feed, {"form": "json"}, name="silent"),
    path("desk/silent.atom", dashboard.silent_feed, {"form": "atom"}, name="silent-atom"),
    path("login/", login.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("saved/", saved.listing, name="saved"),
    path("saved/new/", saved.save, name="save"),
    path("saved/<int:pk>/rename/", saved.rename, name="saved-rename"),
    path("saved/<int:pk>/delete/", saved.delete, name="saved-delete"),
    path("alerts/", alerts.listing, name="alerts"),
    path("alerts/new/", alerts.new, name="alert-new"),
    path("alerts/restore/", alerts.restore, name="alert-restore"),
    path("alerts/<int:pk>/pause/", alerts.pause, name="alert-pause"),
    path("alerts/<int:pk>/resume/", alerts.resume, name="alert-resume"),
    path("alerts/<int:pk>/test/", alerts.test, name="alert-test"),
    path("alerts/<int:pk>/delete/", alerts.delete, name="alert-delete"),
    path("alerts/stop/<str:token>/", alerts.stop, name="alert-stop"),
    path("alerts/confirm/<str:token>/", alerts.confirm, name="alert-confirm"),
    path("try/", try_text.try_text, name="try"),
    path("try/second/", try_second, name="try-second"),
    path("events/<slug:pk>.ics", event_ics, name="event_ics"),
    path("events/<slug:pk>.json", event_json, name="event_json"),
    path("events/<slug:pk>.jsonld", event_ld, name="event_ld"),
    path("feed.json", json_feed, name="feed"),
    path("feed.atom", atom, name="atom"),
    path("feed.ics", ics, name="ics"),
    path("feed/about/", about, name="feed_about"),
    path("export.csv", table, name="csv"),
    path("export/claims.csv", claims_csv, name="claims_csv"),
    path("export/claims.jsonl", claims_jsonl, name="claims_jsonl"),
    path("export/timelinejs.json", timelinejs, name="timelinejs"),
    path("changes.json", changes, name="changes"),
    path("websub/<str:token>/", callback, name="websub"),
    path("api/", to_docs),
    path("api/v1/", api.urls),
]
