"""A wrong variable stops the start and says which and what is allowed; a right one means what it says."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from newsdesk import environment as env
from tests.support.processes import ROOT

NAME = "NEWSDESK_TRIED"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("maybe", lambda: env.flag(NAME, default=False)),
        ("70000", lambda: env.number(NAME, 8000, 1, 65535)),
        ("-1", lambda: env.number(NAME, 8000, 1, 65535)),
        ("٣", lambda: env.number(NAME, 8000, 1, 65535)),
        ("LOUD", lambda: env.choice(NAME, "INFO", ("INFO", "DEBUG"))),
        ("a b,c", lambda: env.names(NAME, "localhost")),
        ("10.0.0.1/8", lambda: env.networks(NAME)),
        ("proxy.internal", lambda: env.networks(NAME)),
        ("fifteen letters", lambda: env.secret(NAME)),
        ("short", lambda: env.secret_key(NAME, Path("unused"))),
        ("mysql://u:geheim@h/d", lambda: env.database(NAME, Path("d"), Path("/"))),
        ("postgres://u:geheim@h:port/d", lambda: env.database(NAME, Path("d"), Path("/"))),
        ("postgres://u:geheim@h", lambda: env.database(NAME, Path("d"), Path("/"))),
        ("postgres://u:geheim@h/d?sslmode=", lambda: env.database(NAME, Path("d"), Path("/"))),
        ("sqlite://relative", lambda: env.database(NAME, Path("d"), Path("/"))),
        ("amqp://u:geheim@h", lambda: env.broker(NAME, Path("s"))),
        ("redis://", lambda: env.broker(NAME, Path("s"))),
        ("redis://h:port", lambda: env.broker(NAME, Path("s"))),
        ("unix://host/path", lambda: env.broker(NAME, Path("s"))),
    ],
)
def test_a_wrong_value_names_its_variable_and_keeps_the_password(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Callable[[], object]
) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=NAME) as raised:
        read()
    assert "geheim" not in str(raised.value)


def test_a_postgres_address_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgres://news%40desk:p%2Fw@db.example:5433/%E6%96%B0?sslmode=require")
    entry = env.database(NAME, Path("d"), Path("/"))
    login = {key: entry[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert login == {
        "NAME": "新",
        "USER": "news@desk",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert entry["OPTIONS"] == {"sslmode": "require", "connect_timeout": "10", "lock_seconds": 30}


def test_a_postgres_socket_folder_is_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgresql://me:@/news?host=/run/pg&port=5499")
    entry = env.database(NAME, Path("d"), Path("/"))
    assert (entry["HOST"], entry["PORT"]) == ("/run/pg", "5499")


@pytest.mark.parametrize(
    ("url", "path"),
    [("", "/var/d"), ("sqlite:///news.db", "/base/news.db"), ("sqlite:////srv/a%20b.db", "/srv/a b.db")],
)
def test_sqlite_is_the_default_and_can_lie_elsewhere(monkeypatch: pytest.MonkeyPatch, url: str, path: str) -> None:
    monkeypatch.setenv(NAME, url)
    assert env.database(NAME, Path("/var/d"), Path("/base"))["NAME"] == path


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "redis+socket:///v%20r/s"),
        ("redis://:pw@h:6379/2", "redis://:pw@h:6379/2"),
        ("rediss://h/0", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("redis+socket:///run/redis.sock", "redis+socket:///run/redis.sock"),
    ],
)
def test_the_queue_is_reached_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, url: str, expected: str) -> None:
    monkeypatch.setenv(NAME, url)
    assert env.broker(NAME, Path("/v r/s")) == expected


def test_processes_that_start_together_share_one_private_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    code = f"from pathlib import Path; from newsdesk import environment as e; p=Path({str(path)!r}); "
    code += "print(e.secret_key('NEWSDESK_UNSET', p))"
    started = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    keys = {process.communicate(timeout=30)[0] for process in started}
    assert len(keys) == 1
    assert len(keys.pop().strip()) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_a_socket_path_that_is_too_long_moves_into_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert env.embedded_socket(Path("/srv/var")) == Path("/srv/var/valkey.sock")
    deep = tmp_path / ("深" * 40)
    path = env.embedded_socket(deep)
    assert path.parent.parent == tmp_path
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert env.embedded_socket(deep) == path != env.embedded_socket(tmp_path / ("浅" * 40))
    os.chmod(path.parent, 0o755)
    with pytest.raises(ImproperlyConfigured, match="somebody else"):
        env.embedded_socket(deep)


def test_networks_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.networks(NAME) == []
    monkeypatch.setenv(NAME, "10.1.0.0/16, fd00:1::/32,192.168.1.5")
    assert [str(network) for network in env.networks(NAME)] == ["10.1.0.0/16", "fd00:1::/32", "192.168.1.5/32"]
