"""Sessions in the database that raise the database's own errors."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from timeline.resilience.retry import is_temporary, retry_on_contention


class SessionStore(db.SessionStore):
    """Raise the database's error in `save`: Django takes each for a deleted session, and answers 400."""

    def save(self, must_create: bool = False) -> None:
        retry_on_contention(self._save)(must_create)

    def _save(self, must_create: bool) -> None:
        try:
            return super().save(must_create)
        except UpdateError as error:
            cause = error.__context__
        if cause is not None and is_temporary(cause):
            raise cause
        raise UpdateError
