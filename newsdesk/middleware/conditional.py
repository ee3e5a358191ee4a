"""How everything that is read answers over HTTP: who may keep it for how long, and "you have it already" (RFC 9110).

Entity tags are weak: the compressed and the plain answer are the same words and carry the same tag. There is no
Last-Modified: what an event is said to be changes with the day of reading, too.
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
GET_ONLY_PREFIX = "/api/"  # whose operations know GET alone: the body of what they answer to HEAD is not sent
VARY = ("Accept-Encoding", "Accept-Language", "Cookie")
FRAGMENTS = ("HX-Request",)  # htmx is given a part of the page at the same address
OWN_CACHE_CONTROL_PREFIXES = ("/admin/",)  # pages that say themselves who may keep them


class ConditionalGet:
    """Middleware inside the compression and outside of all that makes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in SAFE_METHODS:
            return self.get_response(request)
        response = self._read(request)
        if request.path_info.startswith(OWN_CACHE_CONTROL_PREFIXES):
            return response
        if response.cookies and response.headers.get("Cache-Control", PUBLIC).startswith("public"):
            response["Cache-Control"] = PRIVATE  # a view does not know of those that middleware gives
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
    """304 where the reader has these words already; If-None-Match alone decides (RFC 9110, 13.2.2)."""
    if response.status_code != 200 or "no-store" in response.headers.get("Cache-Control", ""):
        return response
    if not response.streaming and "ETag" not in response.headers:
        digest = hashlib.sha256(cast(HttpResponse, response).content).hexdigest()[:32]
        response["ETag"] = f'W/"{digest}"'
    if "If-None-Match" not in request.headers:
        return response
    tag, full = response.headers.get("ETag"), cast(HttpResponse, response)
    return get_conditional_response(request, etag=tag, response=full) or response
