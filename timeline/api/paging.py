"""Addresses of further pages. A cursor is valid for one list with one filter, whatever the size of its pages."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from timeline.query import cursors

OF_PAGES = ("limit", "cursor")


def family(path: str, values: QueryDict) -> str:
    """Return the list and its filter as text, the family of its cursors."""
    pairs = sorted((name, v) for name, several in values.lists() for v in several if name not in OF_PAGES)
    return f"{path}?{urlencode(pairs)}"


def address(request: HttpRequest, path: str, values: QueryDict, **more: str) -> str:
    """Return the absolute URL of a list with these parameters; `more` replaces those of the same name."""
    query = values.copy()
    for name, value in more.items():
        query[name] = value
    return request.build_absolute_uri(path) + (f"?{query.urlencode()}" if query else "")


def following(request: HttpRequest, path: str, values: QueryDict, *place: str) -> str:
    """Return the absolute URL of the page after `place`, the ordering values of the last row."""
    return address(request, path, values, cursor=cursors.seal(family(path, values), *place))
