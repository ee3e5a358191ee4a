"""What a delivery says, as values and in the words of its reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from timeline.display.changes import actors_of, entry_of, title_of
from timeline.models import Actor, Change, Delivery, EventBelief, Watch
from timeline.models.dated import Status

MAX_LISTED = 50  # changes of one message in full; of more it gives the number
What = Change.What


@dataclass(frozen=True, slots=True)
class Evidence:
    """The report that decided what is believed now."""

    text: str
    source: str
    reported: date
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One change: of which event, what happened, from what to what (in words), and why. `url`: of the event."""

    change: Change
    title: str
    what: str
    before: str
    after: str
    url: str
    by_editor: bool
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery in the active language. `more`: how many changes it has beside `lines`."""

    delivery: Delivery
    subject: str
    lines: Sequence[Line]
    more: int

    @property
    def watch(self) -> Watch:
        return self.delivery.watch

    @property
    def events_url(self) -> str:
        """What is watched, as a page."""
        if self.watch.event_id:
            return absolute(reverse("event", args=[self.watch.event_id]))
        return absolute(reverse("timeline") + (f"?{self.watch.query}" if self.watch.query else ""))

    @property
    def alerts_url(self) -> str:
        """The page of the reader's alerts."""
        return absolute(reverse("alerts"))


def absolute(path: str) -> str:
    """Return the full address of a path of this site."""
    return settings.SITE_URL + path


def message_of(delivery: Delivery) -> Message:
    """Put a delivery into words of the active language. Four queries."""
    rows = delivery.changes.order_by("pk").select_related("event__place")
    count = rows.count()
    changes = list(rows[:MAX_LISTED])
    actors, evidence = actors_of(changes), _evidence({change.event_id for change in changes})
    lines = [_line(change, actors, evidence.get(change.event_id)) for change in changes]
    return Message(delivery, _subject(delivery, lines, count), lines, count - len(lines))


def _subject(delivery: Delivery, lines: Sequence[Line], count: int) -> str:
    if delivery.test:
        return gettext("Test of “%(name)s”") % {"name": delivery.watch.name}
    if len(lines) == 1:
        words = {"title": lines[0].title, "what": lines[0].what}
        return pgettext("subject of an e-mail", "%(title)s: %(what)s") % words
    pattern = ngettext("%(name)s: %(count)s change", "%(name)s: %(count)s changes", count)
    return pattern % {"name": delivery.watch.name, "count": count}


def _line(change: Change, actors: dict[str, Actor], evidence: Evidence | None) -> Line:
    entry = entry_of(change, actors)
    event = change.event
    return Line(
        change=change,
        title=title_of(change, actors),
        what=what_words(change),
        before=pgettext("between names", ", ").join(entry.before),
        after=pgettext("between names", ", ").join(entry.after),
        url=absolute(reverse("event", args=[change.merged_into_id or change.event_id])),
        by_editor=event.curated,
        evidence=None if event.curated or not change.after else evidence,
    )


def what_words(change: Change) -> str:
    """Say what happened; of a change of status which one it is now."""
    status = change.after.get("status")
    if change.what == What.STATUS and status == Status.OCCURRED:
        return pgettext("change of an event", "took place")
    if change.what == What.STATUS and status == Status.POSTPONED:
        return pgettext("change of an event", "postponed")
    return str(What(change.what).label) if change.what in What.values else change.what


def _evidence(events: set[str]) -> dict[str, Evidence]:
    rows = EventBelief.objects.filter(event__in=events, until=None, claim__isnull=False)
    found: dict[str, Evidence] = {}
    for belief in rows.select_related("claim__article__source").defer("claim__article__text", "claim__article__markup"):
        claim = belief.claim
        assert claim is not None
        url = absolute(reverse("article", args=[claim.article_id]))
        found[belief.event_id] = Evidence(claim.evidence, claim.article.source.name, claim.reported, url)
    return found
