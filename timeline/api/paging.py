"""Addresses of further pages. A cursor holds for one list with one filter, whatever the size of its pages."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from timeline.query import cursors

OF_PAGES = ("limit", "cursor")


def family(path: str, values: QueryDict) -> str:
    """The list and its filter, as they are sealed into cursors."""
    pairs = sorted((name, v) for name, several in values.lists() for v in several if name not in OF_PAGES)
    return f"{path}?{urlencode(pairs)}"


def address(request: HttpRequest, path: str, values: QueryDict, **more: str) -> str:
    """The full address of a list with these parameters; `more` take the place of those of the same name."""
    query = values.copy()
    for name, value in more.items():
        query[name] = value
    return request.build_absolute_uri(path) + (f"?{query.urlencode()}" if query else "")


def following(request: HttpRequest, path: str, values: QueryDict, *place: str) -> str:
    """The address of the page behind `place`, the ordering values of the last row."""
    return address(request, path, values, cursor=cursors.seal(family(path, values), *place))
