"""`python -m bench.fuzz_articles [COUNT] [--seed N] [--processes N] [--target NAME …]`: fuzz with hostile articles.

Hundreds of thousands of articles pass through all steps without a database: post, cleaning, dates, events, resolving,
markup; and hostile feeds, up to the entries that would be stored.

Whatever raises, gives wrong offsets, or lets an untrusted tag through to the page is printed with the seed that
reproduces it: `python -m bench.fuzz_articles 1 --seed SEED`. Same seed and same rules, same article.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, NamedTuple

import django
from tqdm import tqdm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from bench.hostile_text import STRANGE, ZONES, moment_of, text_of  # noqa: E402
from timeline.display.dates import span_words  # noqa: E402
from timeline.display.extraction_json import reading_json  # noqa: E402
from timeline.display.markup import article_markup, claim_markup, title_markup  # noqa: E402
from timeline.extraction.cleaning import CONTROL, clean  # noqa: E402
from timeline.fetching.posts import PostError, RawArticle, parse_post  # noqa: E402
from timeline.models import Article, Claim, Source  # noqa: E402
from timeline.pipeline.claims import claim_value, claims_in, read  # noqa: E402
from timeline.resolution.resolve import resolve  # noqa: E402
from timeline.validation.characters import is_storable  # noqa: E402

CHUNK = 500  # articles a process takes at once; those of one chunk are resolved together
from bench.fuzz_feeds import feed, holds  # noqa: E402

SLOW = 5.0  # seconds of the processor that no article of this size may take
SHOWN = 20  # problems that are printed
OWN_TAGS = re.compile(r'</?(?:mark|p|a|sup)(?: (?:class|title|href|id|aria-label)="[^"<>]*")*>')

STAMPS = ("0", "-1", "1597877799000", "253402300799000", "-62135596800000", "9" * 20, "-" + "9" * 19, "1e9", "", "abc")


class Problem(NamedTuple):
    seed: int
    what: str


# --- what is made -------------------------------------------------------------------------------


# --- what is done with it -----------------------------------------------------------------------


def article(chance: random.Random) -> list[Claim]:
    """Run one article through all steps; return its claims, unsaved."""
    markup, title = text_of(chance), text_of(chance)[:80]
    text = clean(markup, title)
    holds(CONTROL.search(text) is None, "control characters are left in the text")
    row = Article(
        pk=chance.randrange(1, 1 << 40),
        source=Source(pk=chance.randint(1, 9), slug="one", name=title, zone=chance.choice(ZONES)),
        url=f"https://one.example/{chance.random()}",
        url_digest=hashlib.sha256(str(chance.random()).encode()).hexdigest(),
        title=title.encode("utf-8", "ignore").decode(),
        published=moment_of(chance),
        text=text,
    )
    reading = read(row)
    for found in reading.expressions:
        holds(text[found.start_char : found.end_char] == found.text, f"an expression stands elsewhere: {found}")
        holds(not (found.start and found.end and found.start > found.end), f"days run backwards: {found}")
    claims = claims_in(row, reading)
    row.expressions = [_plain(e._asdict()) for e in reading.expressions]
    row.title_expressions = [_plain(e._asdict()) for e in reading.title_expressions]
    reading_json(reading, text)
    for claim in claims:
        claim.pk = chance.randrange(1, 1 << 40)
        claim.event_id = "e1"
        holds(text[claim.evidence_start : claim.evidence_end] == claim.evidence, "evidence does not stand in the text")
        _is_inert(claim_markup(claim))
        span_words(claim.when)
    _is_inert(title_markup(row))
    _is_inert(article_markup(row, claims, {"e1": title}))
    return claims


def _is_inert(markup: str) -> None:
    rest = OWN_TAGS.sub("", markup)
    holds("<" not in rest and ">" not in rest, f"a tag of a stranger on the page: {rest[:200]!r}")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}


def post(chance: random.Random) -> list[Claim]:
    """Parse the bytes of a post file: refused with a reason, or an article."""
    stamp, url = (
        chance.choice(STAMPS),
        chance.choice(("https://one.example/1", "javascript:x", "http://[::1", "//x", "")),
    )
    head = chance.choice(("", "---\n", f"---\ntitle: {text_of(chance)[:90]}\ndate: {chance.choice(STRANGE)}\n---\n"))
    words = f"{head}<!--{stamp}-->\n[{text_of(chance)[:90]}]({url})\n{'-' * chance.randint(0, 5)}\n{text_of(chance)}"
    data = words.encode(chance.choice(("utf-8", "gb18030", "utf-16", "big5")), "replace")
    if chance.random() < 0.3:
        cut = chance.randint(0, len(data))
        data = data[:cut] + chance.randbytes(chance.randint(0, 4)) + data[cut + chance.randint(0, 3) :]
    try:
        raw = parse_post(data, "x.md")
    except PostError as refused:
        holds(bool(str(refused)), "refused without a reason")
        return []
    _is_storable(raw)
    clean(raw.markup, raw.title)
    return []


def _is_storable(raw: RawArticle) -> None:
    holds(raw.published.tzinfo is not None and 1900 <= raw.published.year <= 2100, "a moment outside the calendar")
    holds(raw.url.startswith(("http://", "https://")) and len(raw.url) <= 2000, f"an address: {raw.url[:80]!r}")
    holds(0 < len(raw.title) <= 500, "a title that no column holds")
    holds(is_storable([raw.title, raw.url, raw.author, raw.markup]), "a character that no column holds")


# By name. A target takes a random generator, makes its own input and returns the claims read in it (or none); it
# raises where a promise does not hold.
TARGETS: dict[str, Callable[[random.Random], list[Claim]]] = {"article": article, "post": post, "feed": feed}
WEIGHTS = {"post": 0.1, "feed": 0.3}  # the share of the articles; the others take the rest in equal parts


# --- doing it -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """The result of one chunk."""

    count: int
    claims: int
    events: int
    slowest: tuple[float, int]
    problems: list[Problem]


def chunk(seeds: Sequence[int], targets: Sequence[str]) -> Done:
    """Run the articles of these seeds, and resolve their claims, key by key."""
    problems, claims, slowest = list[Problem](), list[Claim](), (0.0, 0)
    for seed in seeds:
        chance = random.Random(seed)
        begun = time.process_time()
        try:
            claims += TARGETS[_target(chance, targets)](chance)
        except Exception:
            problems.append(Problem(seed, traceback.format_exc(limit=-6)))
        seconds = time.process_time() - begun
        if seconds > SLOW:
            problems.append(Problem(seed, f"took {seconds:.1f} s"))
        slowest = max(slowest, (seconds, seed))
    events, wrong = _resolved(claims, seeds[0])
    return Done(len(seeds), len(claims), events, slowest, problems + wrong)


def _target(chance: random.Random, targets: Sequence[str]) -> str:
    rest = [name for name in targets if name not in WEIGHTS]
    for name in targets:
        if name in WEIGHTS and (chance.random() < WEIGHTS[name] or not rest):
            return name
    return chance.choice(rest)


def _resolved(claims: Sequence[Claim], seed: int) -> tuple[int, list[Problem]]:
    of_key = defaultdict[str, list[Claim]](list)
    for claim in claims:
        of_key[claim.key].append(claim)
    found, problems = 0, list[Problem]()
    for key, of in of_key.items():
        try:
            said = [claim_value(claim) for claim in of]
            events = resolve(said)
            found += len(events)
            holds(events == resolve(reversed(said)), "the order of the claims changes the events")
            holds(sum(len(event.claims) for event in events) == len(of), "a claim is lost or doubled")
            for event in events:
                holds(bool(event.beliefs), "nothing is believed of an event")
                span_words(event.current.when)
        except Exception:
            problems.append(
                Problem(seed, f"resolving {key} of the chunk at this seed: {traceback.format_exc(limit=-6)}")
            )
    return found, problems


def run(count: int, first: int, processes: int, targets: Sequence[str]) -> int:
    """Fuzz, print the results and return the number of problems."""
    chunks = [range(start, min(start + CHUNK, first + count)) for start in range(first, first + count, CHUNK)]
    begun, claims, events, slowest = time.monotonic(), 0, 0, (0.0, 0)
    problems = list[Problem]()
    with ProcessPoolExecutor(processes) as pool, tqdm(total=count, unit=" articles", disable=None) as bar:
        for future in as_completed([pool.submit(chunk, seeds, targets) for seeds in chunks]):
            done = future.result()
            claims, events = claims + done.claims, events + done.events
            slowest = max(slowest, done.slowest)
            problems += done.problems
            bar.update(done.count)
    for problem in problems[:SHOWN]:
        print(f"--- seed {problem.seed}\n{problem.what}")
    print(
        f"{count:,} articles in {time.monotonic() - begun:.0f} s with {processes} processes: {claims:,} claims, "
        f"{events:,} events; the slowest took {slowest[0] * 1000:.0f} ms (seed {slowest[1]}); "
        f"{len(problems)} problems"
    )
    return len(problems)


def main() -> int:
    parser = argparse.ArgumentParser(description="Hostile articles through everything that reads them.")
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first article; the next has the next number")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--target", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    options = parser.parse_args()
    return 1 if run(options.count, options.seed, options.processes, options.target) else 0


if __name__ == "__main__":
    sys.exit(main())
