"""Make the rows of random events, as the pipeline would store them. No database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Model

from timeline.extraction.search import event_words, index_text
from timeline.extraction.when import When, iso, spans_of
from timeline.ingest.store import digest
from timeline.models import (
    Article,
    Change,
    Claim,
    Contradiction,
    Correction,
    Event,
    EventBelief,
    EventParticipant,
    EventSearch,
    EventSource,
)
from timeline.models.dated import reach_of
from timeline.models.search import search_key
from timeline.models.tally import ANY, of_newsroom
from timeline.pipeline import tallies
from timeline.pipeline.bulk_load import Row
from timeline.pipeline.changelog import state_in_log, what_changed
from timeline.pipeline.search import MAX_SEARCHED_CLAIMS
from timeline.pipeline.store import weight_of
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id, key_of
from timeline.synthetic.articles import GeneratedArticle, GeneratedClaim, as_json, group_reports, reasons
from timeline.synthetic.random_events import RandomEvent, RandomEvents, Report
from timeline.synthetic.sentences import make_sentence

LOGGED_AGE = timedelta(days=400)  # after which the log keeps only the first change of an event
CONTRADICTION_SPAN = timedelta(days=7)  # within which reports of different days contradict each other
CONTRADICTION_SHARE = 0.045  # of the reports that could contradict another
BELIEF_COUNTS = (1, 1, 1, 1, 2, 2, 2, 3, 3, 4)  # beliefs of an event, one of them at random; at most one a day

State = tuple[When, str, str]  # dates, status, change
Rows = dict[type[Model], list[Row]]
FirstClaims = Mapping[int, GeneratedClaim]  # by index of the belief that they support


class RowBuilder:
    """Makes the rows of batches of events; ids and tallies continue from one batch to the next.

    `newsrooms`: pks of the sources; `editor`: pk of a user.
    """

    def __init__(self, random_events: RandomEvents, newsrooms: Sequence[int], editor: int) -> None:
        self.random_events, self.newsrooms, self.editor = random_events, newsrooms, editor
        self.about: dict[tuple[Any, ...], str] = {}  # tokens by what they are made of
        self.tallied: Counter[tallies.Cell] = Counter()
        self.ids: Counter[type[Model]] = Counter()
        self.rows: Rows = {}
        self.texts: list[GeneratedArticle] = []

    def rows_of(self, batch: Sequence[RandomEvent]) -> Rows:
        """Return the rows of these events by model, with the columns of `tables`."""
        self.rows, self.texts = defaultdict(list), []
        for event, claims in zip(batch, self._claims_of(batch), strict=True):
            self._add(event, claims)
        self.rows[Article] = [text.row() for text in self.texts]
        return self.rows

    def _next(self, model: type[Model]) -> int:
        self.ids[model] += 1
        return self.ids[model]

    # --- articles -------------------------------------------------------------------------------

    def _claims_of(self, batch: Sequence[RandomEvent]) -> list[list[GeneratedClaim]]:
        """Put reports of one source that are near each other into one article; return the claims by event, in order."""
        by_source: dict[tuple[int, bool], list[tuple[date, int, Report]]] = defaultdict(list)
        for number, event in enumerate(batch):
            for report in event.reports:
                by_source[report.source, report.after].append((report.reported, number, report))
        claims: list[list[GeneratedClaim]] = [[] for _ in batch]
        for (source, after), listed in sorted(by_source.items()):
            listed.sort(key=lambda report: report[:2])
            for group in group_reports(listed):
                text = self._text(source, group[-1][0] if after else group[0][0])
                for _, number, report in group:
                    claims[number].append(GeneratedClaim(self._next(Claim), text, report))
        for of_event in claims:
            of_event.sort(key=lambda claim: (claim.text.day, claim.report.after, claim.pk))
        return claims

    def _text(self, source: int, day: date) -> GeneratedArticle:
        pk = self._next(Article)
        url = f"https://n{source + 1:03}.generated.example/{day:%Y/%m/%d}/{pk}"
        self.texts.append(GeneratedArticle(pk, self.newsrooms[source], day, url, digest(url)))
        return self.texts[-1]

    # --- one event ------------------------------------------------------------------------------

    def _add(self, event: RandomEvent, claims: Sequence[GeneratedClaim]) -> None:
        states = self._states(event, claims)
        key = key_of(event.kind, event.type, event.stage, event.place, event.participants)
        pk = event_id(_first_value(event, claims[0], states[0]))
        firsts: dict[int, GeneratedClaim] = {}
        for claim in claims:
            firsts.setdefault(claim.state, claim)
        evidence = self._claims(event, claims, states, firsts, pk, key)
        own = [c for c in claims if not self._repeats(c, firsts)]
        sources = sorted({claim.text.source for claim in own})
        self._event(event, pk, key, claims, states[-1], firsts, sources, evidence)
        self._beliefs(event, pk, states, firsts)
        if event.curated:
            row = (
                self._next(Correction),
                pk,
                "type",
                as_json(event.type),
                "",
                self.editor,
                _time_of(claims[-1].text.day, pk),
            )
            self.rows[Correction].append((*row, None, None, digest(f"decision of {pk}")[:32]))

    def _states(self, event: RandomEvent, claims: Sequence[GeneratedClaim]) -> list[State]:
        """Draw the beliefs of an event and assign each claim to the one that it supports."""
        after = [claim for claim in claims if claim.report.after]
        before = [claim for claim in claims if not claim.report.after]
        days = sorted({claim.text.day for claim in before})
        wanted = min(len(days), self.random_events.chance.choice(BELIEF_COUNTS)) + bool(after)
        states = self.random_events.history(event, max(1, wanted))
        ahead = len(states) - bool(after)
        for claim in before:
            claim.state = days.index(claim.text.day) * ahead // len(days)
        for claim in after:
            claim.state = len(states) - 1
        return states

    @staticmethod
    def _repeats(claim: GeneratedClaim, firsts: FirstClaims) -> bool:
        """Return whether a claim repeats the words of the first claim of the same belief."""
        first = firsts[claim.state]
        return claim.report.reprint and claim is not first and claim.text.source != first.text.source

    def _claims(
        self,
        event: RandomEvent,
        claims: Sequence[GeneratedClaim],
        states: Sequence[State],
        firsts: FirstClaims,
        pk: str,
        key: str,
    ) -> list[str]:
        """Add the rows of all claims and return their sentences."""
        found, codes = [], as_json(event.participants)
        before: GeneratedClaim | None = None
        for claim in claims:
            when, status, _ = states[claim.state]
            first = firsts[claim.state]
            repeats = self._repeats(claim, firsts)
            if before and claim is not first and not repeats and self._differs(before, claim, when):
                other = when.day + timedelta(days=1 + claim.pk % 3)
                when = When(other, other)
                self.rows[Contradiction].append((self._next(Contradiction), pk, before.pk, claim.pk))
            variant = first.pk if repeats else claim.pk
            sentence = make_sentence(event.type, event.stage, event.place, event.participants, when, status, variant)
            at, number = claim.text.add(sentence, when)
            found.append(sentence.text)
            self.rows[Claim].append(
                (
                    *(claim.pk, claim.text.pk, pk, first.pk if repeats else None, key, event.kind, event.type),
                    *(
                        event.stage,
                        event.place,
                        codes,
                        *_date_values(when, status),
                        claim.text.day.isoformat(),
                        sentence.text,
                    ),
                    *(
                        at,
                        at + len(sentence.text),
                        as_json([number]),
                        as_json([at + sentence.trigger[0], at + sentence.trigger[1]]),
                    ),
                    *(as_json([[at + a, at + b, code] for a, b, code in sentence.mentions]), ""),
                    *(as_json(reasons(sentence.text[sentence.date[0] : sentence.date[1]], when)), "[]"),
                )
            )
            before = claim
        return found

    def _differs(self, before: GeneratedClaim, claim: GeneratedClaim, when: When) -> bool:
        """Draw whether this source gives another day than the one before it."""
        near = claim.text.day - before.text.day <= CONTRADICTION_SPAN and claim.text.source != before.text.source
        exact = when.start == when.end and before.state == claim.state
        return near and exact and self.random_events.chance.random() < CONTRADICTION_SHARE

    def _event(
        self,
        event: RandomEvent,
        pk: str,
        key: str,
        claims: Sequence[GeneratedClaim],
        now: State,
        firsts: FirstClaims,
        sources: Sequence[int],
        evidence: Sequence[str],
    ) -> None:
        """Add the rows of the event, its participants and its sources; count it."""
        when, status, _ = now
        day, reach = when.day.isoformat(), reach_of(when.start, when.end).value
        since, count = firsts[max(firsts)].text.day, len(sources)
        self.rows[Event].append(
            (
                *(pk, key, event.kind, event.type, event.stage, event.place or None, *_date_values(when, status), day),
                *(since.isoformat(), claims[0].text.day.isoformat(), len(claims), count, False),
                *(None, False, when.precision, reach, event.curated, weight_of(count, event.curated)),
                *(max(firsts), _time_of(since, pk)),
            )
        )
        copied = (event.kind, day, iso(when.end), reach)
        codes_of_event = dict.fromkeys([*event.participants, *([event.place] if event.place else [])])
        self.rows[EventParticipant] += [
            (self._next(EventParticipant), pk, code, n, *copied) for n, code in enumerate(codes_of_event)
        ]
        about = self._about(event.kind, event.type, event.stage, tuple(codes_of_event))
        reports = index_text(evidence[-MAX_SEARCHED_CLAIMS:])
        self.rows[EventSearch].append((search_key(when.day, pk), pk, *copied, about, reports))
        self.rows[EventSource] += [(self._next(EventSource), pk, source, *copied) for source in sources]
        month = when.day.replace(day=1)
        rest = (event.type, status, when.precision, reach, event.curated)
        self.tallied[tallies.Cell(month, "", event.kind, *rest)] += 1
        for of in (ANY, *codes_of_event, *map(of_newsroom, sources)):
            self.tallied[tallies.Cell(month, of, event.kind, "", "", "", reach, False)] += 1

    def _about(self, *words: Any) -> str:
        known = self.about.get(words)
        if known is None:
            known = self.about[words] = index_text(event_words(*words))
        return known

    def _beliefs(self, event: RandomEvent, pk: str, states: Sequence[State], firsts: FirstClaims) -> None:
        """Add the rows of the beliefs and of the log of changes."""
        before: dict[str, Any] | None = None
        for number, (when, status, change) in enumerate(states):
            claim, later = firsts[number], firsts.get(number + 1)
            since, until = claim.text.day, later.text.day.isoformat() if later else None
            self.rows[EventBelief].append(
                (
                    *(
                        self._next(EventBelief),
                        pk,
                        since.isoformat(),
                        until,
                        *_date_values(when, status),
                        claim.pk,
                        change,
                    ),
                    False,
                )
            )
            state = _state(event, when, status)
            what = what_changed(before, state, new=before is None, merged=False)
            if what and (before is None or since >= self.random_events.until - LOGGED_AGE):
                row = (pk, what.value, _time_of(since, pk), as_json(before or {}), as_json(state), None)
                self.rows[Change].append(row)
            before = state


# --- values -------------------------------------------------------------------------------------


def _first_value(event: RandomEvent, claim: GeneratedClaim, state: State) -> ClaimValue:
    """Return the value of the earliest claim, from which the id of the event is made."""
    when, status, _ = state
    identity = f"{claim.text.published}|{claim.text.digest}|{claim.pk:07}|{event.type}|{when.start}|{when.end}"
    return ClaimValue(
        pk=claim.pk,
        identity=f"{identity}|{','.join(event.participants)}",
        article=claim.text.pk,
        source=claim.text.source,
        reported=claim.text.day,
        kind=event.kind,
        type=event.type,
        stage=event.stage,
        place=event.place,
        participants=event.participants,
        when=when,
        status=status,
    )


def _state(event: RandomEvent, when: When, status: str) -> dict[str, Any]:
    """Return the state of an event, as `timeline.pipeline.changelog.state_of` does."""
    codes = dict.fromkeys([*event.participants, *([event.place] if event.place else [])])
    return state_in_log(when, status, event.type, list(codes))


def _date_values(when: When, status: str) -> tuple[str | None, ...]:
    pairs = as_json(spans_of(when))
    return iso(when.start), iso(when.end), when.grain, when.modifier, when.extent, status, pairs


def _time_of(day: date, pk: str) -> str:
    """Return a time of the day, the same for the same event."""
    minute = hash_of(pk) % 660
    return f"{day} {12 + minute // 60:02}:{minute % 60:02}:{hash_of(pk[::-1]) % 60:02}+00:00"


def hash_of(pk: str) -> int:
    """Return a number that, unlike `hash`, is the same in every process."""
    return sum(ord(letter) * 31**n for n, letter in enumerate(pk[:6]))
