"""Sessions in the database, whose errors are told as what they are."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from timeline.resilience.retry import is_temporary, retry_on_contention


class SessionStore(db.SessionStore):
    """Django takes every error in storing a session for a session that was deleted, and answers 400."""

    def save(self, must_create: bool = False) -> None:
        retry_on_contention(self._save)(must_create)

    def _save(self, must_create: bool) -> None:
        try:
            return super().save(must_create)
        except UpdateError as error:
            met = error.__context__
        if met is not None and is_temporary(met):
            raise met
        raise UpdateError
