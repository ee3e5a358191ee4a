"""The progress of processing articles, for the admin: how many wait, how fast it goes, how long it will take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from timeline.models import Article
from timeline.operations.metrics import articles_by_state
from timeline.operations.second_reader import second_reader_state

SPEED_WINDOW = timedelta(minutes=2)  # in which finished articles are counted for the speed


@dataclass(frozen=True, slots=True)
class Progress:
    """Articles by state, and how many were finished within SPEED_WINDOW."""

    new: int
    read: int
    done: int
    failed: int
    finished: int

    @property
    def waiting(self) -> int:
        return self.new + self.read

    @property
    def a_minute(self) -> float:
        return self.finished / SPEED_WINDOW.total_seconds() * 60

    @property
    def share(self) -> int:
        """The percentage of finished articles, rounded down."""
        total = self.waiting + self.done + self.failed
        return 100 * (self.done + self.failed) // total if total else 100

    @property
    def minutes_left(self) -> int | None:
        """At the present speed; None if none was finished lately."""
        return -(-self.waiting // max(1, round(self.a_minute))) if self.finished else None

    @property
    def words(self) -> str:
        """A sentence that says how fast it goes and how long it will take."""
        if not self.waiting:
            return gettext("Everything is processed.")
        if self.minutes_left is None:
            return gettext(
                "Nothing was processed in the last two minutes. Are the workers running? Check with `manage.py doctor`."
            )
        fast = gettext("%(n)s articles a minute") % {"n": f"{self.a_minute:,.0f}"}
        hours, minutes = divmod(self.minutes_left, 60)
        if hours:
            left = gettext("about %(hours)d h %(minutes)d min left") % {"hours": hours, "minutes": minutes}
        else:
            left = ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}
        return f"{fast}, {left}"


def read_progress() -> Progress:
    """Read the progress from two indexes; its cost does not grow with the number of articles."""
    states = articles_by_state()
    since = timezone.now() - SPEED_WINDOW
    done = Article.objects.filter(state=Article.State.DONE, state_since__gte=since).order_by()
    finished = done.aggregate(n=Count("*"))["n"]
    return Progress(states["new"], states["read"], states["done"], states["failed"], finished)


@require_safe
def progress_page(request: HttpRequest) -> HttpResponse:
    """`/admin/progress/`: a page of the admin; for htmx only its block, which polls while articles wait."""
    context: dict[str, Any] = {"progress": read_progress()}
    alone = request.headers.get("HX-Request") == "true"
    if not alone:
        context |= {**admin.site.each_context(request), "title": gettext("Processing")}
        context["second"] = second_reader_state()
    return render(request, "admin/_progress.html" if alone else "admin/progress.html", context)
