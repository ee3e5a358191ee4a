"""Find the calendar entries that an archive reports at all: the day, the participants, and for elections the word.

A search without any rule of events, so that the score can separate what was not read from what was never written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tqdm import tqdm

from bench.corpus import texts
from timeline.extraction.dates import find
from timeline.extraction.gazetteer import find_mentions
from timeline.extraction.script import fold

STOP = re.compile("[。!?！？\n]")
VOTE = re.compile("选|公投|投票")
REACH = 400  # characters of a sentence on each side of its day


def told(known: Mapping[str, Sequence[Mapping[str, Any]]]) -> Counter[str]:
    """Return, by name of the entry, the number of posts with such a sentence."""
    entries = [(kind, e) for kind in ("election", "alliance") for e in known[kind]]
    by_day: dict[date, list[tuple[str, Mapping[str, Any]]]] = {}
    for kind, e in entries:
        for day in {e["day"], e.get("until", e["day"]), *e.get("other_days", [])}:
            by_day.setdefault(day, []).append((kind, e))
    found: Counter[str] = Counter()
    for text in tqdm(texts(), total=20_000, unit="post", leave=False):
        here = set()
        for x in find(text.text, text.anchor, leave_out=text.leave_out):
            if x.start is None or x.start != x.end or x.start not in by_day:
                continue
            sentence = _sentence(text.text, x.start_char, x.end_char)
            codes = {c for m in find_mentions(sentence, text.anchor) for c in m.codes}
            here |= {e["name"] for kind, e in by_day[x.start] if _names(kind, e, codes, fold(sentence))}
        found.update(here)
    return found


def _sentence(text: str, start: int, end: int) -> str:
    before = [m.end() for m in STOP.finditer(text, max(0, start - REACH), start)]
    behind = STOP.search(text, end, end + REACH)
    return text[before[-1] if before else max(0, start - REACH) : behind.start() if behind else end + REACH]


def _names(kind: str, entry: Mapping[str, Any], codes: set[str], folded: str) -> bool:
    if kind == "election":
        return entry["country"] in codes and VOTE.search(folded) is not None
    blocs, listed = set(entry.get("blocs", [])), set(entry.get("or_participants", []))
    return set(entry.get("participants", [])) <= codes and (blocs <= codes or bool(listed and listed <= codes))
