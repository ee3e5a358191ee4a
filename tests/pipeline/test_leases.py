"""An article that ends its worker is found and set aside; one that is being read is left to whoever reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.articles import CAST, picture, raw, read_all, take
from timeline.extraction import Article as CleanArticle
from timeline.extraction import Reading, read_article
from timeline.models import Article, Event
from timeline.pipeline import claims as claiming
from timeline.pipeline import leases, recovery
from timeline.pipeline.process import process
from timeline.pipeline.read import requeue
from timeline.pipeline.recovery import lost_articles, orphaned_keys
from timeline.resilience.retry import is_database_down

pytestmark = pytest.mark.django_db
POISON = "毒药"


class Killed(BaseException):
    """What SIGKILL does to a reading: nothing behind it runs. No handler of errors catches it."""


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading of an article with the word POISON ends its worker."""

    def reads(article: CleanArticle) -> Reading:
        if POISON in article.text:
            raise Killed
        return read_article(article)

    monkeypatch.setattr(claiming, "read_article", reads)


def work(ids: list[int]) -> bool:
    """Whether the worker survived it."""
    try:
        process(ids)
    except Killed:
        return False
    return True


def later() -> None:
    """The time in which whoever began would have ended goes by."""
    for name in ("begun", "state_since"):
        for article in Article.objects.exclude(**{name: None}):
            Article.objects.filter(pk=article.pk).update(**{name: getattr(article, name) - timedelta(hours=1)})


def test_an_article_that_kills_its_worker_three_times_is_set_aside_and_the_others_are_read(kills: None) -> None:
    ids = take([*CAST[:3], raw("poison", "2024-01-18", POISON), *CAST[3:]])
    deaths = 0
    for _ in range(10):
        deaths += not work(lost_articles() or ids)
        later()
    poison = Article.objects.get(url__endswith="/poison")
    assert deaths == leases.MAX_READ_TRIES
    assert (poison.state, poison.tries) == (Article.State.FAILED, leases.MAX_READ_TRIES)
    assert "crashed 3 workers" in poison.failure
    assert set(Article.objects.exclude(pk=poison.pk).values_list("state", "tries", "begun")) == {("done", 0, None)}
    after = picture(ids=False)
    Article.objects.all().delete()
    Event.objects.all().delete()
    read_all(CAST)
    assert picture(ids=False) == after


def test_what_was_set_aside_is_read_again_with_one_click(
    kills: None, monkeypatch: pytest.MonkeyPatch, client: Client, broker: Any, django_capture_on_commit_callbacks: Any
) -> None:
    (pk,) = take([raw("poison", "2024-01-18", f"{POISON}。英国大选将于7月4日举行。")])
    for _ in range(4):
        work([pk])
        later()
    assert Article.objects.get().state == Article.State.FAILED
    client.force_login(User.objects.create_superuser("chief"))
    chosen = {"action": "read_again", "_selected_action": [str(pk)]}
    assert client.post(reverse("admin:timeline_article_changelist"), chosen).status_code == 200, "it is not tried here"
    client.post(reverse("admin:timeline_article_read_again"), {"id": [str(pk)]})
    article = Article.objects.get()
    assert (article.state, article.tries, article.begun, article.failure) == (Article.State.NEW, 0, None, "")
    monkeypatch.setattr(claiming, "read_article", read_article)
    process([pk])
    assert Article.objects.get().state == Article.State.DONE


def test_what_somebody_reads_just_now_is_left_to_him_and_is_not_lost() -> None:
    ids = take(CAST)
    Article.objects.update(state_since=timezone.now() - timedelta(minutes=5))
    begun = leases.acquire(ids[:3])
    assert sorted(begun.fresh) == sorted(ids[:3])
    assert sorted(lost_articles()) == sorted(ids[3:])
    process(ids)
    assert Article.objects.filter(state=Article.State.NEW, tries=0).count() == 3
    leases.release(begun.fresh, begun.moment)
    process(ids)
    assert set(Article.objects.values_list("state", "tries")) == {("done", 0)}


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_jumps_keeps_no_article_waiting(hours: int) -> None:
    ids = take(CAST)
    then = timezone.now() + timedelta(hours=hours)
    Article.objects.update(state_since=then, begun=then)
    assert sorted(lost_articles()) == sorted(ids)
    process(ids)
    assert set(Article.objects.values_list("state", "tries", "begun")) == {("done", 0, None)}


def test_a_worker_whose_clock_is_wrong_takes_nothing_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = take(CAST)
    now = timezone.now
    for hours in (-1, 0, 1):
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=hours))  # noqa: B023
        begun = leases.acquire(ids)
        assert (len(begun.fresh), list(begun.suspects)) == (len(CAST) if hours == -1 else 0, [])


def test_a_database_that_is_away_counts_against_no_article(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = take(CAST)

    def away(*_: Any) -> None:
        raise OperationalError("terminating connection due to administrator command")

    with monkeypatch.context() as patch:
        patch.setattr("timeline.pipeline.read.claims_in", away)
        with pytest.raises(OperationalError):
            process(ids)
    assert set(Article.objects.values_list("state", "tries")) == {("new", 0)}
    later()
    process(ids)
    assert set(Article.objects.values_list("state", "tries", "begun")) == {("done", 0, None)}


def test_what_no_database_can_take_is_no_outage() -> None:
    error = OperationalError("index row size exceeds the maximum")
    error.__cause__ = psycopg.errors.ProgramLimitExceeded()
    assert not is_database_down(error)
    error.__cause__ = psycopg.errors.AdminShutdown()
    assert is_database_down(error)


def test_a_key_that_can_never_be_resolved_sets_its_articles_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(claims: Any) -> Any:
        raise RuntimeError("broken rule")

    monkeypatch.setattr("timeline.pipeline.resolve.resolve", breaks)
    ids = take(CAST[:1])
    for _ in range(leases.MAX_READ_TRIES):
        process(ids)
    article = Article.objects.get()
    assert article.state == Article.State.FAILED
    assert "election:GB cannot be resolved: RuntimeError: broken rule" in article.failure
    monkeypatch.undo()
    requeue(ids)
    process(ids)
    assert Article.objects.get().state == Article.State.DONE and Event.objects.count() == 1


@pytest.mark.parametrize("few", [5_000, 1])
def test_an_event_whose_articles_were_deleted_by_hand_is_found_when_its_turn_comes(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_all(CAST)
    Article.objects.filter(text__contains="英国").delete()
    gone = set(Event.objects.filter(claims=None, retracted=False, merged_into=None).values_list("key", flat=True))
    assert gone
    monkeypatch.setattr(recovery, "MAX_FULL_SCAN", few)
    now, found = timezone.now(), set[str]()
    for turn in range(1 if few > 1 else recovery.SLICES):
        monkeypatch.setattr(timezone, "now", lambda: now + turn * recovery.SLICE_DURATION)  # noqa: B023
        found.update(orphaned_keys())
    assert found == gone
