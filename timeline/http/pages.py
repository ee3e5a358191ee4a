"""Pages: a dataclass for each, whose fields are the variables of its template."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class Page(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def variables(page: Page) -> dict[str, Any]:
    """Return the fields of a page by their names; their values stay what they are."""
    return {field.name: getattr(page, field.name) for field in fields(page)}


def render_page(request: HttpRequest, template: str, page: Page, status: int = 200) -> HttpResponse:
    """Render a template with the fields of `page` as its variables."""
    return render(request, template, variables(page), status=status)
