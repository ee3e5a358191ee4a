"""The reliability table: by rule and newsroom, how editors judged the results; also as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from timeline.admin.pages import admin_page
from timeline.curation.reliability import (
    DATE,
    MAX_CORRECTIONS,
    READER,
    SOURCE,
    TRIGGER,
    Reliability,
    ReliabilityRow,
    reliability,
)

COLUMNS = ("kind", "name", "accepted", "corrected", "rejected", "total", "percent")
WORDS = ("kind", "name")  # sorted ascending first; numbers descending
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading; `by`: the order that a click on it gives."""

    label: str
    by: str
    number: bool


@dataclass(frozen=True, slots=True)
class ReliabilityPage:
    """The variables of `admin/timeline/correction/reliability.html`; `rows`: each with its kind in words."""

    title: str
    rows: list[tuple[str, ReliabilityRow]]
    heads: list[Head]
    found: Reliability
    by: str
    at_most: int = MAX_CORRECTIONS


class ReliabilityTable(admin.ModelAdmin):  # type: ignore[type-arg]
    """The reliability view of the admin of corrections."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reliability_view)
        return [path("reliability/", view, name="timeline_correction_reliability"), *super().get_urls()]

    def reliability_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = reliability()
        order = request.GET.get("by", "")
        rows = _sorted(found.rows, order)
        if request.GET.get("format") == "csv":
            return _csv(rows)
        page = ReliabilityPage(
            title=_("How often editors accepted the readings"),
            rows=[(_kind(row.kind), row) for row in rows],
            heads=_heads(order),
            found=found,
            by=order,
        )
        return admin_page(self, request, "admin/timeline/correction/reliability.html", page)


def _kind(kind: str) -> str:
    names = {
        DATE: pgettext("reliability", "rule for dates"),
        TRIGGER: pgettext("reliability", "trigger of events"),
        SOURCE: pgettext("reliability", "newsroom"),
        READER: pgettext("reliability", "reader"),
    }
    return names[kind]


def _heads(order: str) -> list[Head]:
    labels = (
        pgettext("reliability", "what"),
        pgettext("reliability", "name"),
        pgettext("reliability", "accepted"),
        pgettext("reliability", "corrected"),
        pgettext("reliability", "rejected"),
        pgettext("reliability", "decided"),
        pgettext("reliability", "accepted, %"),
    )
    heads = []
    for name, label in zip(COLUMNS, labels, strict=True):
        first = name if name in WORDS else f"-{name}"
        other = name if first.startswith("-") else f"-{name}"
        heads.append(Head(label, other if order == first else first, name not in WORDS))
    return heads


def _sorted(rows: list[ReliabilityRow], order: str) -> list[ReliabilityRow]:
    """Sort by a column, "-" for descending.

    An unknown column keeps the order: the least reliable of each kind first.
    """
    name = order.lstrip("-")
    if name not in COLUMNS:
        return rows
    return sorted(rows, key=lambda row: getattr(row, name), reverse=order.startswith("-"))


def _csv(rows: list[ReliabilityRow]) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])
    headers = {"Content-Disposition": 'attachment; filename="reliability.csv"'}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
