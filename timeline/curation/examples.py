"""Turn a correction into an example for the rules: a TOML file in the format of the example files.

The example has the deciding sentence as it should have been read. A correction of dates becomes an example of the
date rules if the sentence alone gives the wrong days; all others become examples of the event rules. Nothing is
written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from timeline.curation import decide
from timeline.curation.provenance import UNKNOWN, date_expressions, rule_names, rules_language, trigger_name
from timeline.display.redirects import living
from timeline.extraction import Article as CleanArticle
from timeline.extraction import EventMention, Expression, read_article
from timeline.extraction.dates import find
from timeline.extraction.when import When, dates_of
from timeline.models import Article, Claim, Correction, Event
from timeline.resolution.corrections import READ_FIELDS, same_value

Field = Correction.Field

LANGUAGES = ("zh", "en")  # that have examples
MAX_CLAIMS = 200  # newest claims, among which the deciding one is looked for
EXAMPLE_FIELDS = (*READ_FIELDS, Field.ACCEPTED, Field.REJECTED)  # decisions that say how a text is to be read


class NoExampleError(ValueError):
    """The correction cannot be an example; the message says why."""


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """The name and the TOML text of a file. `kind`: `dates` or `events`, the rules that it is for."""

    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ExpectedReading:
    """What should have been read of one event; values as in `Correction.value`."""

    dates: Mapping[str, Any]
    status: str
    type: str
    participants: Sequence[str]

    @property
    def days(self) -> str:
        return f"{self.dates.get('start') or ''}/{self.dates.get('end') or ''}"


def may_be_example(correction: Correction) -> bool:
    """Return whether the corrected field is one that rules read."""
    return correction.field in EXAMPLE_FIELDS


def example_from(correction: Correction) -> ExampleFile:
    """Return the correction as an example file. Raises NoExampleError with the reason."""
    if not may_be_example(correction):
        raise NoExampleError(_("Only dates, status, type, participants or “not an event” can become an example."))
    claim = _deciding_claim(correction)
    language, anchor = rules_language(claim), claim.article.anchor
    if language not in LANGUAGES or anchor is None:
        raise NoExampleError(_("There are no examples in this language."))
    wanted = _expected(correction, claim)
    if correction.field == Field.DATES and (made := _date_example(claim, wanted, anchor, language)):
        rule, lines = made
        return _file("dates", correction, language, anchor, [f"rule = {_toml_string(rule)}", "not = []", *lines])
    rule = trigger_name(claim, language)
    if rule == UNKNOWN:
        raise NoExampleError(
            _("The current rules find no event in the sentence, so there is no rule to add the example to.")
        )
    sentence = _toml_string(claim.evidence)
    if correction.field == Field.REJECTED:
        lines = [f"not = [{sentence}]"]
    else:
        given = ", ".join(map(_toml_string, _events(claim, wanted, anchor, language)))
        lines = ["[example.gives]", f"{sentence} = [{given}]"]
    return _file("events", correction, language, anchor, [f"rule = {_toml_string(rule)}", *lines])


# --- the deciding claim -------------------------------------------------------------------------------


def _deciding_claim(correction: Correction) -> Claim:
    """Return the claim that gave the corrected value; of several one without doubts, then the newest."""
    row = Event.objects.get(pk=correction.event_id)
    event = living(row) or row
    rows = Claim.objects.filter(event=event).exclude(article__state=Article.State.HAND)
    claims = list(rows.select_related("article").order_by("-reported", "-pk")[:MAX_CLAIMS])
    if not claims:
        raise NoExampleError(_("No article mentions this event, so there is no sentence to learn from."))
    gave = [
        c
        for c in claims
        if correction.field in READ_FIELDS
        and same_value(correction.field, values_of_claim(c)[correction.field], correction.basis)
    ]
    return min(gave or claims, key=lambda c: bool(c.doubts))


def values_of_claim(claim: Claim) -> dict[str, Any]:
    """Return the claim's values of the fields that can be locked, as in `Correction.value`."""
    return {
        Field.DATES.value: dates_of(claim.when),
        Field.STATUS.value: claim.status,
        Field.TYPE.value: claim.type,
        Field.PARTICIPANTS.value: claim.participants,
    }


