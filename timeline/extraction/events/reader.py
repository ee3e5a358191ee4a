"""Events of a text: what the rules say is a sign among others for the learnt weights, which decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from timeline.extraction.article import EventMention, Expression
from timeline.extraction.events.distributing import distributed
from timeline.extraction.events.found import found_in
from timeline.extraction.events.learnt.reader import learnt_events, readable
from timeline.extraction.events.learnt.site import in_use
from timeline.extraction.events.rules import events_by_rules


def read_events(
    text: str, folded: str, title: str, expressions: Sequence[Expression], anchor: date, language: str
) -> tuple[EventMention, ...]:
    """Return the dated events of a text. Offsets and expression indexes are those of `text` and `expressions`."""
    found = found_in(title, folded, expressions, anchor, language)
    if found is None:
        return ()
    rules = events_by_rules(text, title, found)
    read = readable(found)
    if read is None:
        return tuple(distributed(rules, found))
    events = distributed(learnt_events(text, read, rules, in_use()), found)
    return tuple(sorted(events, key=lambda e: (e.trigger, e.participants)))
