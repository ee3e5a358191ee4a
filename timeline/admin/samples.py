"""Remove the sample articles by one click, from the page that they stand on."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from timeline import tasks
from timeline.ingest import removal
from timeline.models import Source
from timeline.resilience.retry import QUEUE_DOWN


@require_POST
@permission_required("timeline.change_source", raise_exception=True)
def remove_samples(request: HttpRequest) -> HttpResponse:
    """Close the sources of the samples and have their articles removed; each source is logged like any other act."""
    sources = list(Source.samples())
    count = sum(len(removal.articles_of(source)) for source in sources)
    is_queued = True
    for source in sources:
        admin.site.get_model_admin(Source).log_change(request, source, "removed")
        removal.close_source(source)
        try:
            tasks.send_removal(source.pk)
        except QUEUE_DOWN:
            is_queued = False  # the sweep removes them as soon as workers run
    words = ngettext("%(n)d article is being removed.", "%(n)d articles are being removed.", count) % {"n": count}
    messages.success(request, words)
    if not is_queued:
        messages.warning(request, gettext("The queue is unavailable; events follow when workers are running."))
    return HttpResponseRedirect(reverse("timeline"))
