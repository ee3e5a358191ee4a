"""Hostile texts: sentences of the rules, cut, mixed, doubled and damaged, with markup and strange characters."""

from __future__ import annotations

import random
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bench.pumping import Attack, attacks

RULES = Path(__file__).resolve().parents[1] / "timeline" / "extraction"
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris")
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
