"""`manage.py samples`: hide or show the events of invented newsrooms, as NEWSDESK_HIDE_SAMPLES says."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from timeline.pipeline.samples import apply_sample_setting


class Command(BaseCommand):
    """Apply the setting to what is stored."""

    help = "Takes events that only the sample articles report off the timeline, or puts them back."

    def handle(self, *args: Any, **options: Any) -> None:
        n = apply_sample_setting()
        if n or options["verbosity"] > 1:
            shown = "hidden" if settings.HIDE_SAMPLES else "shown"
            self.stdout.write(f"{n} events of the sample articles are {shown} now")
