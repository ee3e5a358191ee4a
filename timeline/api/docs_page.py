"""The API's documentation, in which requests can be tried (Swagger UI, as django-ninja ships it)."""

from __future__ import annotations

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe


@csp_update({"img-src": ["data:"]})  # the arrows in its style sheet
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """`/api/v1/docs`."""
    return render(request, "timeline/api_docs.html")


@require_safe
def to_docs(request: HttpRequest) -> HttpResponse:
    """Lead from `/api/` and `/api/v1/` to the documentation."""
    return HttpResponseRedirect(reverse("api:docs"))