def _expected(correction: Correction, claim: Claim) -> ExpectedReading:
    """Return the values of the claim, overridden by the locks of the event and by this correction."""
    values = values_of_claim(claim) | {name: row.value for name, row in decide.locks(correction.event).items()}
    if correction.field in READ_FIELDS:
        values[correction.field] = correction.value
    return ExpectedReading(**{str(name): values[name] for name in READ_FIELDS})


# --- dates --------------------------------------------------------------------------------------


def _date_example(claim: Claim, wanted: ExpectedReading, anchor: date, language: str) -> tuple[str, list[str]] | None:
    """Return rule and lines of a date example; None unless the days come from one expression that is read wrongly."""
    chosen = date_expressions(claim)
    if len(chosen) != 1:
        return None
    at = int(chosen[0].get("start_char") or 0) - claim.evidence_start
    found = find(claim.evidence, anchor, language=claim.article.language)
    wrong = next((e for e in found if e.start_char <= at < e.end_char), None)
    if wrong is None or _days(wrong) == wanted.days:
        return None
    surfaces = [f"{e.text} = {wanted.days if e is wrong else _days(e)}{_vague(e, wrong)}" for e in found]
    lines = ["[example.inside]", f"{_toml_string(claim.evidence)} = [{', '.join(map(_toml_string, surfaces))}]"]
    return rule_names(wrong.rule)[0], lines


def _days(e: Expression | When) -> str:
    return f"{e.start or ''}/{e.end or ''}"


def _vague(e: Expression, wrong: Expression) -> str:
    return " vague" if e.vague and e is not wrong else ""


# --- events -------------------------------------------------------------------------------------


def _events(claim: Claim, wanted: ExpectedReading, anchor: date, language: str) -> list[str]:
    """Return a line for each event of the sentence; that of the claim as it should have been read."""
    noon = datetime.combine(anchor, time(12), UTC)
    read = read_article(CleanArticle("", claim.evidence, noon, anchor=anchor)).events
    where = claim.trigger[0] - claim.evidence_start
    others = [e for e in read if e.trigger[0] != where or e.kind != claim.kind]
    corrected = _format_line(wanted.type, claim.stage, wanted.participants, claim.place, wanted.days, wanted.status)
    return [corrected, *map(_event_line, others)]


def _event_line(e: EventMention) -> str:
    return _format_line(e.type, e.stage, e.participants, e.place, _days(e.when), e.status)


def _format_line(type: str, stage: str, codes: Iterable[str], place: str, days: str, status: str) -> str:
    """Format an event as `type/stage participants @place start/end status`, participants by code."""
    named = f"{type}/{stage}" if stage and stage != "vote" else type
    return " ".join([named, *sorted(codes), *([f"@{place}"] if place else []), days, status])


# --- the file -----------------------------------------------------------------------------------


def _file(kind: str, correction: Correction, language: str, anchor: date, lines: Sequence[str]) -> ExampleFile:
    name = f"{language}_examples_{correction.event_id}_{correction.pk}.toml"
    day = f"{correction.made_at:%Y-%m-%d}"
    head = [
        f"# Decided by an editor on {day} about event {correction.event_id}. Put it into timeline/extraction/{kind}/;",
        "# then teach the rules to give it.",
        "",
        f"anchor = {anchor.isoformat()}",
        "",
        "[[example]]",
    ]
    return ExampleFile(kind, name, "\n".join([*head, *lines]) + "\n")


def _toml_string(text: str) -> str:
    """Quote a text as a basic string of TOML."""
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007F")
