"""Count the lines that recur at the ends of a source's articles, and leave out those that stand around them.

Counting is bounded: what was seen once is a bit in a filter, what was seen twice a row, and of a source only
MAX_ROWS rows are kept, those of the most articles and of the last days. An article counts once, when it is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from timeline.extraction.recurring import (
    MIN_ARTICLES,
    LineCount,
    bit_of,
    digest_of_line,
    lines_amid,
    lines_at_the_ends,
    without_lines,
)
from timeline.models import Article, LineSketch, RecurringLine, Source
from timeline.resilience.retry import retry_on_contention

MAX_ROWS = 2_000  # lines counted of a source
SKETCH_BYTES = 1 << 14
SKETCH_LINES = 25_000  # that a filter holds; one line in ten more would be taken for one of them
HASHES = 3
LOOKUP = 500  # digests in one query


@dataclass(frozen=True, slots=True)
class Around:
    """The lines that are left out of the articles of some sources, by the sources' ids."""

    digests: frozenset[tuple[int, str]]

    def without(self, source: int | None, text: str) -> str:
        """Return the text of an article of a source without such lines at its ends."""
        if source is None or not self.digests:
            return text
        return without_lines(text, lambda line: (source, digest_of_line(line)) in self.digests)


def is_around(row: RecurringLine) -> bool:
    """Return whether a line is left out of articles: by an editor's decision, else by what was counted."""
    if row.decision:
        return row.decision == RecurringLine.Decision.LEAVE_OUT
    return LineCount(row.line, row.articles, row.elsewhere, row.days, row.first_day, row.last_day).is_around


def lines_around(sources: Iterable[int | None]) -> Around:
    """Return the lines that are left out of the articles of sources now."""
    rows = RecurringLine.objects.filter(Q(articles__gte=MIN_ARTICLES) | ~Q(decision=""), source__in=set(sources))
    return Around(frozenset((row.source_id, row.digest) for row in rows if is_around(row)))


@retry_on_contention
@transaction.atomic
def count_lines(articles: Sequence[tuple[Article, str]]) -> None:
    """Count the lines of new articles, each with its whole text."""
    of_source = defaultdict[int, list[tuple[date, str]]](list)
    zones = Source.objects.in_bulk({article.source_id for article, _ in articles})
    for article, text in articles:
        zone = ZoneInfo(zones[article.source_id].zone)
        of_source[article.source_id].append((article.published.astimezone(zone).date(), text))
    if not of_source:
        return
    empty = bytes(SKETCH_BYTES)
    new = [LineSketch(source_id=source, bits=empty, before=empty) for source in sorted(of_source)]
    LineSketch.objects.bulk_create(new, ignore_conflicts=True)
    for sketch in LineSketch.objects.select_for_update().filter(source__in=of_source).order_by("source"):
        _count(sketch, of_source[sketch.source_id])


def _count(sketch: LineSketch, texts: Sequence[tuple[date, str]]) -> None:
    """Count the lines of texts of one source, whose sketch is locked."""
    at_ends = [(day, {digest_of_line(line): line for line in lines_at_the_ends(text)}) for day, text in texts]
    amid = [{digest_of_line(line) for line in lines_amid(text)} for _, text in texts]
    known = _rows(sketch.source_id, set().union(*amid, *(ends for _, ends in at_ends)))
    seen, new = _Filter(sketch), dict[str, RecurringLine]()
    for (day, ends), others in zip(at_ends, amid, strict=True):
        for digest, line in ends.items():
            row = known.get(digest) or new.get(digest)
            if row is not None:
                _add(row, day)
            elif digest in seen:
                new[digest] = _row(sketch.source_id, digest, line, day)
            else:
                seen.add(digest)
        for digest in others - ends.keys() & known.keys():
            known[digest].elsewhere += 1
    seen.save()
    RecurringLine.objects.bulk_update(known.values(), ["articles", "elsewhere", "days", "first_day", "last_day"], 100)
    if new:
        RecurringLine.objects.bulk_create(new.values())
        _prune(sketch.source_id)


def _rows(source: int, digests: Collection[str]) -> dict[str, RecurringLine]:
    found, ordered = dict[str, RecurringLine](), sorted(digests)
    for at in range(0, len(ordered), LOOKUP):
        rows = RecurringLine.objects.filter(source=source, digest__in=ordered[at : at + LOOKUP])
        found |= {row.digest: row for row in rows}
    return found


def _row(source: int, digest: str, line: str, day: date) -> RecurringLine:
    return RecurringLine(
        source_id=source, digest=digest, line=line, articles=2, days=bit_of(day), first_day=day, last_day=day
    )


def _add(row: RecurringLine, day: date) -> None:
    row.articles += 1
    row.days |= bit_of(day)
    row.first_day, row.last_day = min(row.first_day, day), max(row.last_day, day)


def _prune(source: int) -> None:
    """Delete the rows of a source beyond MAX_ROWS, of the fewest articles first; never what an editor decided."""
    rows = RecurringLine.objects.filter(source=source, decision="")
    beyond = rows.order_by("-articles", "-last_day", "-pk").values_list("pk", flat=True)[MAX_ROWS:]
    if doomed := list(beyond):
        RecurringLine.objects.filter(pk__in=doomed).delete()


class _Filter:
    """The Bloom filters of a sketch, written back by `save`."""

    def __init__(self, sketch: LineSketch) -> None:
        self.sketch = sketch
        self.bits, self.before = bytearray(sketch.bits), bytes(sketch.before)

    def __contains__(self, digest: str) -> bool:
        places = list(self._places(digest))
        return any(all(bits[at] & bit for at, bit in places) for bits in (self.bits, self.before))

    def add(self, digest: str) -> None:
        if self.sketch.lines >= SKETCH_LINES:
            self.before, self.bits, self.sketch.lines = bytes(self.bits), bytearray(SKETCH_BYTES), 0
        for at, bit in self._places(digest):
            self.bits[at] |= bit
        self.sketch.lines += 1

    def _places(self, digest: str) -> Iterator[tuple[int, int]]:
        for part in range(HASHES):
            number = int(digest[part * 8 : part * 8 + 8], 16) % (SKETCH_BYTES * 8)
            yield number >> 3, 1 << (number & 7)

    def save(self) -> None:
        self.sketch.bits, self.sketch.before = bytes(self.bits), self.before
        self.sketch.save(update_fields=["bits", "before", "lines"])
