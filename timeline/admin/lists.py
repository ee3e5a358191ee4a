"""Lists of the admin that open quickly whatever the number of rows.

Pages follow an index, and counts stop at a bound. A condition without an index (words, a status …) is tested only on
the rows that come first in the order of the list; the page says so and links to the rows after them: a list with days
can begin at any day.
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

MAX_COUNTED = 10_000  # rows that are counted, and paged through
MAX_SCANNED_ROWS = 20_000  # rows tested for a condition without an index
MAX_ACTION_ROWS = 500  # rows of one action
MAX_CHOICES = 300  # suggested values of a related row


class MoreThan(int):
    """A count that stopped at its bound."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Count and page up to MAX_COUNTED rows; days and filters lead to the rows after them."""

    @cached_property
    def count(self) -> int:
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        found = self.object_list.order_by().values("pk")[: MAX_COUNTED + 1].count()
        return MoreThan(MAX_COUNTED) if found > MAX_COUNTED else found


# --- filters ------------------------------------------------------------------------------------


class DaysFilter(admin.FieldListFilter):
    """Filter from one day to another, both inclusive, typed into two fields; for a column with an index."""

    template = "admin/days_filter.html"

    def expected_parameters(self) -> list[str | None]:
        return [f"{self.field_path}__gte", f"{self.field_path}__lte"]

    @property
    def typed(self) -> list[str]:
        parameters: dict[Any, Any] = self.used_parameters
        return [str(values[-1]) if (values := parameters.get(p)) else "" for p in self.expected_parameters()]

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
            "kept": _other_parameters(changelist, names),
            "all": changelist.get_query_string(remove=names) if any(self.typed) else "",
        }


class KnownFilter(admin.SimpleListFilter):
    """Filter by the known values of a column without choices, instead of reading them from all rows."""

    values: ClassVar[Sequence[tuple[str, Any]]]  # with their labels

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return list(self.values)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class ChosenFilter(admin.SimpleListFilter):
    """Filter by a related row, typed by its unique name; the first names are suggested."""

    template = "admin/chosen_filter.html"
    named: ClassVar[str]  # the path to the unique name of the related row
    words: ClassVar[str] = ""  # the path to the text shown beside it

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("", "")]  # the field is always shown

    def rows(self) -> QuerySet[Any]:
        """Return the rows to choose from."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.named: value}) if value else queryset

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        name = self.named.rpartition("__")[2]
        columns = [name, *([self.words] if self.words else [])]
        offered = self.rows().order_by(name).values_list(*columns)[:MAX_CHOICES]
        yield {
            "name": self.parameter_name,
            "value": self.value() or "",
            "offered": [(row[0], row[-1]) for row in offered],
            "kept": _other_parameters(changelist, [str(self.parameter_name)]),
            "all": changelist.get_query_string(remove=[str(self.parameter_name)]) if self.value() else "",
        }


def _other_parameters(changelist: ChangeList, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the other parameters of the list, to be sent along with a filter."""
    return [(k, v) for k, values in changelist.filter_params.items() if k not in names for v in values]


# --- the list -----------------------------------------------------------------------------------


class BoundedChangeList(CheckedChangeList):
    """Scan only the first rows of the order where a condition has no index.

    `further`: the query that continues after them, "" where nothing is left out.
    """

    further = ""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        owner = self.model_admin
        assert isinstance(owner, BoundedLists)
        parameters = set(self.get_filters_params()) - set(owner.answered) - set(self._day_parameters())
        if parameters or (self.query and not owner.named_exactly(self.query)):
            self.root_queryset = self._first_rows(request)
            request.looked_through = True  # type: ignore[attr-defined]
        return super().get_queryset(request, exclude_parameters)

    def _days(self) -> Iterator[tuple[str, type[DaysFilter]]]:
        for one in self.list_filter:
            if isinstance(one, tuple) and isinstance(one[1], type) and issubclass(one[1], DaysFilter):
                yield str(one[0]), one[1]

    def _day_parameters(self) -> Iterator[str]:
        for path, _kind in self._days():
            yield from (f"{path}__gte", f"{path}__lte")

    def _first_rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.root_queryset
        for path, kind in self._days():
            field: Any = self.lookup_opts.get_field(path)
            params = dict(self.filter_params)
            rows = rows.filter(kind(field, request, params, self.model, self.model_admin, path).condition())
        ordering = self.get_ordering(request, rows)
        last = last_scanned(rows, ordering)
        if last is None:
            return self.root_queryset
        self.further = self._further_query(ordering, last)
        return self.root_queryset.filter(up_to(ordering, last))

    def _further_query(self, ordering: Sequence[Any], last: Any) -> str:
        """Return the query that begins at the day of the last scanned row."""
        down, path = _direction(ordering[0])
        bound = f"{path}__lte" if down else f"{path}__gte"
        if bound not in self._day_parameters():
            return ""
        day = (last.date() if isinstance(last, datetime) else last).isoformat()
        return self.get_query_string({bound: day}) if [day] != self.filter_params.get(bound) else ""

    @property
    def looked_through(self) -> int:
        return MAX_SCANNED_ROWS


def last_scanned(rows: QuerySet[Any], ordering: Sequence[Any]) -> Any:
    """Return the first ordering value of the last scanned row; None where all rows are scanned."""
    _down, path = _direction(ordering[0])
    plain = rows.prefetch_related(None).select_related(None).order_by(*ordering)
    return next(iter(plain.values_list(path, flat=True)[MAX_SCANNED_ROWS - 1 : MAX_SCANNED_ROWS]), None)


def up_to(ordering: Sequence[Any], last: Any) -> Q:
    """Return the condition for the rows up to that value.

    It is one stretch of an index, which no query plan can take for all rows.
    """
    down, path = _direction(ordering[0])
    return Q(**{f"{path}__gte" if down else f"{path}__lte": last})


def _direction(by: Any) -> tuple[bool, str]:
    """Return whether the order is descending, and its column (one that is never null)."""
    if isinstance(by, OrderBy):
        return bool(by.descending), str(getattr(by.expression, "name", "pk"))
    return str(by).startswith("-"), str(by).lstrip("-")


class BoundedLists(CheckedLists):
    """An admin whose list opens quickly.

    `ordering` and the columns of `sortable_by` follow an index; `answered`: the parameters of the list that an index
    answers; `named_by`: indexed lookups that identify a row exactly; `search_fields`: plain columns with the words of a
    search.
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
        """Return the rows that this term identifies, or None."""
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
        """Return the value to compare with the column of a lookup, for a typed term."""
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
        if not getattr(request, "looked_through", False):  # autocomplete fields search without a list
            ordering = list(self.get_ordering(request)) or ["-pk"]
            last = last_scanned(self.model._default_manager.all(), ordering)
            queryset = queryset if last is None else queryset.filter(up_to(ordering, last))
        return queryset, False


def few_enough(request: HttpRequest, chosen: QuerySet[Any]) -> bool:
    """Return whether the rows are few enough for an action; else show a message."""
    if chosen.order_by().values("pk")[: MAX_ACTION_ROWS + 1].count() <= MAX_ACTION_ROWS:
        return True
    words = ngettext("Choose at most %(n)d row at once.", "Choose at most %(n)d rows at once.", MAX_ACTION_ROWS)
    messages.error(request, words % {"n": MAX_ACTION_ROWS})
    return False
