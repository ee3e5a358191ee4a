"""Cache-Control, Vary, entity tags and 304 for everything that is read (RFC 9110).

Entity tags are weak: the compressed and the plain answer have the same content and carry the same tag. There is no
Last-Modified: an event's wording also changes with the day of reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

SAFE_METHODS = ("GET", "HEAD")
CACHEABLE_STATUSES = frozenset({200, 301, 304, 308, 404, 410})
PUBLIC, PRIVATE = "public, max-age=60", "private, no-cache"
GET_ONLY_PREFIX = "/api/"  # its operations accept GET alone; a HEAD is answered as GET, without the body
VARY = ("Accept-Encoding", "Accept-Language", "Cookie")
FRAGMENTS = ("HX-Request",)  # htmx gets a part of the page at the same URL
OWN_CACHE_CONTROL_PREFIXES = ("/admin/",)  # these pages set Cache-Control themselves


class ConditionalGet:
    """Middleware inside the compression and outside of everything that makes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in SAFE_METHODS:
            return self.get_response(request)
        response = self._read(request)
        if request.path_info.startswith(OWN_CACHE_CONTROL_PREFIXES):
            return response
        if response.cookies and response.headers.get("Cache-Control", PUBLIC).startswith("public"):
            response["Cache-Control"] = PRIVATE  # a view does not know the cookies that middleware sets
        elif response.status_code in CACHEABLE_STATUSES and "Cache-Control" not in response.headers:
            response["Cache-Control"] = PRIVATE if _is_signed_in(request) else PUBLIC
        patch_vary_headers(cast(HttpResponse, response), [*VARY, *(FRAGMENTS if _is_page(response) else ())])
        return _not_modified(request, response)

    def _read(self, request: HttpRequest) -> HttpResponseBase:
        method = request.method
        if method == "HEAD" and request.path_info.startswith(GET_ONLY_PREFIX):
            request.method = "GET"
        try:
            return self.get_response(request)
        finally:
            request.method = method


def _is_page(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def _is_signed_in(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _not_modified(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return 304 where the client has this content already; only If-None-Match decides (RFC 9110, 13.2.2)."""
    if response.status_code != 200 or "no-store" in response.headers.get("Cache-Control", ""):
        return response
    if not response.streaming and "ETag" not in response.headers:
        digest = hashlib.sha256(cast(HttpResponse, response).content).hexdigest()[:32]
        response["ETag"] = f'W/"{digest}"'
    if "If-None-Match" not in request.headers:
        return response
    tag, full = response.headers.get("ETag"), cast(HttpResponse, response)
    return get_conditional_response(request, etag=tag, response=full) or response
