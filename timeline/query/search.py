"""Find events by words in the full-text index of either database.

On SQLite the keys of the index are in the order of days (`timeline.models.search`), and it knows reach and kind, so
that a window reads its own stretch of the matches alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from timeline.extraction.search import Term, search_terms
from timeline.models import EventSearch
from timeline.models.search import DOCUMENT_COLUMN, FULL_TEXT_TABLE, LOW_BITS, day_key

COLUMNS = ("about", "reports")
DAYS = {"day__gte": 0, "day__gt": 1, "day": 0}  # lookups of a first day, and how far it lies behind the value
ENDS = {"day__lte": 1, "day__lt": 0, "day": 1}  # of the day after the last one


class Bounds(NamedTuple):
    """What a condition says of an event beside its words: reaches (empty: any), first day, day after the last."""

    reaches: tuple[int, ...] = ()
    first: date | None = None
    behind: date | None = None

    @classmethod
    def of(cls, q: Q) -> Bounds:
        """Return the bounds that all matches of a condition keep to."""
        bounds = cls()
        if q.negated or q.connector != Q.AND:
            return bounds
        for child in q.children:
            if isinstance(child, Q):
                bounds = bounds & cls.of(child)
            elif isinstance(child, tuple):
                bounds = bounds & cls._of_lookup(*child)
        return bounds

    @classmethod
    def _of_lookup(cls, name: str, value: Any) -> Bounds:
        if name == "reach":
            return cls((int(value),))
        if name == "reach__in":
            return cls(tuple(int(one) for one in value))
        first = value + timedelta(days=DAYS[name]) if name in DAYS and value < date.max else None
        behind = value + timedelta(days=ENDS[name]) if name in ENDS and value < date.max else None
        return cls((), first, behind)

    def __and__(self, other: Bounds) -> Bounds:
        firsts = [day for day in (self.first, other.first) if day]
        ends = [day for day in (self.behind, other.behind) if day]
        return Bounds(self.reaches or other.reaches, max(firsts) if firsts else None, min(ends) if ends else None)


def matching(words: str, part: Q | None = None, *, reports: bool = True) -> QuerySet[EventSearch]:
    """Return the rows of the events in which all words are found; `reports=False`: in names and types alone.

    `part`: a condition that the caller sets as well, by which fewer rows are read. Reads the index once where the last
    word may be the beginning of another one.
    """
    terms = search_terms(words)
    if not terms:
        return EventSearch.objects.none()
    if terms[-1].typed and not terms[-1].open and not _has(terms[-1], reports):
        terms[-1] = replace(terms[-1], open=True)
    return EventSearch.objects.filter(_condition(terms, reports, Bounds.of(part) if part else Bounds()))


def count_by_month(words: str, kind: str) -> Counter[tuple[date, str]] | None:
    """Count matches by (first day of the month, kind); None where the database counts the rows as fast."""
    if connection.vendor != "sqlite" or not search_terms(words):
        return None
    terms = search_terms(words)
    if terms[-1].typed and not terms[-1].open and not _has(terms[-1], True):
        terms[-1] = replace(terms[-1], open=True)
    found: Counter[tuple[date, str]] = Counter()
    for one in (kind,) if kind else ("election", "alliance"):
        sql = f"SELECT rowid >> {LOW_BITS}, count(*) FROM {FULL_TEXT_TABLE} WHERE {FULL_TEXT_TABLE} MATCH %s GROUP BY 1"
        with connection.cursor() as cursor:
            cursor.execute(sql, [f"{_sqlite_match(terms, True)} AND facets : k{one}"])
            for ordinal, n in cursor.fetchall():
                found[date.fromordinal(ordinal).replace(day=1), one] += n
    return found


def _has(term: Term, reports: bool) -> bool:
    """Return whether a word is found as it stands."""
    return EventSearch.objects.filter(_condition([term], reports, Bounds())).exists()


def _condition(terms: Sequence[Term], reports: bool, bounds: Bounds) -> Q:
    if connection.vendor != "sqlite":
        column = DOCUMENT_COLUMN if reports else "to_tsvector('simple', about)"
        sql = f"{column} @@ to_tsquery('simple', %s)"
        return Q(RawSQL(sql, [_postgres_query(terms)], output_field=BooleanField()))
    match = _sqlite_match(terms, reports)
    if bounds.reaches:
        match += " AND facets : (" + " OR ".join(f"r{reach}" for reach in bounds.reaches) + ")"
    values: list[str | int] = [match]
    sql = f"SELECT rowid FROM {FULL_TEXT_TABLE} WHERE {FULL_TEXT_TABLE} MATCH %s"
    if bounds.first:
        sql, values = sql + " AND rowid >= %s", [*values, day_key(bounds.first)]
    if bounds.behind:
        sql, values = sql + " AND rowid < %s", [*values, day_key(bounds.behind)]
    return Q(pk__in=RawSQL(sql, values))


def _sqlite_match(terms: Sequence[Term], reports: bool) -> str:
    """Write the terms for FTS5; tokens are letters and digits alone."""
    columns = " ".join(COLUMNS[: 1 + reports])
    phrases = (f'"{" ".join(term.tokens)}"' + "*" * term.open for term in terms)
    return " AND ".join(f"{{{columns}}} : {phrase}" for phrase in phrases)


def _postgres_query(terms: Sequence[Term]) -> str:
    """Write the terms for `to_tsquery`; tokens are letters and digits alone."""
    written = (
        " <-> ".join([*(f"'{t}'" for t in term.tokens[:-1]), f"'{term.tokens[-1]}'" + ":*" * term.open])
        for term in terms
    )
    return " & ".join(f"({one})" for one in written)
