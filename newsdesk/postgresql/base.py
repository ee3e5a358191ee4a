"""Django's PostgreSQL, on which nobody waits for a lock without end: as on SQLite, `lock_seconds` at most.

Said once on each new connection, not in its address: poolers refuse settings there.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """OPTIONS take one more: `lock_seconds`, after which PostgreSQL says 55P03."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        params.pop("lock_seconds", None)
        return params

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if seconds := self.settings_dict["OPTIONS"].get("lock_seconds"):
            self.connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds}s"])
            if not self.get_autocommit():
                self.connection.commit()
