"""Score against the hand-annotated articles: the annotators' own scorer, with its list of misses.

Their texts are read as they stand: how an article is cleaned is no matter of this.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.corpus import shared
from timeline.extraction import Article, read_article
from timeline.fetching.newsrooms import newsroom_of
from timeline.fetching.posts import parse_post


def run() -> str:
    gold = shared("gold/dev.jsonl")
    with TemporaryDirectory() as folder:
        predictions = Path(folder) / "predictions.jsonl"
        rows = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
        predictions.write_text("".join(json.dumps(_read(row), default=str) + "\n" for row in rows), "utf-8")
        scorer = [sys.executable, str(shared("gold/score_gold.py")), str(gold), str(predictions), "--misses", "200"]
        return subprocess.run(scorer, capture_output=True, text=True, check=True).stdout


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is read in the text of one annotated article, with the address and time of its post."""
    name = row["article"]
    path = shared(name if name.startswith("corpus") else f"gold/articles/{Path(name).name}")
    raw = parse_post(path.read_bytes(), path.stem)
    zone = newsroom_of(raw.url, raw.author).zone
    reading = read_article(Article(raw.title, row["text"], raw.published, zone, raw.url))
    of_event = ("kind", "type", "participants", "status", "evidence")
    return {
        "id": row["id"],
        "text": row["text"],
        "expressions": [e._asdict() | {"reasons": ()} for e in reading.expressions],
        "events": [
            {name: getattr(e, name) for name in of_event} | {"start": e.when.start, "end": e.when.end}
            for e in reading.events
        ],
    }
