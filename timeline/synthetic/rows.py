"""Invented events become rows of every table, as the pipeline would have written them. No database is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson
from django.db.models import Model

from timeline.extraction.dates.edtf import span_edtf
from timeline.extraction.reason import Code, reason, to_json
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
    EventSource,
)
from timeline.models.dated import precision_of, reach_of
from timeline.models.tally import ANY, of_newsroom
from timeline.pipeline import tallies
from timeline.pipeline.bulk_load import Row, Table
from timeline.pipeline.changelog import what_changed
from timeline.pipeline.store import WORDS_OF_CLAIMS, weight_of
from timeline.resolution.resolve import Said, event_id, key_of
from timeline.synthetic.random_events import Invented, Inventor, Telling, When
from timeline.synthetic.sentences import Phrase, phrase

OF_ARTICLE = 5  # events of one article
APART = timedelta(days=60)  # reports farther apart stand in different articles
NEWEST = timedelta(days=400)  # of older changes the log keeps only what was added
NEAR = timedelta(days=7)  # newsrooms that differ within a week contradict each other
CONTRADICTING = 0.045  # of the reports that could
STEPS = (1, 1, 1, 1, 2, 2, 2, 3, 3, 4)  # beliefs of an event, where so many reports are there

DATED = "start end granularity modifier extent status alternatives"
ARTICLES = Table(
    Article,
    "id source_id url url_digest title published markup text digest version language state state_since begun tries "
    "failure pending_keys anchor anchor_from expressions title_expressions first_seen",
)
EVENTS = Table(
    Event,
    f"id key kind type stage place_id {DATED} day believed_since first_reported claim_count source_count words by_law "
    "merged_into_id retracted precision reach curated weight revision changed_at",
)
CLAIMS = Table(
    Claim,
    f"id article_id event_id reprint_of_id key kind type stage place participants {DATED} reported evidence "
    "evidence_start evidence_end expressions trigger mentions said_by reasons doubts",
)
PARTICIPANTS = Table(EventParticipant, "id event_id actor_id position kind day end reach")
TOLD_BY = Table(EventSource, "id event_id source_id kind day end reach")
BELIEFS = Table(EventBelief, f"id event_id since until {DATED} claim_id change by_law")
CONTRADICTIONS = Table(Contradiction, "id event_id first_id second_id")
CORRECTIONS = Table(Correction, "id event_id field value reason editor_id made_at undone_at undone_by_id identity")
CHANGES = Table(Change, "id event_id what at before after merged_into_id")
TABLES = (ARTICLES, EVENTS, CLAIMS, PARTICIPANTS, TOLD_BY, BELIEFS, CONTRADICTIONS, CORRECTIONS)  # each finds its like

State = tuple[When, str, str]  # days, status, and the word of the change
Rows = dict[type[Model], list[Row]]


@dataclass(slots=True)
class _Text:
    """An article as it grows."""

    pk: int
    source: int
    day: date
    url: str
    digest: str
    length: int = 0
    lines: list[str] = field(default_factory=list)
    expressions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def published(self) -> str:
        return f"{self.day}T12:00:00+00:00"

    def take(self, said: Phrase, when: When) -> tuple[int, int]:
        """Add a sentence; its offset in the text, and the number of its date expression."""
        at, (start, end) = self.length, said.date
        self.lines.append(said.text)
        self.length += len(said.text) + 1
        words, edtf = said.text[start:end], span_edtf(when.start, when.end)
        self.expressions.append(
            {
                "text": words,
                "start_char": at + start,
                "end_char": at + end,
                "start": _iso(when.start),
                "end": _iso(when.end),
                "granularity": when.granularity,
                "modifier": when.modifier,
                "vague": False,
                "edtf": edtf,
                "timex3": {"type": "DATE", "value": edtf, "mod": ""},
                "rule": "generated",
                "reasons": _reasons(words, when),
            }
        )
        return at, len(self.expressions) - 1

    def row(self) -> Row:
        text, moment = "\n".join(self.lines), f"{self.day} 12:00:00+00:00"
        done = f"{self.day} 12:05:00+00:00"
        return (
            *(self.pk, self.source, self.url, self.digest, self.lines[0][:40], moment, "", text, digest(text), 1),
            *("zh-Hans", "done", done, None, 0, "", "[]", self.day.isoformat(), "published", _json(self.expressions)),
            *("[]", done),
        )


@dataclass(slots=True)
class _Told:
    """A report of an event, in its article; `state`: which of the beliefs it supports."""

    pk: int
    text: _Text
    telling: Telling
    state: int = 0


class Fabric:
    """Makes the rows of one batch of events after another, and counts ids and tallies on.

    `newsrooms`: keys of the sources; `editor`: of a user; `names`: of every actor in all languages.
    """

    def __init__(
        self, inventor: Inventor, newsrooms: Sequence[int], editor: int, names: Mapping[str, Sequence[str]]
    ) -> None:
        self.inventor, self.newsrooms, self.editor, self.names = inventor, newsrooms, editor, names
        self.tallied: Counter[tallies.Cell] = Counter()
        self.ids: Counter[type[Model]] = Counter()
        self.rows: Rows = {}
        self.texts: list[_Text] = []

    def rows_of(self, batch: Sequence[Invented]) -> Rows:
        """The rows of these events, by model, in the order of the columns of their tables."""
        self.rows, self.texts = defaultdict(list), []
        for event, told in zip(batch, self._told(batch), strict=True):
            self._add(event, told)
        self.rows[Article] = [text.row() for text in self.texts]
        return self.rows

    def _next(self, model: type[Model]) -> int:
        self.ids[model] += 1
        return self.ids[model]

    # --- articles -------------------------------------------------------------------------------

    def _told(self, batch: Sequence[Invented]) -> list[list[_Told]]:
        """Put reports of one newsroom that lie near each other into one article; by event, in order of report."""
        reports: dict[tuple[int, bool], list[tuple[date, int, Telling]]] = defaultdict(list)
        for number, event in enumerate(batch):
            for telling in event.tellings:
                reports[telling.source, telling.after].append((telling.reported, number, telling))
        told: list[list[_Told]] = [[] for _ in batch]
        for (source, after), listed in sorted(reports.items()):
            listed.sort(key=lambda report: report[:2])
            for group in _together(listed):
                text = self._text(source, group[-1][0] if after else group[0][0])
                for _, number, telling in group:
                    told[number].append(_Told(self._next(Claim), text, telling))
        for claims in told:
            claims.sort(key=lambda claim: (claim.text.day, claim.telling.after, claim.pk))
        return told

    def _text(self, source: int, day: date) -> _Text:
        pk = self._next(Article)
        url = f"https://n{source + 1:03}.generated.example/{day:%Y/%m/%d}/{pk}"
        self.texts.append(_Text(pk, self.newsrooms[source], day, url, digest(url)))
        return self.texts[-1]

    # --- one event ------------------------------------------------------------------------------

    def _add(self, event: Invented, told: Sequence[_Told]) -> None:
        states = self._states(event, told)
        key = key_of(event.kind, event.type, event.stage, event.place, event.participants)
        pk = event_id(key, _first(event, told[0], states[0]))
        firsts: dict[int, _Told] = {}
        for claim in told:
            firsts.setdefault(claim.state, claim)
        evidence = self._claims(event, told, states, firsts, pk, key)
        own = [c for c in told if not self._repeats(c, firsts)]
        sources = sorted({claim.text.source for claim in own})
        self._event(event, pk, key, told, states[-1], firsts, sources, evidence)
        self._beliefs(event, pk, states, firsts)
        if event.curated:
            row = (
                self._next(Correction),
                pk,
                "type",
                _json(event.type),
                "",
                self.editor,
                _moment(told[-1].text.day, pk),
            )
            self.rows[Correction].append((*row, None, None, digest(f"decision of {pk}")[:32]))

    def _states(self, event: Invented, told: Sequence[_Told]) -> list[State]:
        """What was believed one after another; every report is led to the one that it supports."""
        after = [claim for claim in told if claim.telling.after]
        before = [claim for claim in told if not claim.telling.after]
        days = sorted({claim.text.day for claim in before})
        wanted = min(len(days), self.inventor.chance.choice(STEPS)) + bool(after)
        states = self.inventor.history(event, max(1, wanted))
        ahead = len(states) - bool(after)
        for claim in before:
            claim.state = days.index(claim.text.day) * ahead // len(days)
        for claim in after:
            claim.state = len(states) - 1
        return states

    @staticmethod
    def _repeats(claim: _Told, firsts: Mapping[int, _Told]) -> bool:
        """Whether it is told in the very words of the first that told the same."""
        first = firsts[claim.state]
        return claim.telling.reprint and claim is not first and claim.text.source != first.text.source

    def _claims(
        self,
        event: Invented,
        told: Sequence[_Told],
        states: Sequence[State],
        firsts: Mapping[int, _Told],
        pk: str,
        key: str,
    ) -> list[str]:
        """Rows of all reports; their sentences."""
        found, codes = [], _json(event.participants)
        before: _Told | None = None
        for claim in told:
            when, status, _ = states[claim.state]
            first = firsts[claim.state]
            repeats = self._repeats(claim, firsts)
            if before and claim is not first and not repeats and self._differs(before, claim, when):
                other = when.day + timedelta(days=1 + claim.pk % 3)
                when = When(other, other)
                self.rows[Contradiction].append((self._next(Contradiction), pk, before.pk, claim.pk))
            variant = first.pk if repeats else claim.pk
            said = phrase(event.type, event.stage, event.place, event.participants, when, status, variant)
            at, number = claim.text.take(said, when)
            found.append(said.text)
            self.rows[Claim].append(
                (
                    *(claim.pk, claim.text.pk, pk, first.pk if repeats else None, key, event.kind, event.type),
                    *(event.stage, event.place, codes, *_dated(when, status), claim.text.day.isoformat(), said.text),
                    *(at, at + len(said.text), _json([number]), _json([at + said.trigger[0], at + said.trigger[1]])),
                    *(_json([[at + a, at + b, code] for a, b, code in said.mentions]), ""),
                    *(_json(_reasons(said.text[said.date[0] : said.date[1]], when)), "[]"),
                )
            )
            before = claim
        return found

    def _differs(self, before: _Told, claim: _Told, when: When) -> bool:
        """Whether this newsroom gives another day than the one before it."""
        near = claim.text.day - before.text.day <= NEAR and claim.text.source != before.text.source
        exact = when.start == when.end and before.state == claim.state
        return near and exact and self.inventor.chance.random() < CONTRADICTING

    def _event(
        self,
        event: Invented,
        pk: str,
        key: str,
        told: Sequence[_Told],
        now: State,
        firsts: Mapping[int, _Told],
        sources: Sequence[int],
        evidence: Sequence[str],
    ) -> None:
        """The event, and who takes part in it and tells of it."""
        when, status, _ = now
        precision = precision_of(when.start, when.end)
        day, reach = when.day.isoformat(), reach_of(when.start, when.end).value
        words = [name for code in sorted(set(event.participants)) for name in self.names[code]]
        words += evidence[-WORDS_OF_CLAIMS:]
        since, count = firsts[max(firsts)].text.day, len(sources)
        self.rows[Event].append(
            (
                *(pk, key, event.kind, event.type, event.stage, event.place or None, *_dated(when, status), day),
                *(since.isoformat(), told[0].text.day.isoformat(), len(told), count, "\n".join(words), False),
                *(None, False, precision.value, reach, event.curated, weight_of(count, event.curated)),
                *(max(firsts), _moment(since, pk)),
            )
        )
        copied = (event.kind, day, _iso(when.end), reach)
        cast = dict.fromkeys([*event.participants, *([event.place] if event.place else [])])
        self.rows[EventParticipant] += [
            (self._next(EventParticipant), pk, code, n, *copied) for n, code in enumerate(cast)
        ]
        self.rows[EventSource] += [(self._next(EventSource), pk, source, *copied) for source in sources]
        month = when.day.replace(day=1)
        rest = (event.type, status, precision.value, reach, event.curated)
        self.tallied[tallies.Cell(month, "", event.kind, *rest)] += 1
        for of in (ANY, *cast, *map(of_newsroom, sources)):
            self.tallied[tallies.Cell(month, of, event.kind, "", "", "", reach, False)] += 1

    def _beliefs(self, event: Invented, pk: str, states: Sequence[State], firsts: Mapping[int, _Told]) -> None:
        """What was believed when, and the log of what changed."""
        before: dict[str, Any] | None = None
        for number, (when, status, change) in enumerate(states):
            claim, later = firsts[number], firsts.get(number + 1)
            since, until = claim.text.day, later.text.day.isoformat() if later else None
            self.rows[EventBelief].append(
                (
                    *(self._next(EventBelief), pk, since.isoformat(), until, *_dated(when, status), claim.pk, change),
                    False,
                )
            )
            state = _state(event, when, status)
            what = what_changed(before, state, new=before is None, merged=False)
            if what and (before is None or since >= self.inventor.until - NEWEST):
                row = (pk, what.value, _moment(since, pk), _json(before or {}), _json(state), None)
                self.rows[Change].append(row)
            before = state


# --- values -------------------------------------------------------------------------------------


def _together(listed: Sequence[tuple[date, int, Telling]]) -> Iterator[list[tuple[date, int, Telling]]]:
    """Reports in order of day, as many as one article tells of; no event twice."""
    group: list[tuple[date, int, Telling]] = []
    for report in listed:
        full = len(group) == OF_ARTICLE or (group and report[0] - group[0][0] > APART)
        if full or any(report[1] == other[1] for other in group):
            yield group
            group = []
        group.append(report)
    if group:
        yield group


def _first(event: Invented, claim: _Told, state: State) -> Said:
    """The earliest report as resolving sees it: of it the id of the event is made."""
    when, status, _ = state
    identity = f"{claim.text.published}|{claim.text.digest}|{claim.pk:07}|{event.type}|{when.start}|{when.end}"
    return Said(
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
        start=when.start,
        end=when.end,
        granularity=when.granularity,
        modifier=when.modifier,
        extent=when.extent,
        status=status,
    )


def _state(event: Invented, when: When, status: str) -> dict[str, Any]:
    """As `timeline.pipeline.changelog.state_of` tells a stored event."""
    return {
        "start": _iso(when.start),
        "end": _iso(when.end),
        "granularity": when.granularity,
        "modifier": when.modifier,
        "extent": when.extent,
        "status": status,
        "type": event.type,
        "participants": list(dict.fromkeys([*event.participants, *([event.place] if event.place else [])])),
    }


def _dated(when: When, status: str) -> tuple[str | None, ...]:
    pairs = _json(when.alternatives) if when.alternatives else "[]"
    return _iso(when.start), _iso(when.end), when.granularity, when.modifier, when.extent, status, pairs


def _reasons(words: str, when: When) -> list[list[Any]]:
    return to_json((reason(Code.PHRASE, words), reason(Code.STATED), reason(Code.DAYS, when.start, when.end)))


def _moment(day: date, pk: str) -> str:
    """Some time of the day, the same for the same event."""
    minute = hash_of(pk) % 660
    return f"{day} {12 + minute // 60:02}:{minute % 60:02}:{hash_of(pk[::-1]) % 60:02}+00:00"


def hash_of(pk: str) -> int:
    """A number that is the same in every process, as `hash` is not."""
    return sum(ord(letter) * 31**n for n, letter in enumerate(pk[:6]))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
