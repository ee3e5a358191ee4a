"""Apply the scheme that a trusted proxy reports, and remove the path prefix."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect

from timeline.http import clients


class Proxies:
    """Middleware outside of all others.

    A proxy may pass a path with NEWSDESK_PREFIX or without it: none of newsdesk's own URLs begins with the prefix
    (environment.path_prefix), so both mean the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if scheme := clients.scheme_of(request):
            request.META["wsgi.url_scheme"] = scheme
        if settings.PREFIX and request.path_info == settings.PREFIX:
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(f"{settings.PREFIX}/" + (f"?{query}" if query else ""))
        if settings.PREFIX and request.path_info.startswith(f"{settings.PREFIX}/"):
            request.path = request.path_info
            request.path_info = request.META["PATH_INFO"] = request.path_info.removeprefix(settings.PREFIX)
        return self.get_response(request)
