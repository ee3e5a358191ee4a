"""Changes become deliveries: each told once, in order, at its time, and none is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.support import alerts, articles, rows
from timeline.alerts import outbox
from timeline.models import Change, DeliveredChange, Delivery, Watch

pytestmark = pytest.mark.django_db


def told(watch: Watch) -> list[list[int]]:
    """The changes of each delivery, oldest first."""
    rows = watch.deliveries.order_by("pk")
    return [list(d.changes.order_by("pk").values_list("pk", flat=True)) for d in rows]


def being_sent() -> None:
    """A worker has every delivery that waits: none of them takes further changes."""
    Delivery.objects.filter(sent_at=None).update(attempts=1)


def test_what_nobody_has_tried_to_send_yet_takes_further_changes() -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine = alerts.watch(query="country=JP")
    changes = []
    for _ in range(3):
        changes.append(alerts.moved(event, "JP").pk)
        alerts.collect_all()
    assert told(mine) == [changes]


def test_each_change_is_told_once_to_each_watch_however_often_it_is_collected() -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine, other = alerts.watch(query="country=JP"), alerts.watch(event=event, name="event")
    first = alerts.moved(event, "JP")
    alerts.collect_all()
    alerts.collect_all()
    being_sent()
    second = alerts.moved(event, "JP")
    alerts.collect_all()
    assert told(mine) == told(other) == [[first.pk], [second.pk]]
    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveredChange.objects.create(watch=mine, change=first, delivery=mine.deliveries.get(changes=second))


def test_a_failure_while_collecting_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine = alerts.watch(query="country=JP")
    alerts.collect_all()
    change = alerts.moved(event, "JP")

    def broken(*_: object) -> None:
        raise RuntimeError("the worker is killed here")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_follow_merged", broken)
        with pytest.raises(RuntimeError), transaction.atomic():
            outbox.collect(timezone.now())
    assert told(mine) == []
    alerts.collect_all()
    assert told(mine) == [[change.pk]]


@pytest.mark.parametrize(
    ("pace", "zone", "now", "due"),
    [
        ("at_once", "UTC", "2024-09-02T12:00", "2024-09-02T12:00"),
        ("daily", "UTC", "2024-09-02T12:00", "2024-09-03T07:00"),
        ("daily", "UTC", "2024-09-02T06:59", "2024-09-02T07:00"),
        ("daily", "Asia/Shanghai", "2024-09-02T12:00", "2024-09-02T23:00"),
        ("daily", "America/New_York", "2024-11-03T02:00", "2024-11-03T12:00"),  # summer time ends that night
        ("weekly", "UTC", "2024-09-02T12:00", "2024-09-09T07:00"),
        ("weekly", "UTC", "2024-09-02T05:00", "2024-09-02T07:00"),
        ("weekly", "UTC", "2024-09-08T12:00", "2024-09-09T07:00"),
        ("daily", "Nowhere/Lost", "2024-09-02T12:00", "2024-09-03T07:00"),
    ],
)
def test_when_a_digest_is_due(pace: str, zone: str, now: str, due: str) -> None:
    watch = Watch(pace=pace, zone=zone)
    at = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, due)]
    assert outbox.due_of(watch, at[0]) == at[1]


def test_a_digest_collects_until_it_is_due_and_then_begins_anew() -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine = alerts.watch(query="country=JP", pace="daily")
    changes = [alerts.moved(event, "JP")]
    alerts.collect_all(alerts.NOON)
    changes.append(alerts.moved(event, "JP"))
    alerts.collect_all(alerts.NOON + timedelta(hours=1))
    changes.append(alerts.moved(event, "JP"))
    alerts.collect_all(alerts.NOON + timedelta(hours=20))
    assert told(mine) == [[changes[0].pk, changes[1].pk], [changes[2].pk]]
    assert outbox.due_deliveries(alerts.NOON, 10) == []
    assert len(outbox.due_deliveries(alerts.NOON + timedelta(hours=19), 10)) == 1


def test_a_watch_is_told_in_order_and_a_failing_one_is_not_asked_for_each_of_its_deliveries() -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine = alerts.watch(query="country=JP")
    for _ in range(3):
        alerts.moved(event, "JP")
        alerts.collect_all()
        being_sent()
    Delivery.objects.update(attempts=0)
    first, second, third = mine.deliveries.order_by("pk").values_list("pk", flat=True)
    now = timezone.now()
    assert outbox.due_deliveries(now, 10) == [first]
    delivery = outbox.claim(first, now)
    assert delivery is not None
    outbox.failed(delivery, "down", now)
    assert outbox.due_deliveries(now, 10) == []
    later = now + outbox.RETRY_AFTER[0]
    again = outbox.claim(first, later)
    assert again is not None and again.attempts == 2
    outbox.sent(again, later)
    assert outbox.due_deliveries(later, 10) == [second]
    assert outbox.claim(third, later) is not None  # whoever asks for it by name has it; the list keeps the order


def test_two_workers_never_have_the_same_delivery_and_a_killed_one_loses_it_after_a_while() -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine = alerts.watch(query="country=JP")
    alerts.moved(event, "JP")
    alerts.collect_all()
    now = timezone.now()
    pk = mine.deliveries.get().pk
    assert outbox.claim(pk, now) is not None
    assert outbox.claim(pk, now) is None
    assert outbox.due_deliveries(now, 10) == []
    later = now + outbox.SENDING + timedelta(seconds=1)
    assert outbox.due_deliveries(later, 10) == [pk]
    again = outbox.claim(pk, later)
    assert again is not None and again.id_of_message == mine.deliveries.get().id_of_message


def test_after_too_many_attempts_the_alert_pauses_and_what_waits_is_sent_when_it_resumes() -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine = alerts.watch(query="country=JP")
    change = alerts.moved(event, "JP")
    alerts.collect_all()
    now = timezone.now()
    for _ in range(outbox.MAX_ATTEMPTS):
        (pk,) = outbox.due_deliveries(now, 10)
        delivery = outbox.claim(pk, now)
        assert delivery is not None
        outbox.failed(delivery, "The server answers 500.", now)
        now += timedelta(days=1)
    mine.refresh_from_db()
    assert (mine.paused, outbox.due_deliveries(now, 10)) == ("failing", [])
    outbox.resume([mine.pk], now)
    assert [Delivery.objects.get(pk=pk).changes.get() for pk in outbox.due_deliveries(now, 10)] == [change]


def test_a_watch_of_a_merged_event_goes_on_with_the_other() -> None:
    event, into = rows.event("a1", ["JP"], "2024-11-03"), rows.event("b1", ["JP"], "2024-11-03")
    mine = alerts.watch(event=event)
    merged = alerts.change(event, "merged", alerts.state("2024-11-03", None, "JP"), merged_into=into)
    alerts.collect_all()
    being_sent()
    later = alerts.moved(into, "JP")
    alerts.collect_all()
    assert told(mine) == [[merged.pk], [later.pk]]


def test_a_filter_that_is_not_valid_any_more_pauses_its_alert_and_no_other() -> None:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    broken, sound = alerts.watch(query="source=gone"), alerts.watch(query="country=JP")
    alerts.moved(event, "JP")
    alerts.collect_all()
    broken.refresh_from_db()
    assert (broken.paused, broken.deliveries.count(), sound.deliveries.count()) == ("filter", 0, 1)


def test_what_is_told_does_not_depend_on_the_size_of_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_CHANGES", 3)
    event = rows.event("japan1", ["JP"], "2024-11-03")
    mine = alerts.watch(query="country=JP")
    changes = [alerts.moved(event, "JP").pk for _ in range(10)]
    alerts.collect_all()
    assert [pk for delivery in told(mine) for pk in delivery] == changes
    assert Change.objects.count() == DeliveredChange.objects.count() == 10


def test_a_watch_hears_once_that_newsrooms_contradict_each_other() -> None:
    articles.read_all([articles.raw("plan", "2026-09-01", "日本将于10月25日举行大选。")])
    mine = alerts.watch(query="country=JP")
    articles.read_all([articles.raw("other", "2026-09-02", "日本将于10月27日举行大选。", host="two.example")])
    alerts.collect_all()
    (changes,) = told(mine)
    assert [c.what for c in Change.objects.filter(pk__in=changes) if c.what == "contradicted"] == ["contradicted"]
    articles.read_all([articles.raw("third", "2026-09-03", "日本将于10月27日举行大选。", host="three.example")])
    alerts.collect_all()
    assert Change.objects.filter(what="contradicted").count() == 1
