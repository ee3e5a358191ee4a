"""Measure characters a second on one core, texts in memory, beside peers and bare scans in the same run.

The peers have an environment of their own (.venv-bench); they are no dependency of newsdesk.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.corpus import Text, sample
from bench.table import table
from timeline.extraction.dates import find
from timeline.extraction.dates.grammar import grammar

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv-bench"
PACKAGES = ["jionlp==1.5.31", "dateparser==1.5.0", "google-re2==1.1.20251105", "pyahocorasick==2.3.1"]
TEXTS, EVERY = 400, 50
ROUNDS = 5
SLOW = {"JioNLP", "dateparser search"}  # these get a quarter of the texts
PEERS = ("JioNLP", "dateparser search", "re, words alone", "google-re2, words alone", "Aho-Corasick, words alone")


def run() -> str:
    corpus = sample(TEXTS, EVERY)
    _environment()
    rates: dict[str, list[float]] = {}
    with TemporaryDirectory() as folder:
        job = Path(folder) / "job.json"
        for _ in range(ROUNDS):
            rates.setdefault("newsdesk", []).append(_own(corpus))
            for peer in PEERS:
                if peer in SLOW and len(rates.get(peer, [])) >= 3:
                    continue
                rates.setdefault(peer, []).append(_peer(peer, corpus, job))
    own = statistics.median(rates["newsdesk"])
    rows = [
        [name, f"{statistics.median(values) / 1e6:.3f}", f"{own / statistics.median(values):.1f}×", len(values)]
        for name, values in rates.items()
    ]
    characters = sum(len(t.text) for t in corpus)
    head = ["", "million characters a second", "newsdesk is", "rounds"]
    return table(head, rows) + f"\n{len(corpus)} articles, {characters:,} characters, one core, medians.\n"


def _own(corpus: Sequence[Text]) -> float:
    find(corpus[0].text, corpus[0].anchor)
    begun = time.perf_counter()
    for text in corpus:
        find(text.text, text.anchor, leave_out=text.leave_out)
    return sum(len(t.text) for t in corpus) / (time.perf_counter() - begun)


def _peer(peer: str, corpus: Sequence[Text], job: Path) -> float:
    texts = corpus[::4] if peer in SLOW else corpus
    words = sorted({w for part in grammar("zh").tables.values() for w in part.table or () if len(w) > 1})
    job.write_text(json.dumps({"texts": [[t.text, t.anchor.isoformat()] for t in texts], "words": words}), "utf-8")
    command = [str(ENVIRONMENT / "bin" / "python"), "-P", str(ROOT / "bench" / "peers.py"), peer, str(job)]
    seconds = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
    return sum(len(t.text) for t in texts) / seconds


def _environment() -> None:
    stamp = ENVIRONMENT / ".installed"
    if stamp.exists() and stamp.read_text() == "\n".join(PACKAGES):
        return
    print(f"installing the peers into {ENVIRONMENT.name}", file=sys.stderr)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PACKAGES], check=True)
    stamp.write_text("\n".join(PACKAGES))
