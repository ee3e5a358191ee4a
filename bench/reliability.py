"""How often what is read with a probability is an event: articles held out, as a table and a diagram for the docs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime, time
from math import sqrt
from typing import Any

from bench.matching import match_events
from bench.postgres import ROOT
from bench.table import table
from bench.written_articles import LANGUAGES, Article, load
from timeline.extraction.article import Article as ToRead
from timeline.extraction.article import EventMention
from timeline.extraction.events.learnt.network import Network, network
from timeline.extraction.events.learnt.site import using
from timeline.extraction.reader import read_article

DIAGRAM = ROOT / "docs" / "reliability.svg"
LEAST = 0.1  # from which on readings are looked at
BINS = [(n / 10, (n + 1) / 10) for n in range(1, 10)]
SIDE, EDGE = 320, 44  # of the diagram, in pixels
Z = 1.96  # of the normal distribution, for intervals that hold 95 %


def run() -> str:
    judged = [row for language in sorted(LANGUAGES) for row in _judged(language)]
    read = [(p, right) for _, p, right, _ in judged if p is not None]
    bins = [_bin(low, high, read) for low, high in BINS]
    DIAGRAM.write_text(_diagram(bins), "utf-8")
    rows = [[f"{low:.1f}–{high:.1f}", n, right, *_share(right, n)] for low, high, n, right, _ in bins]
    head = table(["probability", "read", "of them events", "share", "95 %"], rows)
    return head + "\n" + _by_type(judged)


def _judged(language: str) -> Iterator[tuple[str, float | None, bool, str]]:
    """Yield language, probability (None: not read), whether right, and type of each reading and each missed event."""
    for article in load(language, "heldout"):
        wanted, events = article["events"], _read(article)
        given = [_row(e) for e in events]
        matched = {j: i for i, j, _ in match_events(wanted, given)}
        for j, event in enumerate(events):
            if j not in matched or not wanted[matched[j]]["optional"]:
                yield language, event.probability if event.probability is not None else 1.0, j in matched, event.type
        for i, one in enumerate(wanted):
            if i not in matched.values() and not one["optional"]:
                yield language, None, False, one["type"]


def _read(article: Article) -> Sequence[EventMention]:
    noon = datetime.combine(date.fromisoformat(article["anchor"]), time(12), UTC)
    with using(_loose()):
        return read_article(ToRead(article["title"], article["text"], noon, language=article["language"])).events


def _loose() -> Network:
    """Return the shipped network with thresholds that let nearly all through."""
    loose = copy(network())
    loose.thresholds = {language: {"lower": LEAST, "upper": LEAST} for language in loose.thresholds}
    return loose


def _row(e: EventMention) -> Mapping[str, Any]:
    days = {"start": e.when.start and e.when.start.isoformat(), "end": e.when.end and e.when.end.isoformat()}
    return {"kind": e.kind, "type": e.type, "participants": e.participants, "status": e.status, **days}


def _bin(low: float, high: float, read: Sequence[tuple[float, bool]]) -> tuple[float, float, int, int, float]:
    """Return the bounds, how many were read, how many are right, and their mean probability."""
    inside = [(p, right) for p, right in read if low <= p < high or p == high == 1]
    mean = sum(p for p, _ in inside) / len(inside) if inside else (low + high) / 2
    return low, high, len(inside), sum(right for _, right in inside), mean


def _share(right: int, n: int) -> tuple[str, str]:
    if not n:
        return "", ""
    low, high = _interval(right, n)
    return f"{right / n:.2f}", f"{low:.2f}–{high:.2f}"


def _interval(right: int, n: int) -> tuple[float, float]:
    """Return the interval of Wilson's score of a share."""
    share, room = right / n, Z * Z / n
    middle = (share + room / 2) / (1 + room)
    half = Z / (1 + room) * sqrt(share * (1 - share) / n + room / (4 * n))
    return middle - half, middle + half


def _by_type(judged: Sequence[tuple[str, float | None, bool, str]]) -> str:
    """Return what is missed and what is superfluous at the thresholds of the shipped weights, by type."""
    lower = {language: network().thresholds[language]["lower"] for language in LANGUAGES}
    n: Counter[tuple[str, str]] = Counter()
    for language, p, right, kind in judged:
        read = p is not None and p >= lower[language]
        what = "found" if read and right else "superfluous" if read else "below" if right else "missed"
        if p is None or read or right:
            n[kind, what] += 1
    kinds = sorted({kind for kind, _ in n}, key=lambda kind: -n[kind, "found"])
    names = ("found", "below", "missed", "superfluous")
    rows = [[kind, *(n[kind, what] for what in names)] for kind in kinds]
    return table(["type", "found", "read below the threshold", "not read", "superfluous"], rows)


def _diagram(bins: Sequence[tuple[float, float, int, int, float]]) -> str:
    """Return the diagram as SVG: the share of events over the probability, with intervals; on the line both agree."""
    span, middle = SIDE - 2 * EDGE, SIDE // 2

    def x(value: float) -> float:
        return round(EDGE + span * value, 1)

    def y(value: float) -> float:
        return round(SIDE - EDGE - span * value, 1)

    style = "text{font:11px sans-serif;fill:#555}line{stroke:#888}.interval{stroke:#1f5fa8}circle{fill:#1f5fa8}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img">',
        "<title>How often what is read with a probability is an event</title>",
        f'<style>{style}</style><rect width="{SIDE}" height="{SIDE}" fill="#fff"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke-dasharray="4 3"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(0)}"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(0)}" y2="{y(1)}"/>',
        f'<text x="{middle}" y="{SIDE - 8}" text-anchor="middle">probability that the reader gives</text>',
        f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">share of events</text>',
    ]
    for tick in (0, 0.5, 1):
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 15}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{x(0) - 6}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for _, _, n, right, mean in bins:
        if n:
            low, high = _interval(right, n)
            line = f'x1="{x(mean)}" y1="{y(low)}" x2="{x(mean)}" y2="{y(high)}"'
            parts.append(f'<line class="interval" {line}/><circle cx="{x(mean)}" cy="{y(right / n)}" r="4"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
