"""A Celery beat scheduler that recovers when the machine's clock was wrong for a while."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

log = logging.getLogger("newsdesk.beat")

MAX_AHEAD = timedelta(minutes=1)  # how far in the future a last run may lie


class Scheduler(PersistentScheduler):
    """Treat a last run in the future as made by a wrong clock: the entry counts as run now.

    Without this, a clock that was a day ahead for one moment would leave everything unqueued for a day.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Queue the due tasks and return the seconds until the next tick."""
        now = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > now + MAX_AHEAD]
        if ahead:
            log.warning("the clock was ahead until now: %d entries of the schedule begin anew", len(ahead))
            for entry in ahead:
                entry.last_run_at = now
            self._heap = None
        return float(super().tick(*args, **kwargs))
