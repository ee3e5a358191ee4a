"""Marking up text: what was read where, as HTML. Everything is escaped, no stored offset is trusted."""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from timeline.display.reasons import stored_reason_words
from timeline.models import Article, Claim

LINE_BREAK = re.compile(r"\n\s*")


@dataclass(frozen=True, slots=True)
class Highlight:
    """A span of code points (half-open) with its class; `hint` is shown as the title attribute."""

    start: int
    end: int
    css: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A link put into the text at a position."""

    at: int
    url: str
    sign: str
    name: str
    anchor: str = ""


def mark_up(
    text: str, highlights: Iterable[Highlight], notes: Iterable[Note] = (), *, paragraphs: bool = False
) -> SafeString:
    """Return the text as HTML with <mark> around what is highlighted; with `paragraphs`, each line in a <p>.

    Where highlights overlap, the text is cut at their borders and each cut carries the classes of all
    that cover it, so elements never cross. Spans outside the text are clipped, empty ones dropped.
    """
    spans = _clipped(highlights, len(text))
    links: dict[int, list[Note]] = {}
    for note in notes:
        links.setdefault(min(max(note.at, 0), len(text)), []).append(note)
    breaks = dict(found.span() for found in LINE_BREAK.finditer(text)) if paragraphs else {}
    borders = {0, len(text), *links, *breaks, *breaks.values(), *(s.start for s in spans), *(s.end for s in spans)}
    out: list[str] = ["<p>" if paragraphs else "", _notes(links.get(0, ()))]
    broken_to = 0
    for (start, end), covering in _covered(pairwise(sorted(borders)), spans):
        if start in breaks:
            broken_to = breaks[start]
            out.append("</p>\n<p>")
        elif start >= broken_to:
            out.append(_cut(text[start:end], covering))
        out.append(_notes(links.get(end, ())))
    out.append("</p>" if paragraphs else "")
    return mark_safe("".join(out))  # constants, what was escaped, and what format_html made


def _covered(
    cuts: Iterable[tuple[int, int]], spans: Sequence[Highlight]
) -> Iterator[tuple[tuple[int, int], list[Highlight]]]:
    """Each cut, in order, with the spans that cover it, in one pass: a long text may hold thousands."""
    ahead = deque(sorted(spans, key=lambda s: s.start))
    open_now: list[Highlight] = []
    for cut in cuts:
        open_now = [s for s in open_now if s.end > cut[0]]
        while ahead and ahead[0].start <= cut[0]:
            open_now.append(ahead.popleft())
        yield cut, open_now


def _clipped(highlights: Iterable[Highlight], length: int) -> list[Highlight]:
    clipped = [Highlight(max(h.start, 0), min(h.end, length), h.css, h.hint) for h in highlights]
    return [h for h in clipped if h.start < h.end]


def _cut(text: str, covering: Sequence[Highlight]) -> str:
    """Escaped by hand: format_html takes ten times as long, and a text may have thousands of cuts."""
    if not covering:
        return html.escape(text)
    css = html.escape(" ".join(dict.fromkeys(h.css for h in covering)))
    hint = html.escape("\n".join(dict.fromkeys(h.hint for h in covering if h.hint)))
    title = f' title="{hint}"' if hint else ""
    return f'<mark class="{css}"{title}>{html.escape(text)}</mark>'


def _notes(notes: Iterable[Note]) -> SafeString:
    rows = ((n.anchor, n.url, n.name, n.name, n.sign) for n in notes)
    return format_html_join("", '<sup class="note" id="{}"><a href="{}" title="{}" aria-label="{}">{}</a></sup>', rows)


# --- claims and articles ------------------------------------------------------------------------


def claim_markup(claim: Claim) -> SafeString:
    """Mark up the evidence of a claim, with its trigger, date expressions and participants highlighted."""
    shift = claim.evidence_start
    spans = [*_pair(claim.trigger, "trigger")]
    for mention in _rows(claim.mentions):
        spans += _pair(mention, "actor")
    expressions = _rows(claim.article.expressions)
    chosen = [i for i in _rows(claim.expressions) if isinstance(i, int) and 0 <= i < len(expressions)]
    spans += _present([expressions[i] for i in chosen], claim.evidence, shift)
    return mark_up(claim.evidence, [replace(s, start=s.start - shift, end=s.end - shift) for s in spans])


def title_markup(article: Article) -> SafeString:
    """Mark up the title of an article, with its date expressions highlighted."""
    return mark_up(article.title, _present(article.title_expressions, article.title))


def article_markup(
    article: Article, claims: Sequence[Claim], names: dict[str, str], *, closely: bool = False
) -> SafeString:
    """Mark up the text: its date expressions, and the evidence of its claims, numbered in order of the claims.

    `names`: titles of events by id. What does not stand in the text as it was read is left unmarked. `closely`: with
    triggers and participants as well.
    """
    spans = _present(article.expressions, article.text)
    notes = []
    for number, claim in enumerate(claims, start=1):
        start, end = claim.evidence_start, claim.evidence_end
        if article.text[start:end] != claim.evidence:
            continue
        spans.append(Highlight(start, end, "evidence"))
        if closely:
            spans += _pair(claim.trigger, "trigger")
            spans += [span for mention in _rows(claim.mentions) for span in _pair(mention, "actor")]
        if claim.event_id:
            url = reverse("event", args=[claim.event_id])
            notes.append(Note(end, url, str(number), names.get(claim.event_id, claim.event_id), f"claim-{claim.pk}"))
    return mark_up(article.text, spans, notes, paragraphs=True)


def _present(expressions: Any, text: str, shift: int = 0) -> list[Highlight]:
    """Expressions that stand where they were read; a text changed since shows none that moved.

    `shift`: the offset of `text` in the text that the offsets count in.
    """
    found = []
    for row in _rows(expressions):
        for span in _expression(row):
            start, end = span.start - shift, span.end - shift
            if start >= 0 and text[start : max(end, 0)] == row.get("text"):
                found.append(span)
    return found


def _expression(row: Any) -> list[Highlight]:
    if not isinstance(row, dict):
        return []
    css = "date vague" if row.get("vague") else "date"
    return _pair([row.get("start_char"), row.get("end_char")], css, _hint(row))


def _hint(row: dict[str, Any]) -> str:
    """Write the interval, and why: `2024-11-01/2024-11-30 · 11月: …`."""
    start, end = row.get("start"), row.get("end")
    days = f"{start}" if start and start == end else f"{start or '..'}/{end or '..'}"
    why = stored_reason_words(row.get("reasons"))
    return (f"{days} · {why}" if why else days) if start or end else why


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _pair(value: Any, css: str, hint: str = "") -> list[Highlight]:
    """Return a stored span as one highlight; an empty list where it is no pair of numbers."""
    if not isinstance(value, list) or len(value) < 2:
        return []
    start, end = value[0], value[1]
    if not isinstance(start, int) or not isinstance(end, int):
        return []
    return [Highlight(start, end, css, hint)]
