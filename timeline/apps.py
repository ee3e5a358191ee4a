"""The application: its name, and the system checks, which register themselves when imported."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from timeline.operations import checks

__all__ = ["TimelineConfig", "checks"]


class TimelineConfig(AppConfig):
    """The Django application `timeline`."""

    name = "timeline"
    verbose_name = _("Timeline")
