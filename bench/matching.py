"""Match what was read in an article with what a person annotated, and count.

An event is the same where its kind is, a participant is shared and the days touch; the pairs with the closest days
come first. Optional events and vague dates are neither wanted nor punished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

EXACT = 3.0  # closeness from which on the days are exactly right
FIRST, LAST = date.min.isoformat(), date.max.isoformat()

Row = Mapping[str, Any]


def count_dates(wanted: Sequence[Row], given: Sequence[Row]) -> Counter[str]:
    """Count date marks: `dates_wanted`, `dates_given`, `dates_found` and `dates_right` (both days)."""
    n: Counter[str] = Counter()
    used: set[int] = set()
    for mark in wanted:
        overlaps = [(overlap(mark, x), i) for i, x in enumerate(given) if i not in used and overlap(mark, x) > 0]
        best = max(overlaps)[1] if overlaps else None
        if best is not None:
            used.add(best)
        if mark["vague"]:
            n["dates_given"] -= best is not None
            continue
        n["dates_wanted"] += 1
        if best is not None:
            n["dates_found"] += 1
            n["dates_right"] += _days(mark) == _days(given[best])
    n["dates_given"] += len(given) - sum(x["vague"] for i, x in enumerate(given) if i not in used)
    return n


def match_events(wanted: Sequence[Row], given: Sequence[Row]) -> list[tuple[int, int, float]]:
    """Return the pairs (wanted, given, closeness), each event in one at most, the closest first."""
    pairs = sorted(((closeness(x, y), i, j) for i, x in enumerate(wanted) for j, y in enumerate(given)), reverse=True)
    taken_wanted: set[int] = set()
    taken_given: set[int] = set()
    found = []
    for score, i, j in pairs:
        if score and i not in taken_wanted and j not in taken_given:
            taken_wanted.add(i)
            taken_given.add(j)
            found.append((i, j, score))
    return found


def count_events(wanted: Sequence[Row], given: Sequence[Row]) -> Counter[str]:
    """Count events: wanted, given, matched, with exactly right days, and what else is right of the matched ones."""
    n = Counter(wanted=sum(not x["optional"] for x in wanted), given=len(given))
    for i, j, score in match_events(wanted, given):
        x, y = wanted[i], given[j]
        if x["optional"]:
            n["given"] -= 1
            continue
        n["matched"] += 1
        n["exact"] += score >= EXACT
        n["stage"] += x["stage"] == y["stage"]
        n["type"] += x["type"] == y["type"]
        n["status"] += x["status"] == y["status"]
        n["participants"] += _who(x) == _who(y)
    return n


def closeness(wanted: Row, given: Row) -> float:
    """Return 0 where the two cannot be one event, else more the closer they are; from EXACT on the days are right."""
    if wanted["kind"] != given["kind"] or not _who(wanted) & _who(given):
        return 0.0
    if _days(wanted) == _days(given):
        score = EXACT
    else:
        (a, b), (c, d) = _ordinals(wanted), _ordinals(given)
        shared = min(b, d) - max(a, c) + 1
        if shared <= 0:
            return 0.0
        score = 1.0 + shared / (max(b, d) - min(a, c) + 1)
    return score + 0.5 * bool(wanted["type"] == given["type"]) + 0.2 * bool(wanted["status"] == given["status"])


def f1(right: int, wanted: int, given: int) -> tuple[float, float, float]:
    """Return precision, recall and their harmonic mean; 0 where there is nothing to divide by."""
    precision, recall = right / given if given else 0.0, right / wanted if wanted else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def overlap(x: Row, y: Row) -> int:
    return int(min(x["end_char"], y["end_char"]) - max(x["start_char"], y["start_char"]))


def _days(row: Row) -> tuple[str | None, str | None]:
    return row["start"], row["end"]


def _ordinals(row: Row) -> tuple[int, int]:
    return date.fromisoformat(row["start"] or FIRST).toordinal(), date.fromisoformat(row["end"] or LAST).toordinal()


def _who(row: Row) -> set[str]:
    return {code.lower() for code in row["participants"]}
