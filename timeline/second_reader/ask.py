"""Ask the model about the articles that wait, within the budget; the article is read again with its answer.

An article never waits for the model: its embedded reading is there already, and every failure leaves it as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from timeline.extraction.second import PROMPT_VERSION, check_answer, prompt_of
from timeline.extraction.second.answers import Checked
from timeline.models import SecondReading
from timeline.pipeline.claims import read
from timeline.pipeline.second import digest_of, marked_of
from timeline.second_reader.client import Answer, ModelError, ask

RETRY_AFTER = tuple(timedelta(minutes=n) for n in (1, 10, 60, 360))  # after each failed attempt
MAX_ATTEMPTS = len(RETRY_AFTER) + 1
BROKEN_AFTER, PAUSE = 5, timedelta(minutes=5)  # failures in a row after which nothing is asked for a while
State = SecondReading.State


@dataclass(frozen=True, slots=True)
class Spent:
    """What was asked today (UTC), and what may be."""

    calls: int
    tokens: int

    @property
    def is_over(self) -> bool:
        return self.calls >= settings.MODEL_CALLS_A_DAY or self.tokens >= settings.MODEL_TOKENS_A_DAY


def spent(now: datetime) -> Spent:
    """Count the calls and tokens of today."""
    rows = SecondReading.objects.filter(asked_at__gte=_day_of(now))
    found = rows.aggregate(n=Count("pk"), a=Sum("tokens_in"), b=Sum("tokens_out"))
    return Spent(found["n"], (found["a"] or 0) + (found["b"] or 0))


def _day_of(now: datetime) -> datetime:
    """Return the beginning of the day on which budgets are counted (UTC)."""
    return datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC)


def is_broken(now: datetime) -> bool:
    """Return whether the newest attempts all failed, the last of them a moment ago: then the server is left alone."""
    newest = SecondReading.objects.exclude(asked_at=None).order_by("-asked_at")
    found = list(newest.values_list("error", "asked_at")[:BROKEN_AFTER])
    if len(found) < BROKEN_AFTER or not all(error for error, _ in found):
        return False
    return any(moment is not None and now - moment < PAUSE for _, moment in found[:1])


def due_articles(now: datetime, limit: int) -> list[int]:
    """Return the articles to ask about now, what people ask for first; none beyond the budget or while it is broken."""
    if spent(now).is_over or is_broken(now):
        return []
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    rows = SecondReading.objects.filter(free, state=State.WAITING, due__lte=now)
    asked_for = Q(reason=SecondReading.Reason.ASKED)
    found = [*rows.filter(asked_for).order_by("due", "pk").values_list("article", flat=True)[:limit]]
    if len(found) < limit:
        found += rows.exclude(asked_for).order_by("due", "pk").values_list("article", flat=True)[: limit - len(found)]
    return found


def ask_about(articles: Iterable[int], seconds: float) -> list[int]:
    """Ask about articles, one after another, for at most `seconds`; return those whose reading changes."""
    changed, end = list[int](), time.monotonic() + seconds
    for pk in articles:
        now = timezone.now()
        if time.monotonic() > end or spent(now).is_over or is_broken(now):
            break
        row = _claim(pk, now)
        if row is not None and _ask_about(row):
            changed.append(pk)
    return changed


def _claim(article: int, now: datetime) -> SecondReading | None:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    rows = SecondReading.objects.filter(free, article=article, state=State.WAITING, due__lte=now)
    lease = timedelta(seconds=3 * settings.MODEL_SECONDS + 60)  # two questions of one article, and some more
    if not rows.update(leased_until=now + lease, attempts=F("attempts") + 1):
        return None
    return SecondReading.objects.select_related("article__source").get(article=article)


def _ask_about(row: SecondReading) -> bool:
    """Ask, store what came of it, and return whether there is an answer."""
    article = row.article
    if digest_of(article) != row.digest:
        _store(row, state=State.FAILED, error="the article changed meanwhile")
        return False
    marked = marked_of(article, read(article))
    if marked is None:
        _store(row, state=State.READ, answer="", model=settings.MODEL_NAME, prompt=PROMPT_VERSION)
        return False
    known = _known_answer(row)
    if known is not None:
        answer, tokens = known, (0, 0)
    else:
        try:
            found = ask(*prompt_of(marked))
        except ModelError as error:
            _failed(row, error)
            return False
        answer, tokens = found.text, _tokens(found)
    _answered(row, answer, tokens, check_answer(marked, answer))
    return True


def _tokens(found: Answer) -> tuple[int, int]:
    return found.tokens_in, found.tokens_out


def _known_answer(row: SecondReading) -> str | None:
    """Return what this model answered to this prompt about the same text elsewhere."""
    rows = SecondReading.objects.filter(
        digest=row.digest, model=settings.MODEL_NAME, prompt=PROMPT_VERSION, state=State.READ
    )
    return rows.exclude(pk=row.pk).exclude(answer="").values_list("answer", flat=True).first()


def _answered(row: SecondReading, answer: str, tokens: tuple[int, int], checked: Checked) -> None:
    _store(
        row,
        state=State.READ,
        answer=answer,
        model=settings.MODEL_NAME,
        prompt=PROMPT_VERSION,
        dropped=[why.value for why in checked.dropped],
        proposed=[list(one) for one in checked.proposed],
        tokens_in=row.tokens_in + tokens[0],
        tokens_out=row.tokens_out + tokens[1],
        asked_at=timezone.now(),
        error="",
    )


def _failed(row: SecondReading, error: ModelError) -> None:
    now = timezone.now()
    over = row.attempts >= MAX_ATTEMPTS
    wait = max(RETRY_AFTER[min(row.attempts, len(RETRY_AFTER)) - 1], timedelta(seconds=error.wait))
    limit = SecondReading._meta.get_field("error").max_length
    state = State.FAILED if over else State.WAITING
    _store(row, state=state, due=now + wait, error=str(error)[:limit], asked_at=now)


def _store(row: SecondReading, **values: object) -> None:
    SecondReading.objects.filter(pk=row.pk).update(leased_until=None, **values)


def withdraw() -> list[int]:
    """Delete all answers and return the articles to read again without them."""
    rows = SecondReading.objects.filter(state=State.READ).exclude(answer="")
    articles = list(rows.values_list("article", flat=True))
    SecondReading.objects.all().delete()
    return articles
