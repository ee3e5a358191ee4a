"""Generations of backups in one folder: their names, and which are removed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

# Formats in which times of the same period are equal.
PERIOD_FORMATS = {"hourly": "%Y-%m-%dT%H", "daily": "%Y-%m-%d", "weekly": "%G-W%V", "monthly": "%Y-%m", "yearly": "%Y"}
MAX_KEPT = 1_000  # backups of one rule
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
TIME_PATTERN = re.compile(r"(\d{8}T\d{6}Z)\.backup")

Policy = Mapping[str, int]


def parse_policy(text: str) -> dict[str, int]:
    """Parse `daily=7,weekly=4`: of how many periods the newest backup is kept. Raises ValueError."""
    policy: dict[str, int] = {}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        if name not in PERIOD_FORMATS or name in policy or not (number.isascii() and number.isdigit()):
            raise ValueError(f"{part.strip()!r} is no rule; write daily=7,weekly=4 with {', '.join(PERIOD_FORMATS)}")
        if not 1 <= int(number) <= MAX_KEPT:
            raise ValueError(f"{part.strip()!r}: allowed are 1 to {MAX_KEPT:,}")
        policy[name] = int(number)
    return policy


def file_name(database: str, moment: datetime) -> str:
    """Return the name of a backup file. `moment`: UTC."""
    return f"{_plain(database)}-{moment:{TIME_FORMAT}}.backup"


def keep(moments: Collection[datetime], policy: Policy) -> set[datetime]:
    """Return the times to keep: the newest of all, and by each rule the newest of the last periods that have one."""
    newest_first = sorted(moments, reverse=True)
    stay = set(newest_first[:1])
    for period, count in policy.items():
        newest: dict[str, datetime] = {}
        for moment in newest_first:
            newest.setdefault(moment.strftime(PERIOD_FORMATS[period]), moment)
        stay.update(list(newest.values())[:count])
    return stay


def remove_old(folder: Path, database: str, policy: Policy) -> list[Path]:
    """Remove backups of this database that no rule keeps (only files named by `file_name`) and return them."""
    begins = f"{_plain(database)}-"
    found: dict[datetime, Path] = {}
    for path in folder.iterdir():
        match = TIME_PATTERN.fullmatch(path.name.removeprefix(begins)) if path.name.startswith(begins) else None
        if match and path.is_file() and not path.is_symlink():
            try:
                found[datetime.strptime(match[1], TIME_FORMAT).replace(tzinfo=UTC)] = path
            except ValueError:  # no such day
                continue
    stay = keep(found, policy)
    removed = [path for moment, path in sorted(found.items()) if moment not in stay]
    for path in removed:
        path.unlink(missing_ok=True)
    return removed


def _plain(database: str) -> str:
    return re.sub(r"[^\w.-]", "_", Path(database).stem) or "newsdesk"
