"""What the inbox asks a person about, beyond moves and doubts: what is off, what cannot be, and what is the same."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.support import articles, rows
from tests.support.inbox import INBOX, editor
from tests.support.review import alice
from timeline.curation import decide
from timeline.curation.inbox import signals
from timeline.models import Attention, ErrorReport, Event, Feed

__all__ = ["alice"]
pytestmark = pytest.mark.django_db


def reasons(row: Event) -> set[str]:
    signals.update_events([row.pk])
    found = Attention.objects.filter(event=row).first()
    return set(found.reasons) if found else set()


def said(row: Event, on: str, status: str, of: str = "one") -> None:
    text = f"英国大选 {on} {status}"
    rows.claim(row, rows.article(text, on=on, of=of), text, status=status)


def test_newest_reports_that_it_is_off_ask_where_the_event_stands() -> None:
    row = rows.event("e1", ["GB"], "2031-05-01")
    said(row, "2024-03-20", "scheduled")
    said(row, "2024-04-20", "cancelled", "two")
    assert "put_off" in reasons(row)
    said(row, "2024-05-20", "scheduled", "three")
    assert "put_off" not in reasons(row)  # newer reports say that it stands


@pytest.mark.parametrize("status", ["postponed", "cancelled"])
def test_an_event_that_is_off_itself_does_not_ask(status: str) -> None:
    row = rows.event("e1", ["GB"], "2031-05-01", status=status)
    said(row, "2024-04-20", status)
    assert "put_off" not in reasons(row)


def test_a_vote_that_the_country_does_not_hold_asks() -> None:
    assert "office" in reasons(rows.event("king", ["GB"], "2031-05-01", type="presidential"))
    assert "office" not in reasons(rows.event("vote", ["GB"], "2031-05-01", type="legislative"))
    assert "office" not in reasons(rows.event("talks", ["GB", "FR"], "2031-05-01", kind="alliance", type="summit"))


TWINS = [("2031-05-04", "FR DE", True), ("2031-05-09", "FR DE", False), ("2031-05-02", "FR PL", False)]


@pytest.mark.parametrize(("other", "codes", "asks"), TWINS)
def test_twins_ask(other: str, codes: str, asks: bool) -> None:
    one = rows.event("e1", ["FR", "DE"], "2031-05-01", kind="alliance", type="meeting")
    rows.event("e2", codes.split(), other, kind="alliance", type="exercise")
    assert ("merge" in reasons(one)) is asks


def test_feeds_whose_times_look_shifted_are_named(alice: Client) -> None:
    feed = Feed.objects.create(
        source=rows.source("late"), url="https://late.example/feed", url_digest="d", clock_hint="8 h early"
    )
    page = alice.get(INBOX).content.decode()
    assert "Newsroom late" in page and "8 h early" in page and f"/feed/{feed.pk}/" not in page
    client = Client()
    client.force_login(editor("more", "view_feed"))
    assert f"/admin/timeline/feed/{feed.pk}/change/" in client.get(INBOX).content.decode()
    Feed.objects.update(paused=True)
    assert "8 h early" not in alice.get(INBOX).content.decode()


def test_what_a_reader_reports_asks_shows_its_words_and_is_settled_by_a_decision(alice: Client) -> None:
    row = rows.event("e1", ["GB"], "2031-05-01")
    signals.refresh()
    assert "reported" not in reasons(row)
    ErrorReport.objects.create(event=row, text="It is <i>May 8</i>.", contact="mail me")
    signals.refresh()
    assert "reported" in Attention.objects.get(event=row).reasons
    page = alice.get(f"{INBOX}event/{row.pk}/").content.decode()
    assert "It is &lt;i&gt;May 8&lt;/i&gt;." in page and "mail me" in page
    ErrorReport.objects.update(settled_at=row.changed_at)
    assert "reported" not in reasons(row)


def test_a_decision_settles_what_readers_reported_and_undone_opens_it_again() -> None:
    someone = editor("anna")
    articles.read_all([articles.raw("plan", "2030-09-01", "英国将于2031年5月1日举行大选。")])
    row = Event.objects.get()
    report = ErrorReport.objects.create(event=row, text="It is May 8.")

    def settled_by() -> object:
        report.refresh_from_db()
        return report.settled_at and report.settled_by

    made = decide.correct_field(row, "dates", {"start": "2031-05-08", "end": "2031-05-08"}, someone)
    assert settled_by() == someone
    decide.undo_correction(made, someone)
    assert settled_by() is None
    decide.redo_correction(made, someone)
    assert settled_by() == someone
