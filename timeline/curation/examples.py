"""A decision of an editor as an example for the rules: a file in the form of those beside them.

What was read in the sentence that decided stands in it as it should have been read. A date becomes an example of the
date rules where the sentence alone gives the wrong days, and everything else one of the event rules. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from timeline.curation import decide
from timeline.curation.provenance import UNKNOWN, expressions_of, family, parts, trigger_of
from timeline.display.redirects import living
from timeline.extraction import Article as CleanArticle
from timeline.extraction import EventMention, Expression, read_article
from timeline.extraction.dates import find
from timeline.models import Article, Claim, Correction, Event
from timeline.resolution.corrections import LOCKS, same

Field = Correction.Field

LANGUAGES = ("zh", "en")  # that have examples
LOOKED_AT = 200  # claims among which the deciding one is looked for
MADE_OF = (*LOCKS, Field.ACCEPTED, Field.REJECTED)


class NoExample(ValueError):
    """Why a decision cannot be an example."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file: its name, and its text in TOML. `kind`: of which rules, dates or events."""

    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should have been read of one event, as in `Correction.value`."""

    dates: Mapping[str, Any]
    status: str
    type: str
    participants: Sequence[str]

    @property
    def days(self) -> str:
        return f"{self.dates.get('start') or ''}/{self.dates.get('end') or ''}"


def may_be_example(decision: Correction) -> bool:
    return decision.field in MADE_OF


def example_of(decision: Correction) -> Made:
    """The decision as a file. Raises NoExample with the reason."""
    if not may_be_example(decision):
        raise NoExample(
            _("Only what was read can be an example: days, status, type, participants, or no event at all.")
        )
    claim = _deciding(decision)
    language, anchor = family(claim), claim.article.anchor
    if language not in LANGUAGES or anchor is None:
        raise NoExample(_("There are no examples of this language."))
    wanted = _wanted(decision, claim)
    if decision.field == Field.DATES and (made := _of_dates(claim, wanted, anchor, language)):
        rule, lines = made
        return _file("dates", decision, language, anchor, [f"rule = {_quoted(rule)}", "not = []", *lines])
    rule = trigger_of(claim, language)
    if rule == UNKNOWN:
        raise NoExample(_("The present rules find no event in the sentence: there is no rule to put the example to."))
    sentence = _quoted(claim.evidence)
    if decision.field == Field.REJECTED:
        lines = [f"not = [{sentence}]"]
    else:
        given = ", ".join(map(_quoted, _events(claim, wanted, anchor, language)))
        lines = ["[example.gives]", f"{sentence} = [{given}]"]
    return _file("events", decision, language, anchor, [f"rule = {_quoted(rule)}", *lines])


# --- what decided -------------------------------------------------------------------------------


def _deciding(decision: Correction) -> Claim:
    """The claim that gave what was decided about; of several, the plain one, then the newest."""
    row = Event.objects.get(pk=decision.event_id)
    event = living(row) or row
    rows = Claim.objects.filter(event=event).exclude(article__state=Article.State.HAND)
    claims = list(rows.select_related("article").order_by("-reported", "-pk")[:LOOKED_AT])
    if not claims:
        raise NoExample(_("No article tells of this event: there is no sentence to learn from."))
    gave = [
        c for c in claims if decision.field in LOCKS and same(decision.field, said(c)[decision.field], decision.basis)
    ]
    return min(gave or claims, key=lambda c: bool(c.doubts))


def said(claim: Claim) -> dict[str, Any]:
    """What a claim says of the fields that can be locked, as in `Correction.value`."""
    days = {name: day.isoformat() if (day := getattr(claim, name)) else None for name in ("start", "end")}
    return {
        Field.DATES.value: {**days, "granularity": claim.granularity},
        Field.STATUS.value: claim.status,
        Field.TYPE.value: claim.type,
        Field.PARTICIPANTS.value: claim.participants,
    }


def _wanted(decision: Correction, claim: Claim) -> Wanted:
    """What the claim says, with what is locked now and what was decided here above it."""
    values = said(claim) | {name: row.value for name, row in decide.locks(decision.event).items()}
    if decision.field in LOCKS:
        values[decision.field] = decision.value
    return Wanted(**{str(name): values[name] for name in LOCKS})


# --- dates --------------------------------------------------------------------------------------


def _of_dates(claim: Claim, wanted: Wanted, anchor: date, language: str) -> tuple[str, list[str]] | None:
    """The rule and the lines of an example; None where the days do not come from one expression read wrongly."""
    chosen = expressions_of(claim)
    if len(chosen) != 1:
        return None
    at = int(chosen[0].get("start_char") or 0) - claim.evidence_start
    found = find(claim.evidence, anchor, language=claim.article.language)
    wrong = next((e for e in found if e.start_char <= at < e.end_char), None)
    if wrong is None or _days(wrong) == wanted.days:
        return None
    surfaces = [f"{e.text} = {wanted.days if e is wrong else _days(e)}{_vague(e, wrong)}" for e in found]
    lines = ["[example.inside]", f"{_quoted(claim.evidence)} = [{', '.join(map(_quoted, surfaces))}]"]
    return parts(wrong.rule)[0], lines


def _days(e: Expression) -> str:
    return f"{e.start or ''}/{e.end or ''}"


def _vague(e: Expression, wrong: Expression) -> str:
    return " vague" if e.vague and e is not wrong else ""


# --- events -------------------------------------------------------------------------------------


def _events(claim: Claim, wanted: Wanted, anchor: date, language: str) -> list[str]:
    """All events of the sentence, each in one line, that of the claim as it should have been read."""
    noon = datetime.combine(anchor, time(12), UTC)
    read = read_article(CleanArticle("", claim.evidence, noon, anchor=anchor)).events
    where = claim.trigger[0] - claim.evidence_start
    others = [e for e in read if e.trigger[0] != where or e.kind != claim.kind]
    corrected = _line(wanted.type, claim.stage, wanted.participants, claim.place, wanted.days, wanted.status)
    return [corrected, *map(_read, others)]


def _read(e: EventMention) -> str:
    return _line(e.type, e.stage, e.participants, e.place, f"{e.start or ''}/{e.end or ''}", e.status)


def _line(type: str, stage: str, codes: Iterable[str], place: str, days: str, status: str) -> str:
    """`type/stage participants @place start/end status`, participants by code."""
    named = f"{type}/{stage}" if stage and stage != "vote" else type
    return " ".join([named, *sorted(codes), *([f"@{place}"] if place else []), days, status])


# --- the file -----------------------------------------------------------------------------------


def _file(kind: str, decision: Correction, language: str, anchor: date, lines: Sequence[str]) -> Made:
    name = f"{language}_examples_{decision.event_id}_{decision.pk}.toml"
    day = f"{decision.made_at:%Y-%m-%d}"
    head = [
        f"# Decided by an editor on {day} about event {decision.event_id}. Put it into timeline/extraction/{kind}/;",
        "# then teach the rules to give it.",
        "",
        f"anchor = {anchor.isoformat()}",
        "",
        "[[example]]",
    ]
    return Made(kind, name, "\n".join([*head, *lines]) + "\n")


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007F")
