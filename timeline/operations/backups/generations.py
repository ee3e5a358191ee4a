"""Several generations of backups in one folder: how they are named, and which are removed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

# How a moment is written so that two of the same period are the same.
PERIODS = {"hourly": "%Y-%m-%dT%H", "daily": "%Y-%m-%d", "weekly": "%G-W%V", "monthly": "%Y-%m", "yearly": "%Y"}
MAX_KEPT = 1_000
STAMP = "%Y%m%dT%H%M%SZ"
OF_MOMENT = re.compile(r"(\d{8}T\d{6}Z)\.backup")

Policy = Mapping[str, int]


def parsed(text: str) -> dict[str, int]:
    """`daily=7,weekly=4`: of so many periods the newest backup is kept. Raises ValueError with what is allowed."""
    policy: dict[str, int] = {}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        if name not in PERIODS or name in policy or not (number.isascii() and number.isdigit()):
            raise ValueError(f"{part.strip()!r} is no rule; write daily=7,weekly=4 with {', '.join(PERIODS)}")
        if not 1 <= int(number) <= MAX_KEPT:
            raise ValueError(f"{part.strip()!r}: allowed are 1 to {MAX_KEPT:,}")
        policy[name] = int(number)
    return policy


def name_of(database: str, moment: datetime) -> str:
    """The file's name. `moment`: UTC."""
    return f"{_plain(database)}-{moment:{STAMP}}.backup"


def kept(moments: Collection[datetime], policy: Policy) -> set[datetime]:
    """The newest of all, and of each rule the newest backup of the last periods in which there is one."""
    newest_first = sorted(moments, reverse=True)
    stay = set(newest_first[:1])
    for period, count in policy.items():
        newest: dict[str, datetime] = {}
        for moment in newest_first:
            newest.setdefault(moment.strftime(PERIODS[period]), moment)
        stay.update(list(newest.values())[:count])
    return stay


def remove_old(folder: Path, database: str, policy: Policy) -> list[Path]:
    """Remove backups of this database that no rule keeps; only files that `name_of` named. Those removed."""
    begins = f"{_plain(database)}-"
    found: dict[datetime, Path] = {}
    for path in folder.iterdir():
        match = OF_MOMENT.fullmatch(path.name.removeprefix(begins)) if path.name.startswith(begins) else None
        if match and path.is_file() and not path.is_symlink():
            try:
                found[datetime.strptime(match[1], STAMP).replace(tzinfo=UTC)] = path
            except ValueError:  # no such day
                continue
    stay = kept(found, policy)
    removed = [path for moment, path in sorted(found.items()) if moment not in stay]
    for path in removed:
        path.unlink(missing_ok=True)
    return removed


def _plain(database: str) -> str:
    return re.sub(r"[^\w.-]", "_", Path(database).stem) or "newsdesk"
