"""Check the parameters of the admin's lists, forms and fields: the same rules in all, and 400 with a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import models
from django.forms.fields import InvalidJSONInput, JSONString
from django.http import HttpRequest
from django.utils.translation import gettext as _

from timeline.http.problems import bad_request, value_refused
from timeline.validation.characters import MAX_JSON_DEPTH, JSONError, read_json

COMPARISONS = frozenset(("exact", "in", "isnull", "gte", "gt", "lte", "lt"))


class CheckedChangeList(ChangeList):
    """Treat a value too large for its column as an invalid parameter, not as a server error."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except Exception as error:
            if value_refused(error) or isinstance(error, OverflowError):  # or a moment beyond the calendar
                raise IncorrectLookupParameters from error
            raise


class CheckedLists(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin whose list accepts only comparisons of columns; anything else is a 400."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CheckedChangeList

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", CheckedSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        try:
            return super().changelist_view(request, extra_context)
        except BadRequest as error:
            return bad_request(request, error)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list. Raises BadRequest where Django would ignore a wrong parameter."""
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest(_("This list does not support that.")) from error

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:  # type: ignore[override]
        """Run the chosen action. Raises BadRequest where a chosen value cannot be a row's key."""
        key = self.model._meta.pk
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                key.to_python(chosen)
        except ValidationError as error:
            raise BadRequest(_("The choice is not in this list.")) from error
        return super().response_action(request, queryset)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        if not compares_a_column(self.model, lookup):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]


def compares_a_column(model: type[models.Model], lookup: str) -> bool:
    """Return whether a parameter of a list compares a column, maybe of a related row, with a value.

    Regular expressions, parts of dates and the insides of JSON do not: for each, one database rejects some values. An
    unknown name is left to Django.
    """
    options: Any = model._meta
    parts = lookup.split("__")
    for number, part in enumerate(parts):
        rest = parts[number + 1 :]
        try:
            field = options.pk if part == "pk" else options.get_field(part)
        except FieldDoesNotExist:
            return number == 0 or (part in COMPARISONS and not rest)
        if isinstance(field, models.JSONField):
            return False
        if field.is_relation and field.related_model is not None:
            options = field.related_model._meta
            continue
        return not rest or (len(rest) == 1 and rest[0] in COMPARISONS)
    return True


class CheckedAutocomplete(AutocompleteJsonView):
    """Complete only the fields of `autocomplete_fields`, and reveal no other model."""

    def process_request(self, request: HttpRequest) -> Any:
        requested = {name: request.GET.get(name, "") for name in ("app_label", "model_name", "field_name")}
        for model, owner in admin.site._registry.items():
            named = (model._meta.app_label, model._meta.model_name)
            if (
                named == (requested["app_label"], requested["model_name"])
                and requested["field_name"] in owner.autocomplete_fields
            ):
                return super().process_request(request)
        raise PermissionDenied


class CheckedSelect(AutocompleteSelect):
    """Show a chosen value again only if it is a row's key: a client may send anything."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if self._names_a_row(one)], attr)

    def _names_a_row(self, value: str) -> bool:
        try:
            return bool(value) and self.choices.queryset.filter(pk=value).exists()
        except (ValueError, ValidationError):
            return False


class StorableJSONField(forms.JSONField):
    """Typed JSON, restricted to what both databases accept."""

    def to_python(self, value: Any) -> Any:
        if self.disabled or value in self.empty_values or not isinstance(value, str):
            return super().to_python(value)
        try:
            found = read_json(value)
        except JSONError as error:
            words = _(
                "Write JSON, at most %(depth)d lists or objects within one another, without NUL characters, halves "
                "of pairs or numbers that are not finite."
            )
            raise ValidationError(words % {"depth": MAX_JSON_DEPTH}, code="invalid") from error
        return JSONString(found) if isinstance(found, str) else found

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return the value to show again in a form with errors."""
        if self.disabled or not isinstance(data, str):
            return super().bound_data(data, initial)
        try:
            return read_json(data)
        except JSONError:
            return InvalidJSONInput(data)
