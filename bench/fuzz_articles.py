"""`python -m bench.fuzz_articles [COUNT] [--seed N] [--processes N] [--target NAME …]`: fuzz with hostile articles.

Hundreds of thousands of articles pass through all steps without a database: post, cleaning, dates, events, resolving,
markup; and hostile feeds, up to the entries that would be stored.

Whatever raises, gives wrong offsets, or lets an untrusted tag through to the page is printed with the seed that
reproduces it: `python -m bench.fuzz_articles 1 --seed SEED`. Same seed and same rules, same article.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
import random
import re
import sys
import time
import tomllib
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import django
from tqdm import tqdm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from bench.pumping import Attack, attacks  # noqa: E402
from timeline.display.dates import span_words  # noqa: E402
from timeline.display.extraction_json import reading_json  # noqa: E402
from timeline.display.markup import article_markup, claim_markup, title_markup  # noqa: E402
from timeline.extraction.cleaning import CONTROL, clean  # noqa: E402
from timeline.fetching import dates  # noqa: E402
from timeline.fetching.feeds import NoFeedError, parse_feed  # noqa: E402
from timeline.fetching.identity import named  # noqa: E402
from timeline.fetching.pages import NoArticleError  # noqa: E402
from timeline.fetching.pages import article_markup as article_markup_of_page  # noqa: E402
from timeline.fetching.posts import PostError, RawArticle, parse_post  # noqa: E402
from timeline.fetching.sanitize import sanitize  # noqa: E402
from timeline.models import Article, Claim, Source  # noqa: E402
from timeline.pipeline.claims import claim_value, claims_in, read  # noqa: E402
from timeline.resolution.resolve import resolve  # noqa: E402
from timeline.validation.characters import is_storable  # noqa: E402

RULES = Path(__file__).resolve().parents[1] / "timeline" / "extraction"
CHUNK = 500  # articles a process takes at once; those of one chunk are resolved together
SLOW = 5.0  # seconds of the processor that no article of this size may take
SHOWN = 20  # problems that are printed
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris")
OWN_TAGS = re.compile(r'</?(?:mark|p|a|sup)(?: (?:class|title|href|id|aria-label)="[^"<>]*")*>')

MARKUP = (
    *("<p>", "</p>", "<div>", "<ul><li>", "</li></ul>", "<br>", "<table><tr><td>", "<!--", "-->", "<![CDATA[", "]]>"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<a href='javascript:x'>"),
    *("<style>*{}</style>", "<p class=advert>", '<div hidden="', "</body>", "<template>", "<math><mi>", "<p " * 9),
    *("&lt;", "&#x1F600;", "&#0;", "&#xD800;", "&amp;amp;", "&nbsp;", "&", "&#99999999999;", "<", ">", "</", "<a<b>"),
)
STRANGE = (
    *("\x00", "\x1b[31m", "\u202e", "\u200b", "\ufeff", "\ud800", "\U0001f1ec\U0001f1e7", "e\u0301", "\u3000", "\xa0"),
    *("\U00020bb7", "\u2028", "\r\n", "\n\n\n", "\t", "\x85", "ﷺ", "٣", "２０２４", "Ⅷ", "㊀", "零", "〇", "廿", "卅"),
    *(
        "9" * 40,
        "0年0月0日",
        "9999年12月31日",
        "13月32日",
        "1年",
        "10000年后",
        "负三天",
        "-1年前",
        "P999Y",
        "2/30/2024",
    ),
    *(
        "10000周前",
        "百万年后",
        "９９９９９年",
        "公元前1年",
        "民国0年",
        "in 99999 years",
        "the next 0 days",
        "周八",
        "1/0",
    ),
    *(
        "“",
        "”",
        "（",
        "）",
        "【",
        "】",
        "《",
        "》",
        "、",
        "，",
        "。",
        "；",
        "——",
        "至",
        "到",
        "-",
        "~",
        "'",
        '"',
        "\\",
        "{{",
        "%s",
    ),
)
STAMPS = ("0", "-1", "1597877799000", "253402300799000", "-62135596800000", "9" * 20, "-" + "9" * 19, "1e9", "", "abc")


class Problem(NamedTuple):
    seed: int
    what: str


# --- what is made -------------------------------------------------------------------------------


@cache
def phrases() -> tuple[str, ...]:
    """Return every word, pattern and example of the rules and the gazetteer: what the readers react to."""
    found: set[str] = set()
    for path in sorted(RULES.rglob("*.toml")):
        with path.open("rb") as file:
            found.update(_strings(tomllib.load(file)))
    return tuple(sorted(found))


@cache
def sentences() -> tuple[str, ...]:
    return tuple(phrase for phrase in phrases() if 12 <= len(phrase) <= 200)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def text_of(chance: random.Random) -> str:
    """Return sentences of the examples, cut, mixed, doubled and damaged; now and then only noise."""
    parts = [_part(chance) for _ in range(chance.choice((1, 2, 3, 5, 8, 13, 21)))]
    text = "".join(parts)
    for _ in range(chance.choice((0, 0, 1, 2, 5))):
        text = _spoilt(text, chance)
    return text * chance.choice((1,) * 30 + (2, 40)) if len(text) < 300 else text


@cache
def pumped() -> tuple[Attack, ...]:
    """Return texts that are slow for the patterns in newsdesk's modules."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith(("timeline.", "newsdesk."))]
    patterns = dict.fromkeys(p for m in modules for p in vars(m).values() if isinstance(p, re.Pattern))
    return tuple(attack for pattern in patterns for attack in attacks(pattern))


