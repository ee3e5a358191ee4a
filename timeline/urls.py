"""Addresses of the timeline."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from timeline import desk, feeds, saved, views
from timeline.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.timeline, name="timeline"),
    path("facets/", views.facets, name="facets"),
    path("events/<slug:pk>/", views.event, name="event"),
    path("articles/<int:pk>/", views.article, name="article"),
    path("desk/", desk.desk, name="desk"),
    path("desk/silent.json", desk.silent_feed, {"form": "json"}, name="silent"),
    path("desk/silent.atom", desk.silent_feed, {"form": "atom"}, name="silent-atom"),
    path("login/", saved.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("saved/", saved.listing, name="saved"),
    path("saved/new/", saved.save, name="save"),
    path("saved/<int:pk>/rename/", saved.rename, name="saved-rename"),
    path("saved/<int:pk>/delete/", saved.delete, name="saved-delete"),
    path("try/", views.try_text, name="try"),
    path("feed.json", feeds.feed, name="feed"),
    path("api/v1/", api.urls),
]
