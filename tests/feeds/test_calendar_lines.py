"""The lines of calendars are those of the library icalendar, for any text, days and status, and are read back alike."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from timeline.display.event import EventView
from timeline.extraction.when import When
from timeline.feeds import calendar_lines, ical
from timeline.feeds.metadata import FeedMetadata, heading, plain
from timeline.models import Actor

HOSTILE = '\\;,\n\r:"^ 美国與é😀\tabcNn'  # what is escaped, where lines are folded, and letters of one to four bytes
TEXTS = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cs", "Cc"])), max_size=200)
TEXTS = TEXTS.filter(lambda text: r"\N" not in text)  # the library takes it for a line break
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
LANGUAGES = st.sampled_from(["zh-hans", "zh-hant", "en"])


@st.composite
def whens(draw: st.DrawFn) -> When:
    start, more = draw(DAYS), draw(st.integers(0, 400))
    end = start + timedelta(days=more)
    modifier = draw(st.sampled_from(["", "by", "from", "since", "until", "about"]))
    if draw(st.booleans()) or modifier not in ("", "by", "from"):
        return When(start, end, "day", modifier, draw(st.sampled_from(["within", "throughout"])))
    return When(None, end, "day", "by") if modifier == "by" else When(start, None, "day", "from")


@st.composite
def views(draw: st.DrawFn) -> EventView:
    when = draw(whens())
    name = draw(TEXTS.map(plain).map(lambda words: words.replace("\n", " ")))
    actor = Actor(code=draw(st.sampled_from(["FR", "US-CA", "nato"])), kind="country")
    actor.name_zh_hans, actor.name_zh_hant, actor.name_en = f"美国{name}", f"美國{name}", f"America {name}"
    kind, type = draw(st.sampled_from([("election", "general"), ("alliance", "meeting")]))
    status = draw(st.sampled_from(["scheduled", "expected", "conditional", "occurred", "postponed", "cancelled"]))
    return EventView(
        id=draw(st.text("abc0123", min_size=1, max_size=16)),
        kind=kind,
        type=type,
        stage="vote" if kind == "election" else "",
        place=None,
        participants=(actor,),
        when=when,
        status=status,
        lapsed=status == "scheduled" and draw(st.booleans()),
        day=when.day,
        believed_since=when.day,
        first_reported=when.day,
        claim_count=draw(st.integers(1, 30)),
        source_count=draw(st.integers(1, 30)),
        evidence=draw(TEXTS),
    )


def by_library(event: EventView, metadata: FeedMetadata, base: str) -> Any:
    """The same calendar, written by the library."""
    calendar, entry = icalendar.Calendar(), icalendar.Event()
    name = heading(event)
    fixed = {"prodid": "-//newsdesk//newsdesk//EN", "version": "2.0", "calscale": "GREGORIAN", "method": "PUBLISH"}
    for key, value in (fixed | {"name": name, "x-wr-calname": name}).items():
        calendar.add(key, value)
    start, end = (event.when.start or event.when.end), (event.when.end or event.when.start)
    assert start and end
    values: dict[str, Any] = {
        "uid": f"event-{event.id}@newsdesk",
        "sequence": metadata.revision,
        "dtstamp": metadata.changed,
        "created": metadata.published,
        "last-modified": metadata.changed,
        "dtstart": end if event.when.is_deadline else start,
        "dtend": end + timedelta(days=1),
        "summary": ical._summary(event),
        "description": ical._description(event, base),
        "status": ical._status(event),
        "transp": "TRANSPARENT",
        "categories": [event.kind, event.type, event.state, *(actor.code for actor in event.participants)],
        "color": ical.COLORS[event.kind],
        "url": base + event.link,
        "x-newsdesk-edtf": event.when.edtf,
    }
    for key, value in values.items():
        entry.add(key, value)
    calendar.add_component(entry)
    return calendar


@given(views(), MOMENTS, MOMENTS, st.integers(0, 9), LANGUAGES)
def test_any_event_is_written_as_by_the_library(
    event: EventView, changed: datetime, published: datetime, revision: int, language: str
) -> None:
    metadata = FeedMetadata(published, changed, revision, False, False)
    with translation.override(language):
        written = ical.one(event, metadata, "https://example.org").content
        expected = by_library(event, metadata, "https://example.org")
        assert written == expected.to_ical()
        assert icalendar.Calendar.from_ical(written) == icalendar.Calendar.from_ical(expected.to_ical())


@given(st.text(st.sampled_from(HOSTILE), max_size=300))
def test_no_text_leaves_its_line_and_no_line_is_too_long(words: str) -> None:
    written = calendar_lines.calendar(
        [f"DESCRIPTION:{calendar_lines.text(words)}", f"X-WR-CALNAME:{calendar_lines.raw(words)}"], []
    )
    assert max(map(len, written.split(b"\r\n"))) <= 75
    unfolded = written.replace(b"\r\n ", b"").decode()
    assert len(unfolded.split("\r\n")) == 5
    assert "\n" not in unfolded.replace("\r\n", "") and "\r" not in unfolded.replace("\r\n", "")


@pytest.mark.parametrize("words", ["C:\\News", "a\\nb", "a;b,c", "\\\\N", "末尾\\"])
def test_a_backslash_is_read_back_as_it_was(words: str) -> None:
    written = calendar_lines.calendar([f"DESCRIPTION:{calendar_lines.text(words)}"], [])
    parsed: Any = icalendar.Calendar.from_ical(written)
    assert str(parsed["description"]) == words
