"""`/about/`: what the signs mean, how sure newsdesk is, where its data come from, and who runs the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.charts.timeline.legend import PAINTS, LegendEntry, all_shapes, all_states
from timeline.http.pages import render_page
from timeline.models import Source
from timeline.models.source import SAMPLE_PREFIX

MAX_SOURCES = 300  # named on the page


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A newsroom whose articles are read."""

    slug: str
    name: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    """A colour of the picture and what it stands for."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class AboutPage:
    """The variables of `timeline/about.html`. `states`: (sign, what the status means)."""

    kinds: Sequence[KindRow]
    states: Sequence[tuple[LegendEntry, str]]
    shapes: Sequence[LegendEntry]
    sources: Sequence[SourceRow]
    operator: str
    operator_link: str
    licence: str
    licence_link: str
    paints: Sequence[str] = PAINTS


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say what the site is. Whoever runs it says so by settings."""
    meanings = _meanings()
    page = AboutPage(
        kinds=[KindRow("election", gettext("Elections")), KindRow("alliance", gettext("Alliances"))],
        states=[(entry, meanings[entry.status]) for entry in all_states()],
        shapes=all_shapes(),
        sources=_sources(),
        operator=settings.OPERATOR,
        operator_link=settings.OPERATOR_LINK,
        licence=settings.DATA_LICENCE,
        licence_link=settings.DATA_LICENCE_LINK,
    )
    return render_page(request, "timeline/about.html", page)


def _meanings() -> dict[str, str]:
    return {
        "occurred": gettext("A report of its day or later says that it took place."),
        "scheduled": gettext("A day or a period is fixed, by decision or by law."),
        "expected": gettext("Somebody hopes for it or expects it; nothing is fixed."),
        "conditional": gettext("It takes place only if something else happens first."),
        "postponed": gettext("It was put off: to the days shown or, from these, to days not known."),
        "cancelled": gettext("It was called off."),
        "lapsed": gettext("Its days have been over for more than three days, and no report says what became of it."),
    }


def _sources() -> list[SourceRow]:
    rows = Source.objects.filter(removed=None).order_by("name", "slug").values_list("slug", "name")[:MAX_SOURCES]
    return [SourceRow(slug, name, is_sample=slug.startswith(SAMPLE_PREFIX)) for slug, name in rows]
