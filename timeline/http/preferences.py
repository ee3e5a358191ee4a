"""In which language and colours a page is shown: by the address (`lang`, `theme`), else as chosen before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

THEMES = ("light", "dark")
THEME_COOKIE = "newsdesk_theme"
YEAR_SECONDS = 365 * 24 * 3600


class Preferences:
    """Middleware that sets `LANGUAGE_CODE` and `theme` of a request.

    A page whose address names them keeps them for the next one, in a cookie of each. Browsers that want none of
    newsdesk's languages get English.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        named = _language(request.GET.get("lang", ""))
        language = named or translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        stored = request.COOKIES.get(THEME_COOKIE, "")
        typed = request.GET.get("theme", "")
        chosen = typed if typed in (*THEMES, "auto") else stored
        request.theme = chosen if chosen in THEMES else ""  # type: ignore[attr-defined]
        response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        response.headers.setdefault("Content-Language", language)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            if named and named != request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
                _keep(response, settings.LANGUAGE_COOKIE_NAME, named)
            if typed in THEMES and typed != stored:
                _keep(response, THEME_COOKIE, typed)
        return response


def context(request: HttpRequest) -> dict[str, Any]:
    """Give templates the reader's `theme` and, for search engines, the addresses of a page in all languages."""
    query = request.GET.copy()
    for name in ("lang", "theme"):
        query.pop(name, None)
    try:
        path = request.build_absolute_uri(request.path)
    except DisallowedHost:  # the page that says so has no address
        return {"theme": getattr(request, "theme", ""), "themes": ("auto", *THEMES), "alternates": []}

    def address(**more: str) -> str:
        there = query.copy()
        there.update(more)
        return path + (f"?{there.urlencode()}" if there else "")

    return {
        "theme": getattr(request, "theme", ""),
        "themes": ("auto", *THEMES),
        "alternates": [(tag(code), address(lang=tag(code))) for code, _ in settings.LANGUAGES]
        + [("x-default", address())],
    }


def tag(language: str) -> str:
    """Convert Django's name of a language to BCP 47: `zh-Hans`."""
    return translation.to_locale(language).replace("_", "-")


@csrf_exempt  # it changes only the reader's own colours, as `set_language` does the language
@require_POST
def set_theme(request: HttpRequest) -> HttpResponseBase:
    """Keep the colours that a reader chose, and go back."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = reverse("timeline")
    response = HttpResponseRedirect(back)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        _keep(response, THEME_COOKIE, theme)
    else:
        _keep(response, THEME_COOKIE, "", seconds=0)
    return response


def _language(text: str) -> str:
    """Return the language of newsdesk's for a tag (RFC 5646, in any case), "" where there is none."""
    try:
        return translation.get_supported_language_variant(text.lower()) if text else ""
    except LookupError:
        return ""


def _keep(response: HttpResponseBase, name: str, value: str, seconds: int = YEAR_SECONDS) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.HTTPS,
        samesite="Lax",
        httponly=True,
    )
