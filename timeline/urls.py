"""Addresses of the timeline."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from timeline import event_page, feeds, views
from timeline.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.timeline, name="timeline"),
    path("events/<slug:pk>/", event_page.event, name="event"),
    path("articles/<int:pk>/", views.article, name="article"),
    path("try/", views.try_text, name="try"),
    path("feed.json", feeds.feed, name="feed"),
    path("api/v1/", api.urls),
]
