"""Find other events that may be the same, with reasons. Reads few rows however many events there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext, ngettext

from timeline.models import Claim, Correction, Event, EventParticipant
from timeline.models.dated import Kind, Reach

MAX_GAP = timedelta(days=45)  # between the days of two candidates
MAX_PARTICIPANTS = 8  # by which candidates are found
MAX_EVENTS = 60  # that share participants; as many of the same key, and of the same articles
MAX_ARTICLES = 20  # of the event, the newest, by which candidates are found
DEFAULT_LIMIT = 5
TWIN_DAYS = 3
STRONG_SCORE = 5.0  # from which on the inbox asks an editor
MIN_SIMILARITY = 0.25  # of the bigrams of two sentences, from which on it is given as a reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another event, how likely it is the same, and the reasons in the active language."""

    event: str
    score: float
    reasons: tuple[str, ...]
    shares: bool = False  # at least one participant
    twin: bool = False  # the same participants, and days at most TWIN_DAYS apart


@dataclass(slots=True)
class _Compared:
    """An event with what it is compared by."""

    row: Event
    codes: frozenset[str]
    bigrams: frozenset[str]
    articles: set[int] = field(default_factory=set)


def candidates(event: Event, limit: int = DEFAULT_LIMIT) -> list[Candidate]:
    """Return the live events that may be the same, likeliest first. Seven queries."""
    codes = list(event.participants.order_by("position").values_list("actor_id", flat=True))
    articles = set(
        Claim.objects.filter(event=event).order_by("-pk").values_list("article_id", flat=True)[:MAX_ARTICLES]
    )
    ids = _sharing_participants(event, codes) | _same_key_or_article(event, articles)
    seen = _load({*ids, event.pk}, articles)
    mine = seen.pop(event.pk, None)
    if mine is None:
        return []
    apart = _split_from(event)
    found = [_compare(mine, other) for pk, other in seen.items() if pk not in apart]
    found.sort(key=lambda one: (-one.score, one.event))
    return [one for one in found if one.score > 1][:limit]


def _sharing_participants(event: Event, codes: Sequence[str]) -> set[str]:
    first, last = (event.start or event.day) - MAX_GAP, (event.end or event.day) + MAX_GAP
    last = min(last, first + timedelta(days=366))
    rows = EventParticipant.objects.filter(
        actor__in=codes[:MAX_PARTICIPANTS], reach__in=Reach.values, day__gte=first, day__lte=last, kind=event.kind
    )
    counted = rows.exclude(event=event).order_by().values("event").annotate(n=Count("pk")).order_by("-n", "event")
    return {row["event"] for row in counted[:MAX_EVENTS]}


def _same_key_or_article(event: Event, articles: Iterable[int]) -> set[str]:
    """Return the ids of events of the same key or with claims in the same articles."""
    of_key = Event.objects.filter(key=event.key, merged_into=None, retracted=False).exclude(pk=event.pk)
    reported = (
        Claim.objects.filter(article__in=list(articles), kind=event.kind).exclude(event=None).exclude(event=event)
    )
    return {
        *of_key.order_by("-first_reported").values_list("pk", flat=True)[:MAX_EVENTS],
        *(pk for pk in reported.order_by("-pk").values_list("event_id", flat=True)[:MAX_EVENTS] if pk),
    }


def _load(ids: Iterable[str], articles: Iterable[int]) -> dict[str, _Compared]:
    newest = Claim.objects.filter(event=OuterRef("pk")).order_by("-reported", "-pk").values("evidence")
    rows = Event.objects.filter(pk__in=list(ids), merged_into=None, retracted=False)
    live = list(rows.annotate(said=Subquery(newest[:1])))
    codes: dict[str, set[str]] = defaultdict(set)
    for pk, code in EventParticipant.objects.filter(event__in=live).order_by().values_list("event_id", "actor_id"):
        codes[pk].add(code)
    seen = {row.pk: _Compared(row, frozenset(codes[row.pk]), _bigrams(row.said or "")) for row in live}
    for pk, article in Claim.objects.filter(event__in=live, article__in=list(articles)).values_list(
        "event_id", "article_id"
    ):
        seen[str(pk)].articles.add(article)
    return seen


def _split_from(event: Event) -> set[str]:
    """Return the ids of the events from which an editor split it, or that were split from it."""
    rows = Correction.objects.filter(Q(event=event) | Q(other=event), field=Correction.Field.SPLIT, undone_at=None)
    return {pk for pair in rows.values_list("event_id", "other_id") for pk in pair if pk}


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 2] for n in range(len(text) - 1))


# --- comparing two events --------------------------------------------------------------------------


def _compare(mine: _Compared, other: _Compared) -> Candidate:
    score, reasons = 0.0, []
    shared, all_of_both = mine.codes & other.codes, mine.codes | other.codes
    if shared:
        score += 3 * len(shared) / len(all_of_both)
        reasons.append(_participants_reason(len(shared), len(all_of_both)))
    worth, words = _compare_days(mine.row, other.row)
    score += worth
    reasons.append(words)
    if mine.row.type == other.row.type:
        score += 0.5
        reasons.append(gettext("same type"))
    score += 0.5 if mine.row.stage == other.row.stage else -1.5
    alike = len(mine.bigrams & other.bigrams) / max(len(mine.bigrams | other.bigrams), 1)
    score += 1.5 * alike
    if alike >= MIN_SIMILARITY:
        reasons.append(gettext("similar wording (%(percent)d%%)") % {"percent": round(alike * 100)})
    if mine.articles & other.articles:
        score += 0.25
        reasons.append(gettext("in the same article"))
    if mine.row.key == other.row.key:
        score += 0.25
    twin = bool(shared) and mine.codes == other.codes and _gap(mine.row, other.row) <= TWIN_DAYS
    return Candidate(other.row.pk, round(score, 2), tuple(reasons), bool(shared), twin)


def _participants_reason(shared: int, all_of_both: int) -> str:
    if shared == all_of_both:
        return gettext("same participants")
    return gettext("%(shared)d of %(all)d participants are the same") % {"shared": shared, "all": all_of_both}


def _compare_days(mine: Event, other: Event) -> tuple[float, str]:
    if mine.when.days == other.when.days:
        return 2.0, gettext("same days")
    gap = _gap(mine, other)
    if gap == 0:
        return 2.0, gettext("days that overlap")
    words = ngettext("%(days)d day apart", "%(days)d days apart", gap) % {"days": gap}
    near = 1.5 if mine.kind == Kind.ELECTION else 0.5
    return (near if gap <= 7 else near / 3 if gap <= 31 else 0.0), words


def _gap(mine: Event, other: Event) -> int:
    """Return the days between two windows, 0 if they overlap."""
    first, last = date.min, date.max
    late = max(mine.start or first, other.start or first)
    early = min(mine.end or last, other.end or last)
    return max((late - early).days, 0)
