"""Celery's clock, for a machine whose own clock may be wrong for a while."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

log = logging.getLogger("newsdesk.beat")

MAX_AHEAD = timedelta(minutes=1)  # by which what ran last may lie in the future


class Scheduler(PersistentScheduler):
    """What ran last in the future ran by a clock that was wrong, and is due from now on.

    Without this, a clock that was a day ahead for one moment would leave everything unqueued for a day.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Queue what is due; seconds until the next tick."""
        now = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > now + MAX_AHEAD]
        if ahead:
            log.warning("the clock was ahead until now: %d entries of the schedule begin anew", len(ahead))
            for entry in ahead:
                entry.last_run_at = now
            self._heap = None
        return float(super().tick(*args, **kwargs))
