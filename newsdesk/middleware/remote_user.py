"""Sign in whom a trusted proxy names in its header; from anybody else the header is taken away."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import RemoteUserMiddleware
from django.http import HttpRequest, HttpResponseBase

from timeline.http import clients


class DropForgedUser:
    """Middleware outside of all that looks at the headers: only a trusted proxy may say who somebody is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not clients.comes_from_proxy(request):
            for name in (settings.USER_HEADER, settings.GROUPS_HEADER):
                request.META.pop(name, None)
        return self.get_response(request)


class ProxyUser(RemoteUserMiddleware):
    """Django's middleware with the header of the settings; it signs out who is named no more."""

    header = settings.USER_HEADER
