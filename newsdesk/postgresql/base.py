"""Django's PostgreSQL backend with a lock timeout, as on SQLite: `lock_seconds` at most.

It is set on each new connection, not in the connection string: poolers refuse settings there.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Accept one more option, `lock_seconds`, after which PostgreSQL raises 55P03."""

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
