"""Lists of the admin that open at once however many rows there are.

Pages follow an index, and what is counted is counted up to a bound. Where something is asked that no index answers
(words, a status …), only the rows that come first in the order of the list are looked through, and the page says so
and leads on: a list with days begins at any day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import OrderBy, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from timeline.admin.parameters import CheckedChangeList, CheckedLists
from timeline.http.problems import value_refused

COUNTED = 10_000  # rows that are counted, and paged through
MAX_SCANNED_ROWS = 20_000  # rows in which is looked for what no index answers
AT_ONCE = 500  # rows for which one action is done
CHOICES = 300  # values offered of a related row


class MoreThan(int):
    """A count that stopped at its bound."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts, and offers pages, up to COUNTED rows: behind them days and filters lead on."""

    @cached_property
    def count(self) -> int:
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        found = self.object_list.order_by().values("pk")[: COUNTED + 1].count()
        return MoreThan(COUNTED) if found > COUNTED else found


# --- filters ------------------------------------------------------------------------------------


class DaysFilter(admin.FieldListFilter):
    """From one day to another, both inclusive, typed into two fields; for a column with an index."""

    template = "admin/days_filter.html"

    def expected_parameters(self) -> list[str | None]:
        return [f"{self.field_path}__gte", f"{self.field_path}__lte"]

    @property
    def typed(self) -> list[str]:
        asked: dict[Any, Any] = self.used_parameters
        return [str(values[-1]) if (values := asked.get(p)) else "" for p in self.expected_parameters()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(self.condition())

    def condition(self) -> Q:
        first, last = (self._day(text) for text in self.typed)
        if not isinstance(self.field, models.DateTimeField):
            q = Q(**{f"{self.field_path}__gte": first}) if first else Q()
            return q & (Q(**{f"{self.field_path}__lte": last}) if last else Q())
        q = Q(**{f"{self.field_path}__gte": datetime.combine(first, time(), UTC)}) if first else Q()
        if last and last < date.max:
            q &= Q(**{f"{self.field_path}__lt": datetime.combine(last + timedelta(days=1), time(), UTC)})
        return q

    @staticmethod
    def _day(text: str) -> date | None:
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as e:
            raise IncorrectLookupParameters(e) from e

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        names = [str(name) for name in self.expected_parameters()]
        labels = (_("from"), _("to"))
        yield {
            "fields": [
                {"name": name, "value": value, "label": label}
                for name, value, label in zip(names, self.typed, labels, strict=True)
            ],
            "kept": _kept(changelist, names),
            "all": changelist.get_query_string(remove=names) if any(self.typed) else "",
        }


class KnownFilter(admin.SimpleListFilter):
    """One of the values that a column without choices may have: they are known, and not looked for in all rows."""

    values: ClassVar[Sequence[tuple[str, Any]]]  # with their labels

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return list(self.values)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class ChosenFilter(admin.SimpleListFilter):
    """One related row by the word that names it: typed, with the first of them offered."""

    template = "admin/chosen_filter.html"
    named: ClassVar[str]  # the path to the unique word of the related row
    words: ClassVar[str] = ""  # the path to what is shown beside it

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("", "")]  # there is always something to be typed

    def rows(self) -> QuerySet[Any]:
        """The rows that may be named."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.named: value}) if value else queryset

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        name = self.named.rpartition("__")[2]
        columns = [name, *([self.words] if self.words else [])]
        offered = self.rows().order_by(name).values_list(*columns)[:CHOICES]
        yield {
            "name": self.parameter_name,
            "value": self.value() or "",
            "offered": [(row[0], row[-1]) for row in offered],
            "kept": _kept(changelist, [str(self.parameter_name)]),
            "all": changelist.get_query_string(remove=[str(self.parameter_name)]) if self.value() else "",
        }


def _kept(changelist: ChangeList, names: Sequence[str]) -> list[tuple[str, str]]:
    """What else is asked, to be sent along with a filter."""
    return [(k, v) for k, values in changelist.filter_params.items() if k not in names for v in values]


# --- the list -----------------------------------------------------------------------------------


class BoundedChangeList(CheckedChangeList):
    """Looks through the first rows of its order only, where something is asked that no index answers.

    `further`: the query that looks behind them, "" where nothing is left out.
    """

    further = ""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        owner = self.model_admin
        assert isinstance(owner, BoundedLists)
        asked = set(self.get_filters_params()) - set(owner.answered) - set(self._of_days())
        if asked or (self.query and not owner.named_exactly(self.query)):
            self.root_queryset = self._first_rows(request)
            request.looked_through = True  # type: ignore[attr-defined]
        return super().get_queryset(request, exclude_parameters)

    def _days(self) -> Iterator[tuple[str, type[DaysFilter]]]:
        for one in self.list_filter:
            if isinstance(one, tuple) and isinstance(one[1], type) and issubclass(one[1], DaysFilter):
                yield str(one[0]), one[1]

    def _of_days(self) -> Iterator[str]:
        for path, _kind in self._days():
            yield from (f"{path}__gte", f"{path}__lte")

    def _first_rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.root_queryset
        for path, kind in self._days():
            field: Any = self.lookup_opts.get_field(path)
            params = dict(self.filter_params)
            rows = rows.filter(kind(field, request, params, self.model, self.model_admin, path).condition())
        ordering = self.get_ordering(request, rows)
        last = last_looked_at(rows, ordering)
        if last is None:
            return self.root_queryset
        self.further = self._further(ordering, last)
        return self.root_queryset.filter(up_to(ordering, last))

    def _further(self, ordering: Sequence[Any], last: Any) -> str:
        """Begin the list again at the day of the last row that was looked through."""
        down, path = _direction(ordering[0])
        bound = f"{path}__lte" if down else f"{path}__gte"
        if bound not in self._of_days():
            return ""
        day = (last.date() if isinstance(last, datetime) else last).isoformat()
        return self.get_query_string({bound: day}) if [day] != self.filter_params.get(bound) else ""

    @property
    def looked_through(self) -> int:
        return MAX_SCANNED_ROWS


def last_looked_at(rows: QuerySet[Any], ordering: Sequence[Any]) -> Any:
    """The first ordering value of the last row that is looked through; None where all of them are."""
    _down, path = _direction(ordering[0])
    plain = rows.prefetch_related(None).select_related(None).order_by(*ordering)
    return next(iter(plain.values_list(path, flat=True)[MAX_SCANNED_ROWS - 1 : MAX_SCANNED_ROWS]), None)


def up_to(ordering: Sequence[Any], last: Any) -> Q:
    """The rows down to that ordering value: one stretch of an index, which no plan can mistake for all rows."""
    down, path = _direction(ordering[0])
    return Q(**{f"{path}__gte" if down else f"{path}__lte": last})


def _direction(by: Any) -> tuple[bool, str]:
    """Whether it goes down, and along which column (one that is never null)."""
    if isinstance(by, OrderBy):
        return bool(by.descending), str(getattr(by.expression, "name", "pk"))
    return str(by).startswith("-"), str(by).lstrip("-")


class BoundedLists(CheckedLists):
    """An admin whose list opens at once.

    `ordering` follows an index, and so do the columns of `sortable_by`; `answered`: the parameters of the list that an
    index answers; `named_by`: lookups that an index answers, by which a row is named exactly; `search_fields`: plain
    columns with the words of a search.
    """

    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    sortable_by: ClassVar[Any] = ()
    answered: ClassVar[Sequence[str]] = ()
    named_by: ClassVar[Sequence[str]] = ()
    search_help_text: ClassVar[Any] = gettext_lazy(
        "IDs and addresses are found anywhere; words only in the first 20,000 rows: choose dates to search further."
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def named_exactly(self, term: str) -> QuerySet[Any] | None:
        """The rows that this term names, if any."""
        for lookup in self.named_by:
            try:
                found: QuerySet[Any] = self.model._default_manager.filter(
                    **{lookup: self.named_value(lookup, term.strip())}
                )
                if found.exists():
                    return found
            except (ValueError, ValidationError):
                continue
            except Exception as error:
                if not value_refused(error):
                    raise
        return None

    def named_value(self, lookup: str, term: str) -> Any:
        """What is compared with the column of a lookup, for what was typed."""
        return term

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = search_term.split()
        if not words:
            return queryset, False
        if (named := self.named_exactly(search_term)) is not None:
            return queryset.filter(pk__in=named.values("pk")), False
        for word in words:
            found = Q(pk__in=[])
            for name in self.search_fields:
                found |= Q(**{f"{name}__icontains": word})
            queryset = queryset.filter(found)
        if not getattr(request, "looked_through", False):  # a field that completes itself asks without a list
            ordering = list(self.get_ordering(request)) or ["-pk"]
            last = last_looked_at(self.model._default_manager.all(), ordering)
            queryset = queryset if last is None else queryset.filter(up_to(ordering, last))
        return queryset, False


def few_enough(request: HttpRequest, chosen: QuerySet[Any]) -> bool:
    """Whether an action may be done for so many rows; else the reader is told."""
    if chosen.order_by().values("pk")[: AT_ONCE + 1].count() <= AT_ONCE:
        return True
    words = ngettext("Choose at most %(n)d row at once.", "Choose at most %(n)d rows at once.", AT_ONCE)
    messages.error(request, words % {"n": AT_ONCE})
    return False
