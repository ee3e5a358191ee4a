"""Run by drawing.py on one database: print the events of the next 14 months as items of vis-timeline, JSON."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from django.utils import timezone, translation  # noqa: E402

from timeline.display.event import EventView  # noqa: E402
from timeline.extraction.dates.calendar import add_months  # noqa: E402
from timeline.query.filter import MONTHS, EventFilter  # noqa: E402

DAY = timedelta(days=1)


def main() -> None:
    today = timezone.localdate()
    end = add_months(today, MONTHS)
    with translation.override("zh-hans"):
        events = EventFilter(start=today, end=end).events(today)
        items = [_item(event, today, end) for event in events]
    print(json.dumps({"start": today.isoformat(), "end": end.isoformat(), "items": items}, ensure_ascii=False))


def _item(event: EventView, start: date, end: date) -> dict[str, Any]:
    """Return a point or a range, labelled as our own marks; open ends, unknown to vis-timeline, end with the window."""
    item = {"id": event.id, "content": f"{event.title} · {event.span}"}
    first, last = event.when.start or start, event.when.end or end
    if first == last:
        return {**item, "start": first.isoformat(), "type": "point"}
    return {**item, "start": first.isoformat(), "end": (last + DAY).isoformat(), "type": "range"}


if __name__ == "__main__":
    main()
