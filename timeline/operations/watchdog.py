"""A script that kills the process groups of a supervisor once that has ended, also by `kill -9`.

It reads lines `+GROUP` and `-GROUP` (process group ids) from its standard input, which only the supervisor holds open.
At the end of the input it kills the groups without grace: their work is in the queue or the database. It imports only
the standard library, so that it starts at once.
"""

from __future__ import annotations

import os
import signal
import sys


def kill_group(group: int) -> None:
    """Send SIGKILL to a process group, if there is one."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS, for a group of which only zombies are left
        pass


def read_groups() -> set[int]:
    """Read standard input to its end and return the groups that were added and not removed."""
    groups: set[int] = set()
    for line in sys.stdin:
        sign, group = line[0], int(line[1:])
        if sign == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def main() -> None:
    """Wait for the end of the input and kill the groups that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    for group in read_groups():
        kill_group(group)


if __name__ == "__main__":
    main()
