"""The application: its name, and the system checks, which register themselves when imported."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from timeline.extraction.events.learnt.site import use_site
from timeline.operations import checks

__all__ = ["TimelineConfig", "checks"]


class TimelineConfig(AppConfig):
    """The Django application `timeline`."""

    name = "timeline"
    verbose_name = _("Timeline")

    def ready(self) -> None:
        """Let articles be read with the site's own weights, where it has some."""
        use_site(settings.SITE_WEIGHTS)
