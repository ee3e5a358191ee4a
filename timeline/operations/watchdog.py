"""Run as a script, this ends the process groups of a supervisor that is gone, however it went.

It reads lines `+GROUP` and `-GROUP` (process group ids) from its standard input, which only the
supervisor holds: the input ends in the moment the supervisor does, even by `kill -9`. The groups
noted then are killed: without grace, for whatever they had in hand is in the queue or the database.
It imports the standard library only, so that it starts at once.
"""

from __future__ import annotations

import os
import signal
import sys


def kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS answers so for a group of which only unreaped dead are left
        pass


def noted_groups() -> set[int]:
    groups: set[int] = set()
    for line in sys.stdin:
        sign, group = line[0], int(line[1:])
        if sign == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    for group in noted_groups():
        kill(group)


if __name__ == "__main__":
    main()
