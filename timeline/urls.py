"""Addresses of the timeline."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from timeline import feeds, fragments, views
from timeline.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.timeline, name="timeline"),
    path("events/<slug:pk>/", views.event, name="event"),
    path("events/<slug:pk>/card/", fragments.card, name="card"),
    path("events/<slug:pk>/beside/", fragments.beside, name="beside"),
    path("articles/<int:pk>/", views.article, name="article"),
    path("try/", views.try_text, name="try"),
    path("feed.json", feeds.feed, name="feed"),
    path("api/v1/", api.urls),
]
