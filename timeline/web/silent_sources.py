"""Find sources without articles for longer than is usual for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import JSONField, OuterRef, Subquery

from timeline.models import TEXTS, Article, Source

MAX_GAPS = 30  # the newest gaps, whose median is the usual one
MIN_GAPS = 4  # with fewer gaps nothing counts as usual
GAP_FACTOR = 3  # a silence is unusual beyond this multiple of the usual gap,
MIN_SILENCE = timedelta(days=2)  # but not below this


class Listed(Subquery):
    """Return the values of a subquery's one column `published` as a JSON list, in the order of the subquery."""

    template = "(SELECT json_group_array(listed.published) FROM (%(subquery)s) AS listed)"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        template = "(SELECT jsonb_agg(listed.published) FROM (%(subquery)s) AS listed)"
        return self.as_sql(compiler, connection, template=template)


@dataclass(frozen=True, slots=True)
class Silence:
    """A source with its last article. `usual`: the median gap between its articles; all moments in UTC."""

    source: Source
    article: Article
    usual: timedelta

    @property
    def unusual_from(self) -> datetime:
        """When the silence became longer than usual."""
        return self.article.published + allowed(self.usual)


def allowed(usual: timedelta) -> timedelta:
    """Return how long a source with this median gap may be silent."""
    return max(MIN_SILENCE, GAP_FACTOR * usual)


def silent_sources(now: datetime) -> list[Silence]:
    """Return the silent sources at a moment, those that became silent last first. Two queries."""
    newest = Article.objects.filter(source=OuterRef("pk"), removed=None, published__lte=now).order_by(
        "-published", "-pk"
    )
    sources = Source.objects.filter(removed=None).annotate(
        stamps=Listed(newest.values("published")[: MAX_GAPS + 1]), last=Subquery(newest.values("pk")[:1])
    )
    found = {source: usual for source in sources if (usual := _usual_of_silent(source.stamps, now)) is not None}
    articles = Article.objects.defer(*(set(TEXTS) - {"title"})).in_bulk([source.last for source in found])
    silences = [Silence(source, articles[source.last], usual) for source, usual in found.items()]
    return sorted(silences, key=lambda silence: (silence.unusual_from, silence.source.slug), reverse=True)


def _usual_of_silent(stamps: Sequence[str] | None, now: datetime) -> timedelta | None:
    """Return the median gap of a silent source; None for one that is not silent, or has too few articles."""
    moments = sorted(_moments(stamps or ()), reverse=True)
    gaps = [later - earlier for later, earlier in pairwise(moments)]
    if len(gaps) < MIN_GAPS:
        return None
    usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps))
    return usual if now - moments[0] > allowed(usual) else None


def _moments(stamps: Sequence[str]) -> Iterator[datetime]:
    """Parse moments; SQLite stores UTC without a zone."""
    for stamp in stamps:
        moment = datetime.fromisoformat(stamp)
        yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)
