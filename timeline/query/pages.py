"""Pages by number of a list that is short enough for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, QueryDict
from django.utils.translation import gettext

from timeline.query.filter import BadFilter


@dataclass(frozen=True, slots=True)
class Pages:
    """Simple page numbers over `total` rows; `number` counts from 1."""

    total: int
    number: int
    size: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first row of this page in the whole list."""
        return self.offset + 1

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def checked(self) -> Pages:
        """Raises Http404 for a page behind the last."""
        if self.number > self.last:
            raise Http404(gettext("The list has no such page."))
        return self


def page_number(query: QueryDict) -> int:
    """The page asked for, from 1. Raises BadFilter."""
    values = [value for value in query.getlist("page") if value]
    if not values:
        return 1
    value = values[0]
    if len(values) > 1 or not (value.isascii() and value.isdigit()) or len(value) > 6 or int(value) < 1:
        raise BadFilter([("page", gettext("This is no page."), gettext("Write one number from 1 on."))])
    return int(value)
