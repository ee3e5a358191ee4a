"""Django's PostgreSQL backend with a lock timeout, as on SQLite, and an early notice of machines that vanish.

A machine that is cut off sends nothing, not even that its connection is over. PostgreSQL then keeps what it has locked
until the kernel gives up, by default after two hours; here both sides give up after KEEPALIVE_SECONDS at most.

What the server must know is set on each new connection, not in the connection string: poolers refuse settings there.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

PROBES = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}  # of the server
KEEPALIVE_SECONDS = 60  # 30 without a byte, then three questions without an answer
CLIENT_PROBES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}


class DatabaseWrapper(base.DatabaseWrapper):
    """Accept one more option, `lock_seconds`, after which PostgreSQL raises 55P03."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        params.pop("lock_seconds", None)
        return CLIENT_PROBES | params

    def init_connection_state(self) -> None:
        super().init_connection_state()
        values = dict(PROBES)  # sockets of the file system ignore them
        if seconds := self.settings_dict["OPTIONS"].get("lock_seconds"):
            values["lock_timeout"] = f"{seconds}s"
        calls = ", ".join(["set_config(%s, %s, false)"] * len(values))
        self.connection.execute(f"SELECT {calls}", [word for item in values.items() for word in item])
        if not self.get_autocommit():
            self.connection.commit()
