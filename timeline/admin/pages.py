"""The admin's own pages: a dataclass for each, shown beside the variables of Django's admin."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from timeline.http.pages import Page, variables


def admin_page(
    model_admin: ModelAdmin[Any], request: HttpRequest, template: str, page: Page, status: int = 200
) -> TemplateResponse:
    """Render a template with the fields of `page` and the variables that every page of the admin has."""
    context = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, **variables(page)}
    return TemplateResponse(request, template, context, status=status)
