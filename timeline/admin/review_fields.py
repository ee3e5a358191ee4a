"""The fields of the review screen as typed. Only fields that an editor changed are decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from timeline.curation.actor_input import parse_actors, parse_place
from timeline.curation.day_input import parse_days
from timeline.curation.review import days_preview, form_values
from timeline.curation.values import MAX_NOTE_CHARS
from timeline.models import Event
from timeline.models.dated import ELECTION_TYPES, Status, Type

FIELDS = ("dates", "status", "type", "participants", "place", "importance", "note")
MAX_REASON_CHARS = 2_000
IMPORTANCES = ("0", "1", "2", "3")


@dataclass(slots=True)
class ReviewForm:
    """The form: the text of each field, and its text when the page was rendered (`was`).

    `looked`: when that was. `seen`: the stamp of the event then. `problems`: by field, what is wrong with it.
    """

    text: dict[str, str]
    was: dict[str, str]
    reason: str = ""
    seen: str = ""
    looked: datetime | None = None
    problems: dict[str, str] = field(default_factory=dict)
    window: str = ""  # the typed days as text

    @classmethod
    def fresh(cls, now: Mapping[str, str], seen: str = "") -> ReviewForm:
        return cls(dict(now), dict(now), seen=seen)

    @classmethod
    def sent(cls, post: QueryDict) -> ReviewForm:
        """Parse the sent form; a field that is missing counts as unchanged."""
        was = {name: _lines(post.get(f"was_{name}", "")) for name in FIELDS}
        text = {name: _lines(post.get(name, was[name])) for name in FIELDS}
        try:
            looked = parse_datetime(post.get("looked", ""))
        except ValueError:
            looked = None
        if looked is not None and looked.tzinfo is None:
            looked = looked.replace(tzinfo=UTC)
        return cls(text, was, post.get("reason", "")[:MAX_REASON_CHARS].strip(), post.get("seen", "")[:64], looked)

    def touched(self, name: str) -> bool:
        return self.text[name].strip() != self.was[name].strip()

    def values(self, now: Mapping[str, str], today: date) -> dict[str, Any]:
        """Return the values of the changed fields, as in `Correction.value`; collect the problems of invalid ones.

        `now`: the present texts of the fields (`form_values`, or `claim_form_values`).
        """
        found: dict[str, Any] = {}
        for name in FIELDS:
            text = self.text[name].strip()
            if not self.touched(name) or text == now[name].strip():
                continue
            try:
                found[name] = self._value(name, text, today)
            except ValidationError as error:
                self.problems[name] = " ".join(error.messages)
        return found

    def _value(self, name: str, text: str, today: date) -> Any:
        if name == "dates":
            typed = parse_days(text, today)
            self.window = days_preview(typed)
            return typed.value
        if name == "participants":
            return parse_actors(text)
        if name == "place":
            return parse_place(text)
        if name == "importance":
            if text not in IMPORTANCES:
                raise ValidationError(gettext("Importance must be a number from 0 to 3."))
            return int(text)
        if name == "note" and len(text) > MAX_NOTE_CHARS:
            raise ValidationError(gettext("The note may have at most %(most)d characters.") % {"most": MAX_NOTE_CHARS})
        return text

    def rebased(self, event: Event, seen: str) -> ReviewForm:
        """Return the form for the event as it is now: changed fields as typed, the others at their present values."""
        now = form_values(event)
        text = {name: self.text[name] if self.touched(name) else now[name] for name in FIELDS}
        return ReviewForm(text, now, self.reason, seen, None, self.problems, self.window)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def choices() -> Mapping[str, list[tuple[str, str]]]:
    """Return the choices of status, importance, and types of both kinds."""
    types = [(t.value, str(t.label)) for t in Type]
    levels = [gettext("none"), gettext("low"), gettext("medium"), gettext("high")]
    return {
        "status": [(s.value, str(s.label)) for s in Status],
        "elections": [one for one in types if one[0] in ELECTION_TYPES],
        "alliances": [one for one in types if one[0] not in ELECTION_TYPES],
        "importance": list(zip(IMPORTANCES, levels, strict=True)),
    }
