"""Content lines of iCalendar (RFC 5545, 3.1): texts escaped, long lines folded.

The lines are those that the library icalendar writes, in its order, in a fraction of its time; tests compare both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

MAX_BYTES = 74  # of a line; the blank before a folded one makes it 75 with it
LONG = re.compile(rb"[^\r\n]{%d,}" % (MAX_BYTES + 1))
BREAK = re.compile(r"\r\n?|\n")
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": "\\n"})


def text(value: str) -> str:
    """Escape a TEXT: no character of it ends the value or the line."""
    return value.replace("\r\n", "\n").translate(ESCAPED)


def texts(values: Iterable[str]) -> str:
    """Write a list of TEXTs, separated by commas."""
    return ",".join(map(text, values))


def raw(value: str) -> str:
    """Write the value of an X- property or NAME, which the library takes for no TEXT: as it is, but on one line."""
    return BREAK.sub(r"\\n", value)


def day(value: date) -> str:
    """Write a DATE: `20310501`."""
    return value.isoformat().replace("-", "")


def moment(at: datetime) -> str:
    """Write a moment as DATE-TIME in UTC, to the second: `20310501T081500Z`."""
    return f"{at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat().replace('-', '').replace(':', '')}Z"


def calendar(head: Sequence[str], entries: Iterable[Sequence[str]]) -> bytes:
    """Write a calendar: its own lines, then those of each entry; none of them may hold a line break."""
    lines = ["BEGIN:VCALENDAR", *head]
    for entry in entries:
        lines += ("BEGIN:VEVENT", *entry, "END:VEVENT")
    lines += ("END:VCALENDAR", "")
    return LONG.sub(_folded, "\r\n".join(lines).encode())


def _folded(found: re.Match[bytes]) -> bytes:
    """Cut a line between characters, and before the backslash or caret of an escape."""
    line, begin, parts = found[0], 0, []
    while len(line) - begin > MAX_BYTES:
        cut = begin + MAX_BYTES
        while line[cut] & 0xC0 == 0x80:  # within a character of UTF-8
            cut -= 1
        if line[cut - 1] in b"\\^":
            cut -= 1
        parts.append(line[begin:cut])
        begin = cut
    return b"\r\n ".join([*parts, line[begin:]])
