"""The reliability table: what editors accepted, corrected and rejected, by rule and by newsroom."""

from __future__ import annotations

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.articles import CAST, raw, read_all
from tests.support.users import logged_in, member
from timeline.curation import decide
from timeline.curation import reliability as table
from timeline.models import Event, Source

pytestmark = pytest.mark.django_db
URL = "/admin/timeline/correction/reliability/"


def row(kind: str, name: str) -> table.ReliabilityRow:
    return next(r for r in table.reliability().rows if (r.kind, r.name) == (kind, name))


def test_each_rule_and_newsroom_is_judged_by_what_was_decided_about_its_events() -> None:
    read_all([CAST[1], CAST[5], raw("k", "2024-11-09", "法国总统选举定于2027年4月11日举行。", "two.example")])
    one = member("one", "editor")
    gb, de, fr = (Event.objects.get(key__endswith=f":{code}") for code in ("GB", "DE", "FR"))
    decide.accept_event(gb, one)
    decide.correct_field(de, "dates", {"start": "2025-02-23", "end": "2025-02-23"}, one)
    decide.correct_field(fr, "rejected", True, one)
    rows = {(r.kind, r.name): r.counts for r in table.reliability().rows}
    sources = {s.slug: s for s in Source.objects.all()}
    by_source = {name: counts for (kind, name), counts in rows.items() if kind == table.SOURCE}
    assert set(by_source) <= set(sources)
    assert sorted(by_source.values()) == [[0, 1, 0], [1, 0, 1]]
    assert rows[table.TRIGGER, "zh: general election"] == [1, 0, 0]
    assert rows[table.TRIGGER, "zh: presidential election"] == [0, 0, 1]
    assert (table.TRIGGER, "zh: legislative election") not in rows, "days say nothing about triggers"
    dates = {name: counts for (kind, name), counts in rows.items() if kind == table.DATE}
    assert all(name.startswith("zh: ") for name in dates)
    assert [sum(counts[i] for counts in dates.values()) > 0 for i in range(3)] == [True, True, True]


def test_an_event_counts_once_and_the_worst_stands() -> None:
    read_all(CAST[1:2])
    one, event = member("one", "editor"), Event.objects.get()
    decide.accept_event(event, one)
    assert row(table.TRIGGER, "zh: general election").counts == [1, 0, 0]
    wrong = decide.correct_field(event, "type", "legislative", one)
    assert row(table.TRIGGER, "zh: general election").counts == [0, 1, 0]
    decide.undo_correction(wrong, one)
    assert row(table.TRIGGER, "zh: general election").counts == [1, 0, 0]


def test_what_was_locked_as_it_was_read_counts_as_accepted() -> None:
    read_all(CAST[1:2])
    event = Event.objects.get()
    decide.correct_field(event, "dates", {"start": "2024-07-04", "end": "2024-07-04"}, member("one", "editor"))
    assert [r.counts for r in table.reliability().rows if r.kind == table.DATE] == [[1, 0, 0]] * 2


def test_the_work_is_bounded_and_asks_as_much_for_many_as_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            table.reliability()
        return len(context)

    one = member("one", "editor")
    read_all([CAST[1], CAST[5]])
    for event in Event.objects.all():
        decide.accept_event(event, one)
    few = queries()
    read_all(
        [
            raw(f"n{n}", "2024-03-20", f"{name}大选将于2024年9月{n}日举行。")
            for n, name in enumerate("法国 日本 加拿大".split(), 1)
        ]
    )
    for event in Event.objects.filter(curated=False):
        decide.accept_event(event, one)
    assert queries() == few
    assert table.reliability().corrections == 5
    monkeypatch.setattr(table, "MAX_CORRECTIONS", 2)
    found = table.reliability()
    assert (found.corrections, found.events, found.more) == (2, 2, True)


def test_the_page_sorts_and_the_file_is_safe_in_a_spreadsheet() -> None:
    read_all(CAST[1:2])
    Source.objects.update(slug="=1+1")
    decide.accept_event(Event.objects.get(), one := member("one", "editor"))
    client = logged_in(one)
    assert "zh: general election" in client.get(URL).content.decode()
    for by in ("name", "-percent", "total", "-nonsense", "__class__"):
        assert client.get(URL, {"by": by}).status_code == 200
    answer = client.get(URL, {"format": "csv", "by": "name"})
    rows = list(csv.reader(answer.content.decode().splitlines()))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert rows[0][:3] == ["kind", "name", "accepted"] and ["source", "'=1+1", "1", "0", "0", "1", "100"] in rows
    names = [r[1] for r in rows[1:]]
    assert [n.lstrip("'") for n in names] == sorted(n.lstrip("'") for n in names)


def test_an_empty_table_says_what_to_do_and_a_stranger_sees_nothing() -> None:
    reader = logged_in(member("reader", "reader"))
    page = reader.get(URL, headers={"accept-language": "en"})
    assert page.status_code == 200 and "No decisions yet" in page.content.decode()
    assert logged_in(member("program", "machine")).get(URL).status_code == 403
