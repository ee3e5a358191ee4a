"""What all feeds share: the parameters they take, the view made of an answer, and the headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from timeline.http.preferences import tag
from timeline.http.problems import bad_filter
from timeline.query import cursors
from timeline.query.filter import EventFilter
from timeline.query.parameters import PARAMETERS
from timeline.query.parser import LANG, FilterError, Parameter, parse, read
from timeline.query.values import Choice, Place

CACHED = "public, max-age=60"
CURSOR = Parameter(
    key="cursor",
    value=Place(),
    about="Where the page begins, from the address of the next one.",
    allow_empty=False,
)
WINDOWS = Parameter(
    key="windows",
    value=Choice(("1",)),
    about="1: also events of which only a long window is known.",
    allow_empty=False,
)
CANCELLED = Parameter(
    key="cancelled",
    value=Choice(("1",)),
    about="1: a calendar keeps showing what is cancelled, marked in its title; most hide it otherwise.",
    allow_empty=False,
)


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """A parsed request for a feed.

    `after`: the key after which its page begins; `windows`: include long windows; `cancelled`: keep cancelled entries
    visible.
    """

    http: HttpRequest
    chosen: EventFilter
    language: str
    today: date
    after: tuple[date, str] | None = None
    windows: bool = False
    cancelled: bool = False

    @property
    def base(self) -> str:
        """Scheme and host, without a path."""
        return base_of(self.http)

    @property
    def query(self) -> str:
        """The canonical query string of the filter, without `?`."""
        return self.chosen.to_query()

    def address(self, name: str, **more: str | int | None) -> str:
        """Return the absolute URL of a view with the same filter and language."""
        lang = self.language if LANG.key in self.http.GET else None
        flags = {"windows": "1" if self.windows else None, "cancelled": "1" if self.cancelled else None}
        query = self.chosen.to_query(lang=lang, **flags, **more)
        return self.base + reverse(name) + (f"?{query}" if query else "")

    @property
    def page(self) -> str:
        """The absolute URL of the timeline with this filter."""
        return self.base + reverse("timeline") + (f"?{self.query}" if self.query else "")

    @property
    def title(self) -> str:
        return gettext("newsdesk: elections and alliances") + (f" ({self.query})" if self.query else "")

    def newest(self, name: str, most: int) -> tuple[list[EventView], str | None]:
        """Return at most `most` events, newest belief first, and the URL of the next page, None on the last."""
        events = self.chosen.events(self.today, after=self.after, limit=most + 1, newest=True)
        if len(events) <= most:
            return events, None
        last = events[most - 1]
        return events[:most], self.address(name, cursor=cursors.encode(last.believed_since, last.id))


Answer = Callable[[FeedRequest], HttpResponseBase]


def feed(*more: Parameter) -> Callable[[Answer], Callable[[HttpRequest], HttpResponseBase]]:
    """Make a view of an answer: it takes the filter, `lang` and the parameters in `more`, and nothing else.

    400 problem+json names every parameter that is wrong.
    """

    def wrap(answer: Answer) -> Callable[[HttpRequest], HttpResponseBase]:
        @require_safe
        @wraps(answer)
        def view(request: HttpRequest) -> HttpResponseBase:
            try:
                language = language_of(request)
                with translation.override(language):
                    response = answer(_parse(request, language, more))
            except FilterError as error:
                return bad_filter(error)
            return public(response, language)

        return cast(Callable[[HttpRequest], HttpResponseBase], view)

    return wrap


def public(response: HttpResponseBase, language: str) -> HttpResponseBase:
    """Make a response cacheable for a minute, for all readers of this language."""
    response["Content-Language"] = tag(language)
    response["Cache-Control"] = CACHED
    patch_vary_headers(cast(HttpResponse, response), ["Accept-Language", "Cookie"])
    return response


def _parse(request: HttpRequest, language: str, more: Sequence[Parameter]) -> FeedRequest:
    values = parse(request.GET, (*PARAMETERS, *more, LANG))
    cursor = values.get(CURSOR.key)
    after = cursors.decode(cursor) if cursor else None
    flags = [bool(values.get(parameter.key)) for parameter in (WINDOWS, CANCELLED)]
    return FeedRequest(request, EventFilter.of(values), language, timezone.localdate(), after, *flags)


def language_of(request: HttpRequest) -> str:
    """Return the language of `lang`, or else of the reader, as Django names it. Raises FilterError."""
    return read(request.GET, LANG) or translation.get_language() or settings.LANGUAGE_CODE


def base_of(request: HttpRequest) -> str:
    """Return scheme and host of the request, without a slash at the end: `https://example.org`."""
    return request.build_absolute_uri("/").rstrip("/")
