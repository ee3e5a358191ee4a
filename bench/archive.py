"""List the date expressions of the 20,000 posts: the odd ones, the frequent ones, and those that no rule took."""

from __future__ import annotations

import re
import resource
from collections import Counter, defaultdict

from tqdm import tqdm

from bench.corpus import texts
from bench.table import OUT, table
from timeline.extraction.dates import find
from timeline.extraction.script import fold

FIRST, LAST = 1000, 2200  # years that a text must have named itself
MOST = 200
NUMBERS = "0-9〇零一二三四五六七八九十百千两廿卅"
UNITS = "个多|个|季|年|月|日|号|天|周|星期|礼拜|世纪"
UNTAKEN = re.compile(f"[第每几数]?[{NUMBERS}]+[多余几]?(?:{UNITS})[年月日天周期末底初内前后来份度代]?")


def run() -> str:
    surfaces: dict[str, Counter[str]] = defaultdict(Counter)
    untaken: Counter[str] = Counter()
    odd: list[list[object]] = []
    posts = expressions = 0
    for text in tqdm(texts(), total=20_000, unit="post", leave=False):
        posts += 1
        taken: list[tuple[int, int]] = list(text.leave_out)
        for e in find(text.text, text.anchor, leave_out=text.leave_out):
            expressions += 1
            surfaces[e.rule][fold(e.text)] += 1
            taken.append((e.start_char, e.end_char))
            for day in (e.start, e.end):
                if day is not None and not FIRST <= day.year <= LAST and not _says(fold(e.text), day.year):
                    odd.append([text.name, e.text, e.start, e.end, e.rule])
        untaken.update(_untaken(fold(text.text), sorted(taken)))
    OUT.mkdir(parents=True, exist_ok=True)
    with (OUT / "surfaces.txt").open("w", encoding="utf-8") as out:
        for rule in sorted(surfaces, key=lambda name: -surfaces[name].total()):
            out.write(f"\n{surfaces[rule].total():7} {rule}\n")
            out.write("        " + " ".join(f"{s}·{n}" for s, n in surfaces[rule].most_common(MOST)) + "\n")
    with (OUT / "untaken.txt").open("w", encoding="utf-8") as out:
        out.writelines(f"{n:6} {surface}\n" for surface, n in untaken.most_common(5 * MOST))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures = [[posts, expressions, len(surfaces), len(odd), f"{memory} MiB"]]
    head = ["posts", "expressions", "rules and chains", "years that no text named", "most memory"]
    odd_rows = "\n" + table(["post", "surface", "start", "end", "rule"], odd[:MOST]) if odd else ""
    return table(head, figures) + odd_rows + f"\nFor reading: {OUT}/surfaces.txt and untaken.txt\n"


def _says(surface: str, year: int) -> bool:
    """Return whether the text names the year itself, or a number of years from now."""
    return str(year) in surface or re.search(f"[{NUMBERS}]{{2,}}[多余]?年", surface) is not None


def _untaken(text: str, taken: list[tuple[int, int]]) -> list[str]:
    out, index = [], 0
    for match in UNTAKEN.finditer(text):
        while index < len(taken) and taken[index][1] <= match.start():
            index += 1
        if index == len(taken) or taken[index][0] >= match.end():
            out.append(match.group())
    return out
