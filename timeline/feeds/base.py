"""The door of all feeds: parse the page's filter, the language and the cursor; ask; answer with the same headers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.display.event import EventView
from timeline.http.problems import bad_filter
from timeline.query import cursors
from timeline.query.filter import BadFilter, EventFilter

CACHED = "public, max-age=60"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a feed was asked for. `after`: the key behind which its page begins; `windows`: long windows too."""

    request: HttpRequest
    chosen: EventFilter
    language: str
    today: date
    after: tuple[date, str] | None = None
    windows: bool = False

    @property
    def base(self) -> str:
        """Scheme and host, to stand before a path."""
        return base_of(self.request)

    @property
    def query(self) -> str:
        """The filter alone, canonical, without `?`."""
        return self.chosen.to_query()

    def address(self, name: str, **more: str | int | None) -> str:
        """The absolute address of a view with the same filter and language."""
        lang = self.request.GET.get("lang")
        query = self.chosen.to_query(lang=lang, windows="1" if self.windows else None, **more)
        return self.base + reverse(name) + (f"?{query}" if query else "")

    @property
    def page(self) -> str:
        """The absolute address of the timeline with this filter, for people."""
        return self.base + reverse("timeline") + (f"?{self.query}" if self.query else "")

    @property
    def title(self) -> str:
        return gettext("newsdesk: elections and alliances") + (f" ({self.query})" if self.query else "")

    def newest(self, name: str, most: int) -> tuple[list[EventView], str | None]:
        """A page of events, newest belief first, and the address of the next one."""
        events = self.chosen.events(self.today, after=self.after, limit=most + 1, newest=True)
        if len(events) <= most:
            return events, None
        last = events[most - 1]
        return events[:most], self.address(name, cursor=cursors.encode(last.believed_since, last.id))


Answer = Callable[[Asked], HttpResponseBase]


def feed(*extra: str) -> Callable[[Answer], Callable[[HttpRequest], HttpResponseBase]]:
    """Makes a view of an answer: it takes the page's filter, `lang` and the parameters named, and nothing else.

    400 problem+json names every parameter that is wrong.
    """

    def wrap(answer: Answer) -> Callable[[HttpRequest], HttpResponseBase]:
        @require_safe
        @wraps(answer)
        def view(request: HttpRequest) -> HttpResponseBase:
            try:
                language = language_of(request)
                with translation.override(language):
                    response = answer(_asked(request, language, frozenset(extra)))
            except BadFilter as error:
                return bad_filter(error)
            return public(response, language)

        return cast(Callable[[HttpRequest], HttpResponseBase], view)

    return wrap


def public(response: HttpResponseBase, language: str) -> HttpResponseBase:
    """The same for every reader of this language, for a minute."""
    response["Content-Language"] = tag(language)
    response["Cache-Control"] = CACHED
    patch_vary_headers(cast(HttpResponse, response), ["Accept-Language", "Cookie"])
    return response


def _asked(request: HttpRequest, language: str, extra: frozenset[str]) -> Asked:
    chosen = EventFilter.parse(request.GET, extra=extra | {"lang"})
    cursor = _single(request, "cursor") if "cursor" in extra else None
    try:
        after = cursors.decode(cursor) if cursor is not None else None
    except cursors.BadCursor as error:
        raise BadFilter([("cursor", str(error), "")]) from error
    windows = _single(request, "windows") if "windows" in extra else None
    if windows not in (None, "1"):
        allowed = gettext("Allowed are: %(names)s.") % {"names": "1"}
        raise BadFilter([("windows", gettext("There is no such choice."), allowed)])
    return Asked(request, chosen, language, timezone.localdate(), after, windows == "1")


def _single(request: HttpRequest, name: str) -> str | None:
    values = request.GET.getlist(name)
    if len(values) > 1:
        raise BadFilter([(name, gettext("It is given more than once."), gettext("Give it once."))])
    return values[0] if values else None


def language_of(request: HttpRequest) -> str:
    """The language of `lang`, or else of the reader. Raises BadFilter."""
    wanted = request.GET.getlist("lang")
    if not wanted:
        return translation.get_language() or settings.LANGUAGE_CODE
    allowed = dict(settings.LANGUAGES)
    if len(wanted) > 1 or wanted[0] not in allowed:
        raise BadFilter([("lang", gettext("There is no such language."), ", ".join(allowed))])
    return wanted[0]


def base_of(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def tag(language: str) -> str:
    """Django's name of a language as BCP 47 writes it: `zh-Hans`."""
    main, _, script = language.partition("-")
    return f"{main}-{script.title()}" if script else main
