"""newsdesk's web server with a slow reader in its sandbox: `python -m bench.slow_site FD`."""

from __future__ import annotations

import sys

from newsdesk.web_server import THREADS, main
from timeline.sandbox.caller import SANDBOX

if __name__ == "__main__":
    SANDBOX.command = ("-m", "bench.slow_reader")
    main(int(sys.argv[1]), THREADS)