def _part(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.03:
        return chance.choice(pumped()).text(chance.choice((10, 100, 100, 1_000)))
    if kind < 0.45:
        return chance.choice(sentences())
    if kind < 0.75:
        return "".join(chance.choice(phrases()) for _ in range(chance.randint(1, 4)))
    if kind < 0.85:
        return chance.choice(MARKUP)
    if kind < 0.95:
        return chance.choice(STRANGE)
    return "".join(chr(_point(chance)) for _ in range(chance.randint(1, 30)))


def _point(chance: random.Random) -> int:
    """Return a code point, sometimes a surrogate: a JSON text may contain one."""
    return chance.choice((chance.randrange(0x80), chance.randrange(0x4E00, 0xA000), chance.randrange(0x110000)))


def _spoilt(text: str, chance: random.Random) -> str:
    at = chance.randint(0, len(text))
    to = min(len(text), at + chance.randint(0, 12))
    act = chance.randrange(5)
    if act == 0:
        return text[:at] + text[to:]
    if act == 1:
        return text[:to] + text[at:]
    if act == 2:
        return text[:at] + chance.choice(STRANGE + MARKUP) + text[at:]
    if act == 3:
        return text[:at] + text[at:to][::-1] + text[to:]
    return text[:at] + chance.choice(phrases()) + text[to:]


def moment_of(chance: random.Random) -> datetime:
    """Return a moment that a checked article may have: the years 1900 to 2100, often their first and last moments."""
    first, last = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)
    if chance.random() < 0.1:
        return chance.choice((first, last, datetime(2024, 2, 29, 23, 59, tzinfo=UTC)))
    if chance.random() < 0.7:
        return datetime(2024, 3, 20, tzinfo=UTC) + timedelta(minutes=chance.randint(-800_000, 800_000))
    return first + timedelta(seconds=chance.randint(0, int((last - first).total_seconds())))


# --- what is done with it -----------------------------------------------------------------------


class Broken(AssertionError):
    """A promise about the output does not hold."""


def holds(fact: bool, what: str) -> None:
    if not fact:
        raise Broken(what)


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
    for told in reading.expressions:
        holds(text[told.start_char : told.end_char] == told.text, f"an expression does not stand where it says: {told}")
        holds(not (told.start and told.end and told.start > told.end), f"days run backwards: {told}")
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


