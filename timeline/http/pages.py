"""Pages: a dataclass for each, whose fields are the variables of its template."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def variables(page: DataclassInstance) -> dict[str, Any]:
    """Return the fields of a page by their names; their values stay what they are."""
    return {field.name: getattr(page, field.name) for field in fields(page)}


def render_page(request: HttpRequest, template: str, page: DataclassInstance, status: int = 200) -> HttpResponse:
    """Render a template with the fields of `page` as its variables."""
    return render(request, template, variables(page), status=status)
