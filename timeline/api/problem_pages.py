"""The pages that the `type` of a problem links to: what it means and what to do."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from timeline.http.problems import KINDS


@require_safe
def problem_page(request: HttpRequest, kind: str = "") -> HttpResponse:
    """Show all kinds of problems, or the one asked for and then the others."""
    if kind and kind not in KINDS:
        raise Http404
    chosen = [(name, known, name == kind) for name, known in KINDS.items()]
    return render(request, "timeline/problems.html", {"kinds": chosen, "kind": kind})
