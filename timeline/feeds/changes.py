"""A gap-free stream of changes: events added, moved, merged, cancelled, retracted."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

import orjson
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.display.changes import actors_of, title_of
from timeline.feeds.base import base_of, language_of, public
from timeline.feeds.metadata import moment, plain
from timeline.http.problems import bad_filter
from timeline.models import Actor, Change
from timeline.query.change_matching import FILTER, filter_of_stream, in_stream
from timeline.query.changes import change_json, changes_after
from timeline.query.filter import EventFilter
from timeline.query.parser import LANG, FilterError, Parameter, parse
from timeline.query.values import Choices, InvalidValueError, Value

MAX_CHANGES = 200
MAX_CURSOR_CHARS = 40
CURSOR = re.compile(rb"c([1-9][0-9]{0,17})")


@require_safe
def changes(request: HttpRequest) -> HttpResponseBase:
    """`/changes.json`: changes after the cursor `after`, oldest first; `what` (repeatable), `lang` and the filter.

    A change is in if the event matches before or after it. The filter has no `as_of`: a stream has no earlier state.

    Follow `next` while there is one, then poll `latest` of the last page: no change is lost or repeated.
    """
    try:
        language = language_of(request)
        with translation.override(language):
            values = parse(request.GET, (AFTER, LANG, WHAT, *FILTER))
            chosen = filter_of_stream(values)
            body = _page(request, chosen, values[AFTER.key], values[WHAT.key])
    except FilterError as error:
        return bad_filter(error)
    response = HttpResponse(orjson.dumps(body), content_type="application/json")
    if body["next"]:
        response["Link"] = f'<{body["next"]}>; rel="next"'
    return public(response, language)


def _page(request: HttpRequest, chosen: EventFilter, after: int, what: Sequence[str]) -> dict[str, Any]:
    found = changes_after(after, MAX_CHANGES + 1, what)
    read = found[:MAX_CHANGES]
    last = read[-1].pk if read else after  # also where nothing of it matches: the next page begins behind what was read
    shown = in_stream(chosen, read, timezone.localdate())
    more = len(found) > MAX_CHANGES
    # On the last page `latest` must begin after what was read, not after what was added meanwhile.
    newest = Change.objects.aggregate(Max("pk"))["pk__max"] if more else last
    base, actors = base_of(request), actors_of(shown)
    return {
        "changes": [_change(change, base, actors) for change in shown],
        "next": _address(request, chosen, last, what) if more else None,
        "latest": _address(request, chosen, newest, what),
    }


def _change(change: Change, base: str, actors: dict[str, Actor]) -> dict[str, Any]:
    url = base + reverse("event", args=[change.event_id])
    return {**change_json(change), "at": moment(change.at), "url": url, "title": plain(title_of(change, actors))}


def _address(request: HttpRequest, chosen: EventFilter, pk: int, what: Sequence[str]) -> str:
    query = QueryDict(mutable=True)
    query["after"] = encode(pk)
    query.setlist("what", list(what))
    if "lang" in request.GET:
        query["lang"] = request.GET["lang"]
    filtered = chosen.to_query()
    return f"{base_of(request)}{reverse('changes')}?{query.urlencode()}" + (f"&{filtered}" if filtered else "")


def encode(pk: int) -> str:
    """Return the cursor after a change; "0" for id 0, the beginning."""
    return base64.urlsafe_b64encode(f"c{pk}".encode()).decode().rstrip("=") if pk else "0"


def decode(cursor: str) -> int:
    """Return the id in a cursor. Raises ValueError for what is no cursor of this stream."""
    if cursor == "0":
        return 0
    if len(cursor) > MAX_CURSOR_CHARS or not cursor.isascii():
        raise ValueError(cursor)
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(cursor) from error
    found = CURSOR.fullmatch(text)
    if found is None:
        raise ValueError(cursor)
    return int(found[1])


class ChangeCursor(Value):
    """A cursor of `encode`, as the id of the change."""

    default = 0

    def parse_one(self, text: str) -> int:
        try:
            return decode(text)
        except ValueError as error:
            allowed = gettext("Use 0, or a value from an address of this stream.")
            raise InvalidValueError((gettext("Unknown cursor."), allowed)) from error


AFTER = Parameter(key="after", value=ChangeCursor(), about="The place behind which to begin.", allow_empty=False)
WHAT = Parameter(key="what", value=Choices(Change.What.values), about="Only these changes.")
