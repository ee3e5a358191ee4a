"""Score against the hand-annotated articles: the annotators' own scorer, with its list of misses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.corpus import shared

ROOT = Path(__file__).resolve().parents[1]


def run() -> str:
    gold = shared("gold/dev.jsonl")
    articles = [*sorted(shared("gold/articles").glob("*.md")), shared("corpus/rfi-aukus-2024-03-20.md")]
    with TemporaryDirectory() as folder:
        predictions = Path(folder) / "predictions.jsonl"
        with predictions.open("w", encoding="utf-8") as out:
            command = [sys.executable, "manage.py", "extract", *map(str, articles)]
            subprocess.run(command, stdout=out, check=True, cwd=ROOT)
        scorer = [sys.executable, str(shared("gold/score_gold.py")), str(gold), str(predictions), "--misses", "200"]
        return subprocess.run(scorer, capture_output=True, text=True, check=True).stdout
