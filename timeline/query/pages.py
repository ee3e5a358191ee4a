"""Numbered pages, for lists that are short."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, QueryDict
from django.utils.translation import gettext

from timeline.query.parser import Parameter, read
from timeline.query.values import Number

PAGE = Parameter(key="page", value=Number(1, 999_999, 1), about="The number of the page, from 1.")


@dataclass(frozen=True, slots=True)
class Pages:
    """A page of `size` rows out of `total`; `number` counts from 1."""

    total: int
    number: int
    size: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first row of this page in the whole list, from 1."""
        return self.offset + 1

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def checked(self) -> Pages:
        """Return self. Raises Http404 for a page after the last."""
        if self.number > self.last:
            raise Http404(gettext("No such page."))
        return self


def page_number(query: QueryDict) -> int:
    """Return the number of the page, 1 if none is given. Raises FilterError."""
    number: int = read(query, PAGE)
    return number
