"""Compare the archive of 2020 in a real PostgreSQL with two calendars known from elsewhere (LISTS), side by side."""

from __future__ import annotations

import json
import random
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bench.corpus import shared
from bench.postgres import ROOT, fresh
from bench.table import OUT, table
from bench.told import told

SUPPORT = ROOT / "tests" / "support"
LISTS = {"first list": "calendar_2020.toml", "second list": "calendar_2020_second.toml"}
RIGHT, TWICE, WRONG_DAY, MISSING = ANSWERS = ("exactly one, right day", "more than once", "a wrong day", "not at all")
KINDS = ("election", "alliance")
TALKS = {"summit", "meeting"}
NEAR = timedelta(days=20)  # an event of the right kind within so many days is a wrong day, farther away another event
TOUCHING = timedelta(days=2)
SAMPLE = 200


def run() -> str:
    shared("corpus/news-2020H2.tar.xz")
    with fresh() as database:
        spent = json.loads(database.python("-m", "bench.importing"))
        events = database.python("manage.py", "events", "--format", "jsonl")
    rows = [_dated(json.loads(line)) for line in events.splitlines()]
    _sample(rows)
    times = table(["", "seconds"], [[name, f"{value:.0f}"] for name, value in spent.items()])
    lists = {name: read_list(file) for name, file in LISTS.items()}
    posts = told({kind: [entry for entries in lists.values() for entry in entries[kind]] for kind in KINDS})
    return times + f"\n{len(rows)} events.\n\n" + score(rows, lists, posts)


def read_list(file: str) -> dict[str, Any]:
    return tomllib.loads((SUPPORT / file).read_text("utf-8"))


def score(events: Sequence[dict[str, Any]], lists: Mapping[str, dict[str, Any]], posts: Counter[str]) -> str:
    """Return how many entries of each list the timeline has, side by side, and by list what it has instead.

    `posts` says, by name of the entry, how many posts report it.
    """
    judged = {name: _judged(events, entries, posts) for name, entries in lists.items()}
    head, columns = [""], []
    for name, (tally, of_told, _) in judged.items():
        head += [f"of the {name}", "", "of it, what the archive tells", ""]
        columns += [tally, of_told]
    rows = [[a, *(cell for n in columns for cell in (n[a], f"{n[a] / (n.total() or 1):.0%}"))] for a in ANSWERS]
    parts = [table(head, rows)]
    for name, (_, _, misses) in judged.items():
        parts.append(table([f"known from elsewhere, {name}", "day", "posts", "the timeline holds", "what"], misses))
    return "\n".join(parts)


def _judged(
    events: Sequence[dict[str, Any]], known: dict[str, Any], posts: Counter[str]
) -> tuple[Counter[str], Counter[str], list[list[Any]]]:
    """Count the answers for a list and for what of it the archive tells, with a row for each that is not right."""
    tally: Counter[str] = Counter()
    of_told: Counter[str] = Counter()
    misses = []
    for kind in KINDS:
        for entry in known[kind]:
            answer, found = _judge(entry, kind, events)
            tally[answer] += 1
            of_told[answer] += posts[entry["name"]] > 0
            if answer != RIGHT:
                shown = "; ".join(f"{e['start']}/{e['end']} {e['type']} ({e['claims']})" for e in found[:4])
                misses.append([entry["name"], entry["day"], posts[entry["name"]], answer, shown])
    return tally, of_told, misses


def _judge(entry: dict[str, Any], kind: str, events: Sequence[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    first, last = entry["day"], entry.get("until", entry["day"])
    of_kind = [e for e in events if e["kind"] == kind and _means(entry, kind, e)]
    near = [e for e in of_kind if e["start"] <= last + NEAR and e["end"] >= first - NEAR]
    near.sort(key=lambda e: -e["claims"])
    right = [e for e in near if _right(entry, e)]
    if not right:
        return (WRONG_DAY if near else MISSING), near
    close = [e for e in near if e["start"] <= last + TOUCHING and e["end"] >= first - TOUCHING]
    of_family = [[e for e in close if _family(e) == family] for family in sorted({_family(e) for e in right})]
    touching = max(of_family, key=len)  # those who meet and sign on one day do both, and each counts by itself
    return (TWICE if len(touching) > 1 else RIGHT), touching


def _means(entry: dict[str, Any], kind: str, e: dict[str, Any]) -> bool:
    if e["type"] not in entry["types"]:
        return False
    named = set(e["participants"])
    if kind == "election":
        place_fits = e["place"] == entry["place"] if "place" in entry else True
        return (
            bool(named & {entry["country"], *entry.get("also", [])})
            and e["stage"] in entry.get("stages", ["vote"])
            and place_fits
        )
    blocs, listed = set(entry.get("blocs", [])), set(entry.get("or_participants", []))
    return set(entry.get("participants", [])) <= named and (blocs <= named or bool(listed and listed <= named))


def _right(entry: dict[str, Any], e: dict[str, Any]) -> bool:
    if "until" in entry:
        return bool(entry["day"] <= e["start"] and e["end"] <= entry["until"])
    return e["start"] == e["end"] and e["start"] in {entry["day"], *entry.get("other_days", [])}


def _family(e: dict[str, Any]) -> str:
    return "talks" if e["type"] in TALKS else str(e["kind"] if e["kind"] == "election" else e["type"])


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    row["start"] = date.fromisoformat(row["start"]) if row["start"] else date.min + NEAR
    row["end"] = date.fromisoformat(row["end"]) if row["end"] else date.max - NEAR
    return row


def _sample(rows: Sequence[dict[str, Any]]) -> None:
    """Print events drawn at random, with their evidence, for manual checking."""
    OUT.mkdir(parents=True, exist_ok=True)
    drawn = random.Random(2020).sample(list(rows), min(SAMPLE, len(rows)))  # the same for the same events
    with (OUT / "sample.jsonl").open("w", encoding="utf-8") as out:
        for row in drawn:
            out.write(
                json.dumps({**row, "start": str(row["start"]), "end": str(row["end"])}, ensure_ascii=False) + "\n"
            )


if __name__ == "__main__":
    print(run())
