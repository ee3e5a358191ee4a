"""Run by decisions.py against a fresh database: play a range of sequences and stop at the first that differs."""

from __future__ import annotations

import os
import sys
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from tqdm import tqdm  # noqa: E402

from bench.sequences import run  # noqa: E402


def main(first: int, count: int) -> None:
    done: Counter[str] = Counter()
    for number in tqdm(range(first, first + count), unit="sequence", file=sys.stderr, mininterval=10):
        done += run(number)
    print(", ".join(f"{n} × {act}" for act, n in done.most_common()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
