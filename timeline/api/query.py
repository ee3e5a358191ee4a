"""The parsed parameters of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from timeline.api import paging
from timeline.api.errors import ProblemError
from timeline.query import cursors
from timeline.query.filter import EventFilter
from timeline.query.parser import Parameter, parse


class Query:
    """Parse the parameters that an operation takes; values are read by key. Raises FilterError with every problem."""

    def __init__(self, request: HttpRequest, *parameters: Parameter) -> None:
        self.request = request
        self.values = parse(request.GET, parameters, allow_empty=False)

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    @property
    def filter(self) -> EventFilter:
        """The filter of events; the operation takes all of its parameters."""
        return EventFilter.of(self.values)

    def place(self, *readers: Callable[[str], Any]) -> list[Any] | None:
        """Return the ordering values in the cursor, each converted by its reader; None on the first page.

        Raises ProblemError for a cursor of another list or filter.
        """
        cursor = self["cursor"]
        if not cursor:
            return None
        try:
            place = cursors.unseal(paging.family(self.request.path, self.request.GET), cursor, len(readers))
        except cursors.CursorError as error:
            raise ProblemError("bad-cursor", wrong=[{"name": "cursor", "reason": str(error), "allowed": ""}]) from error
        return [read(value) for read, value in zip(readers, place, strict=True)]

    def following(self, *place: str) -> str:
        """Return the absolute URL of the page after `place`, the ordering values of the last row."""
        return paging.following(self.request, self.request.path, self.request.GET, *place)