RDF = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
FEEDS = (
    ("<rss version='2.0'><channel><title>{}</title><link>{}</link>", "</channel></rss>"),
    ("<feed xmlns='http://www.w3.org/2005/Atom'><title>{}</title><link href='{}'/>", "</feed>"),
    (RDF + "<channel><title>{}</title><link>{}</link></channel>", "</rdf:RDF>"),
    ('{{"version": "https://jsonfeed.org/version/1.1", "title": "{}", "home_page_url": "{}", "items": [', "]}"),
    ("<!DOCTYPE rss [<!ENTITY a '{}'><!ENTITY b SYSTEM '{}'>]><rss><channel>&a;&b;", "</channel></rss>"),
)
ENTRIES = (
    "<item><title>{}</title><link>{}</link><guid>{}</guid><pubDate>{}</pubDate><description>{}</description></item>",
    "<entry><title>{}</title><link href='{}'/><id>{}</id><updated>{}</updated><summary>{}</summary></entry>",
    '{{"title": "{}", "url": "{}", "id": "{}", "date_published": "{}", "content_html": "{}"}}',
    "<item><title><![CDATA[{}]]></title><link/>{}<guid>{}</guid><dc:date>{}</dc:date><p:encoded>{}</p:encoded></item>",
)
DATES = (
    *("2024-05-03T10:00:00Z", "Fri, 03 May 2024 10:00:00 +0800", "2024年5月3日 10:00", "0000-00-00", "12/13/14", "-1"),
    *("Fri, 99 May 2024 25:61:61 GMT", "2024-05-03T10:00:00+99:99", "", "2024-05-03 10:00 CST", "9999-12-31T23:59:60Z"),
)
LINKS = ("https://one.example/1", "/2?a=1#b", "javascript:x", "http://[::1", "//x", "", "http://a:99999/", "data:,x")
ELEMENT = re.compile(r'<([a-z][^\s/>]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*/?>', re.I)
ATTRIBUTE = re.compile(r'([^\s=>]+)="([^"]*)"')
LIVE = frozenset("script style iframe object embed svg math form base meta link".split())
SCRIPT = re.compile(r"[\x00-\x20]*javascript\s*:", re.I)  # what a browser leaves out before a scheme
CLOCKS: tuple[dates.Clock, ...] = ("stated", "local")
NOW = datetime(2024, 5, 4, tzinfo=UTC)


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def feed(chance: random.Random) -> list[Claim]:
    """Parse the bytes of a feed, its entries and their pages: refused with a reason, or entries that can be stored."""
    (head, foot), form, safe = chance.choice(FEEDS), chance.choice(ENTRIES), chance.random() < 0.7
    written = _json if head.startswith("{{") else html.escape

    def some(text: str) -> str:
        return written(text) if safe else text

    parts = [
        (text_of(chance)[:90], chance.choice(LINKS), chance.choice(LINKS), chance.choice(DATES), text_of(chance))
        for _ in range(chance.randint(0, 4))
    ]
    entries = [form.format(*map(some, part)) for part in parts]
    words = head.format(some(text_of(chance)[:60]), some(chance.choice(LINKS))) + ",".join(entries) + foot
    data = words.encode(chance.choice(("utf-8", "utf-8", "gb18030", "utf-16", "big5")), "replace")
    if chance.random() < 0.3:
        cut = chance.randint(0, len(data))
        data = data[:cut] + chance.randbytes(chance.randint(0, 4)) + data[cut + chance.randint(0, 3) :]
    kind = chance.choice(("", "text/xml; charset=gb2312", "application/json", "text/html;charset=\xff"))
    try:
        parsed = parse_feed(data, kind, "https://one.example/feed")
    except NoFeedError as refused:
        holds(bool(str(refused)), "refused without a reason")
        return []
    named_entries = named(parsed.entries, parsed.home or "https://one.example/feed", chance.choice(("link", "id")))
    holds(len({one.url for one in named_entries}) == len(named_entries), "two entries of one address")
    for one in named_entries:
        moment = dates.entry_date(one.entry.date, NOW, ZoneInfo(chance.choice(ZONES)), chance.choice(CLOCKS)).moment
        holds(
            moment.tzinfo is not None and moment <= NOW + dates.AHEAD,
            f"a moment ahead of the clock: {one.entry.date!r}",
        )
        holds(one.url.startswith(("http://", "https://")), f"an address: {one.url[:80]!r}")
        markup = sanitize(one.entry.markup)
        holds(not _lives(markup), f"markup that lives: {markup!r}")
        holds(CONTROL.search(clean(markup, one.entry.title)) is None, "control characters are left in the text")
    if chance.random() < 0.05:
        try:
            article_markup_of_page(data, "text/html", "https://one.example/1")
        except NoArticleError as refused:
            holds(bool(str(refused)), "a page refused without a reason")
    return []


def _lives(markup: str) -> bool:
    """Return whether sanitised markup, with all values in double quotes, contains anything that a browser would run."""
    for name, attributes in ELEMENT.findall(markup):
        told = ATTRIBUTE.findall(attributes)
        if name.lower() in LIVE or any(a.startswith("on") or SCRIPT.match(html.unescape(v)) for a, v in told):
            return True
    return False


# What is knocked at, by name. A target takes a source of chance, makes its own input and gives the claims that came of
# it (or none); it raises where a promise does not hold. A new door adds itself here.
TARGETS: dict[str, Callable[[random.Random], list[Claim]]] = {"article": article, "post": post, "feed": feed}
WEIGHTS = {"post": 0.1, "feed": 0.3}  # the share of the articles; the others take the rest in equal parts


# --- doing it -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """The result of one chunk."""

    count: int
    claims: int
    happenings: int
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
    happenings, wrong = _resolved(claims, seeds[0])
    return Done(len(seeds), len(claims), happenings, slowest, problems + wrong)


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
            told = resolve(said)
            found += len(told)
            holds(told == resolve(reversed(said)), "the order of the claims changes what is told")
            holds(sum(len(happening.claims) for happening in told) == len(of), "a claim is lost or doubled")
            for happening in told:
                holds(bool(happening.beliefs), "nothing is believed of a happening")
                span_words(happening.current.when)
        except Exception:
            problems.append(
                Problem(seed, f"resolving {key} of the chunk at this seed: {traceback.format_exc(limit=-6)}")
            )
    return found, problems


def run(count: int, first: int, processes: int, targets: Sequence[str]) -> int:
    """Fuzz, print the results and return the number of problems."""
    chunks = [range(start, min(start + CHUNK, first + count)) for start in range(first, first + count, CHUNK)]
    begun, claims, happenings, slowest = time.monotonic(), 0, 0, (0.0, 0)
    problems = list[Problem]()
    with ProcessPoolExecutor(processes) as pool, tqdm(total=count, unit=" articles", disable=None) as bar:
        for future in as_completed([pool.submit(chunk, seeds, targets) for seeds in chunks]):
            done = future.result()
            claims, happenings = claims + done.claims, happenings + done.happenings
            slowest = max(slowest, done.slowest)
            problems += done.problems
            bar.update(done.count)
    for problem in problems[:SHOWN]:
        print(f"--- seed {problem.seed}\n{problem.what}")
    print(
        f"{count:,} articles in {time.monotonic() - begun:.0f} s with {processes} processes: {claims:,} claims, "
        f"{happenings:,} happenings; the slowest took {slowest[0] * 1000:.0f} ms (seed {slowest[1]}); "
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
