"""The top of the addresses: the admin, the choice of language, and everything of the timeline."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    # It changes nothing but the reader's own language; a token in every page would make every page a different one.
    path("i18n/setlang/", csrf_exempt(set_language), name="set_language"),
    path("", include("timeline.urls")),
]
