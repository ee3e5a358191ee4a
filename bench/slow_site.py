"""newsdesk for gunicorn, with a slow reader in its sandbox: `gunicorn bench.slow_site`."""

from __future__ import annotations

from newsdesk.wsgi import application
from timeline.sandbox.caller import SANDBOX

__all__ = ["application"]

SANDBOX.command = ("-m", "bench.slow_reader")
