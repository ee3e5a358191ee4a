"""`python -m bench [NAME …]`: run the named benchmarks, or all; the tables are also written to var/bench/."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench import (
    admin,
    alerts,
    archive,
    backups,
    calendar,
    date_misses,
    drawing,
    feeds,
    gold,
    linear,
    pages,
    pupil,
    reading,
    reliability,
    resolvers,
    resolving,
    second,
    speed,
    throughput,
    written,
)
from bench.corpus import Missing
from bench.table import report

PARTS: dict[str, Callable[[], str]] = {
    "gold": gold.run,
    "written": written.run,
    "second": second.run,
    "pupil": pupil.run,
    "reliability": reliability.run,
    "dates": date_misses.run,
    "speed": speed.run,
    "reading": reading.run,
    "linear": linear.run,
    "archive": archive.run,
    "calendar": calendar.run,
    "resolving": resolving.run,
    "resolvers": resolvers.run,
    "pages": pages.run,
    "feeds": feeds.run,
    "drawing": drawing.run,
    "admin": admin.run,
    "throughput": throughput.run,
    "alerts": alerts.run,
    "backups": backups.run,
}


def main(names: list[str]) -> int:
    if unknown := set(names) - set(PARTS):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name in names or list(PARTS):
        try:
            report(name, PARTS[name]())
        except Missing as e:
            print(f"{name}: {e}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
