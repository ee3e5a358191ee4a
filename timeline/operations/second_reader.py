"""What the second reader costs and how far both readers agree, for the admin's page of processing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils import timezone

from timeline.models import Claim, ReaderReliability, SecondReading
from timeline.second_reader.ask import is_broken, spent
from timeline.second_reader.client import is_on

WINDOW = timedelta(days=30)  # in which readings are counted
MAX_READINGS = 5_000  # of them, the newest


@dataclass(frozen=True, slots=True)
class SecondReaderState:
    """The second reader's work. Today's numbers are of a day in UTC, the others of the last 30 days.

    `both`, `model_alone`, `newsdesk_alone`: claims of articles that both have read. `dropped`: what was not believed of
    answers, by its code. `accepted`: reader, kind and the accepted percentage of the decided events.
    """

    is_on: bool
    is_left_alone: bool
    waiting: int
    failed: int
    read: int
    questions_today: int
    questions_a_day: int
    tokens_today: int
    tokens_a_day: int
    tokens_in: int
    tokens_out: int
    both: int
    model_alone: int
    newsdesk_alone: int
    dropped: list[tuple[str, int]]
    accepted: list[tuple[str, str, int, int]]

    @property
    def agreement(self) -> int | None:
        """The percentage of events that both tell; None before there is any."""
        total = self.both + self.model_alone + self.newsdesk_alone
        return 100 * self.both // total if total else None

    @property
    def tokens_per_thousand(self) -> int:
        """Tokens asked and answered for a thousand articles, as they were so far."""
        return 1000 * (self.tokens_in + self.tokens_out) // self.read if self.read else 0


def second_reader_state(now: datetime | None = None) -> SecondReaderState | None:
    """Return the state; None where no model is set and none was ever asked."""
    now = now or timezone.now()
    states = dict(SecondReading.objects.order_by().values_list("state").annotate(n=Count("pk")))
    if not is_on() and not states:
        return None
    today = spent(now)
    rows = SecondReading.objects.filter(state=SecondReading.State.READ, asked_at__gte=now - WINDOW)
    newest = list(rows.order_by("-asked_at").values_list("pk", "article", "dropped")[:MAX_READINGS])
    cost = SecondReading.objects.filter(pk__in=[pk for pk, _, _ in newest]).aggregate(
        a=Sum("tokens_in"), b=Sum("tokens_out")
    )
    claims = Claim.objects.filter(article__in=[article for _, article, _ in newest]).order_by()
    readers = claims.aggregate(
        both=Count("pk", filter=Q(reader="both")),
        second=Count("pk", filter=Q(reader="second")),
        own=Count("pk", filter=Q(reader="")),
    )
    dropped = Counter(why for _, _, reasons in newest for why in reasons)
    accepted = ReaderReliability.objects.order_by("kind", "reader")
    return SecondReaderState(
        is_on=is_on(),
        is_left_alone=is_broken(now),
        waiting=states.get(SecondReading.State.WAITING, 0),
        failed=states.get(SecondReading.State.FAILED, 0),
        read=len(newest),
        questions_today=today.calls,
        questions_a_day=settings.MODEL_CALLS_A_DAY,
        tokens_today=today.tokens,
        tokens_a_day=settings.MODEL_TOKENS_A_DAY,
        tokens_in=cost["a"] or 0,
        tokens_out=cost["b"] or 0,
        both=readers["both"],
        model_alone=readers["second"],
        newsdesk_alone=readers["own"],
        dropped=dropped.most_common(),
        accepted=[(row.reader, row.kind, round(100 * row.accepted / row.judged), row.judged) for row in accepted],
    )
