"""Many at once: what goes together in one transaction fails alone, and what did not change is not written."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.articles import CAST, picture, raw, read_all, take
from timeline import tasks
from timeline.extraction import Article as CleanArticle
from timeline.extraction import Reading, read_article
from timeline.ingest.store import store_articles
from timeline.models import Article, ArticleVersion, Claim, Event, EventBelief
from timeline.pipeline import claims as claiming
from timeline.pipeline import process as process_module
from timeline.pipeline import read as read_module
from timeline.pipeline import resolve as resolve_module
from timeline.pipeline.leases import MAX_READ_TRIES
from timeline.pipeline.process import _shards, _waiting, process, resolve_waiting
from timeline.pipeline.read import read_article_rows, requeue
from timeline.pipeline.recovery import lost_articles, unfinished
from timeline.pipeline.resolve import resolve_key, resolve_keys
from timeline.resolution.resolve import resolve

pytestmark = pytest.mark.django_db


def written(doing: Callable[[], object]) -> list[str]:
    """The statements that write to claims, events, and what belongs to events."""
    with CaptureQueriesContext(connection) as queries:
        doing()
    sql = [q["sql"].split(": ", 1)[-1] if " times: " in q["sql"] else q["sql"] for q in queries]
    tables = ("timeline_event", "timeline_claim", "timeline_contradiction")
    return [s for s in sql if s.startswith(("INSERT", "UPDATE", "DELETE")) and any(t in s for t in tables)]


def count(doing: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        doing()
    return len(queries)


def moments() -> dict[str, datetime]:
    return dict(Event.objects.values_list("pk", "changed_at"))


def votes(first: int, last: int) -> list[Any]:
    """An article each on the British votes of these years: one key, and an event for each."""
    return [raw(f"v{y}", "2024-01-18", f"英国曾于{y}年7月4日举行大选。") for y in range(first, last)]


# --- what did not change ------------------------------------------------------------------------


def test_resolving_again_writes_nothing() -> None:
    read_all(CAST)
    before, keys = moments(), set(Claim.objects.values_list("key", flat=True))
    assert written(lambda: resolve_keys(keys)) == []
    assert moments() == before


def test_reading_again_with_the_same_rules_writes_no_claim_and_no_event() -> None:
    read_all(CAST)
    before, ids = moments(), list(Article.objects.values_list("pk", flat=True))
    requeue(ids)
    assert written(lambda: process(ids)) == []
    assert moments() == before
    assert set(Article.objects.values_list("state", flat=True)) == {Article.State.DONE}


def test_one_more_claim_moves_only_the_event_it_speaks_of() -> None:
    process(take(votes(1980, 1984)))
    before = moments()
    process(take([raw("more", "2024-02-01", "英国曾于1981年7月4日举行大选。", "two.example")]))
    moved = {pk for pk, moment in moments().items() if moment != before[pk]}
    assert moved == {Event.objects.get(start="1981-07-04").pk}


def test_a_sentence_that_stays_keeps_its_claim_while_the_text_around_it_changes() -> None:
    read_all(CAST[:3])
    before = list(Claim.objects.order_by("pk").values_list("pk", "event", "evidence"))
    told = list(EventBelief.objects.order_by("pk").values_list("pk", "claim"))
    moved = moments()
    process(take([raw("b", "2024-05-23", "本报讯。英国大选将于7月4日举行。", "two.example")]))
    assert list(Claim.objects.order_by("pk").values_list("pk", "event", "evidence")) == before
    assert Claim.objects.get(article__url="https://two.example/b").evidence_start == len("本报讯。")
    assert list(EventBelief.objects.order_by("pk").values_list("pk", "claim")) == told
    assert moments() == moved


# --- what it costs ------------------------------------------------------------------------------


def test_the_queries_of_one_more_claim_do_not_grow_with_the_events_of_its_key() -> None:
    def one_more(slug: str) -> int:
        ids = take([raw(slug, "2024-02-01", "英国曾于1980年7月4日举行大选。", f"{slug}.example")])
        return count(lambda: process(ids))

    process(take(votes(1980, 1982)))
    few = one_more("few")
    assert Event.objects.filter(merged_into=None).count() == 2
    process(take(votes(1982, 2012)))
    assert Event.objects.filter(merged_into=None).count() == 32
    assert one_more("many") == few <= 53  # on PostgreSQL locks are taken, and looked at once more


def test_the_queries_of_resolving_are_few_and_the_same_for_one_unchanged_event_and_for_many() -> None:
    process(take(votes(1980, 1981)))
    key = Event.objects.get().key
    once = count(lambda: resolve_key(key))
    process(take(votes(1981, 2011)))
    assert count(lambda: resolve_key(key)) == once <= 22  # claims of other keys in their events are sought, too
    read_all(CAST)
    keys = set(Claim.objects.values_list("key", flat=True))
    assert len(keys) > 2 and count(lambda: resolve_keys(keys)) == once + 1  # how many claims they have


def test_keys_with_many_claims_are_resolved_apart_with_the_same_events(monkeypatch: pytest.MonkeyPatch) -> None:
    read_all(CAST)
    keys = sorted(set(Claim.objects.values_list("key", flat=True)))
    events = list(Event.objects.order_by("pk").values())
    rounds = list[list[str]]()
    resolve_some = resolve_module._resolve

    def watched(some: list[str]) -> None:
        rounds.append(list(some))
        resolve_some(some)

    monkeypatch.setattr(resolve_module, "_resolve", watched)
    monkeypatch.setattr(resolve_module, "MAX_BATCH_CLAIMS", 1)
    assert resolve_keys(keys) == {}
    assert rounds == [[key] for key in keys]
    assert list(Event.objects.order_by("pk").values()) == events


def test_the_queries_of_taking_in_and_reading_do_not_grow_with_the_batch() -> None:
    few, many = votes(1900, 1902), votes(1902, 1930)
    take(votes(1890, 1891))
    assert count(lambda: take(few)) == count(lambda: take(many))
    ids = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    assert count(lambda: read_article_rows(ids[:3])) == count(lambda: read_article_rows(ids[3:]))


def test_resolving_is_left_to_whoever_reads_the_last_article_even_if_that_says_nothing() -> None:
    ids = take([*CAST, raw("silent", "2024-01-18", "没有日期的文字。")])
    process(ids[:-1])
    assert Event.objects.count() == 0
    process(ids[-1:])
    assert set(Article.objects.values_list("state", flat=True)) == {Article.State.DONE}
    after = picture(ids=False)
    Article.objects.all().delete()
    Event.objects.all().delete()
    read_all(CAST)
    assert picture(ids=False) == after


def test_resolving_does_not_wait_for_the_last_article_where_many_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "MAX_UNRESOLVED", 4)
    ids = take(CAST)
    process(ids[:3])
    assert Article.objects.filter(state=Article.State.READ).count() == 3
    process(ids[3:5])
    assert Article.objects.filter(state=Article.State.DONE).count() == 5


def test_an_article_that_waits_in_vain_to_be_resolved_is_resolved_when_it_is_asked_for_again() -> None:
    ids = take(CAST)
    process(ids[:1])
    process(ids[:1])
    assert Article.objects.get(pk=ids[0]).state == Article.State.DONE


def test_an_article_that_failed_keeps_nobody_waiting() -> None:
    ids = take(CAST[:2])
    Article.objects.filter(pk=ids[0]).update(tries=1)
    process(ids[1:])
    assert Article.objects.get(pk=ids[1]).state == Article.State.DONE


# --- what fails ---------------------------------------------------------------------------------


def test_an_article_whose_claims_the_database_refuses_is_set_aside_and_its_batch_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = take([*CAST, raw("poison", "2024-01-18", "法国大选将于今年下半年举行。")])

    def refused(article: Article, reading: Reading) -> list[Claim]:
        claims = claiming.claims_in(article, reading)
        for claim in claims:
            if "法国" in article.text:
                claim.kind = None  # type: ignore[assignment]
        return claims

    monkeypatch.setattr(read_module, "claims_in", refused)
    process(ids)
    assert Article.objects.filter(state=Article.State.DONE).count() == len(CAST)
    assert Article.objects.get(pk=ids[-1]).tries == 1
    for _ in range(MAX_READ_TRIES - 1):
        process(ids)
    poisoned = Article.objects.get(pk=ids[-1])
    assert (poisoned.state, poisoned.tries) == (Article.State.FAILED, MAX_READ_TRIES)
    assert "IntegrityError" in poisoned.failure


def test_an_article_that_cannot_be_read_does_not_take_its_batch_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(article: CleanArticle) -> Reading:
        if "奥库斯" in article.text:
            raise RuntimeError("broken rule")
        return read_article(article)

    monkeypatch.setattr(claiming, "read_article", breaks)
    ids = take(CAST)
    process(ids)
    assert Article.objects.filter(state=Article.State.DONE).count() == len(CAST) - 2
    assert {(a.tries, a.failure) for a in Article.objects.filter(state="new")} == {(1, "RuntimeError: broken rule")}


def test_a_key_that_cannot_be_resolved_leaves_the_others_alone_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(claims: Any) -> Any:
        claims = list(claims)
        if any("aukus" in claim.participants for claim in claims):
            raise RuntimeError("broken rule")
        return resolve(claims)

    monkeypatch.setattr(resolve_module, "resolve", breaks)
    ids = take(CAST)
    process(ids)
    assert sorted(Article.objects.values_list("state", flat=True)) == ["done"] * 5 + ["read"] * 2
    monkeypatch.setattr(resolve_module, "resolve", resolve)
    process(ids)
    assert set(Article.objects.values_list("state", flat=True)) == {"done"}
    after = picture(ids=False)
    Article.objects.all().delete()
    Event.objects.all().delete()
    read_all(CAST)
    assert picture(ids=False) == after


def test_what_was_read_of_a_text_that_changed_meanwhile_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    new = raw("a", "2024-01-18", "英国大选将于5月2日举行。")
    (pk,) = take(CAST[:1])

    def slowly(article: CleanArticle) -> Reading:
        reading = read_article(article)
        store_articles([new])
        return reading

    monkeypatch.setattr(claiming, "read_article", slowly)
    process([pk])
    assert (Article.objects.get().state, Claim.objects.count()) == (Article.State.NEW, 0)
    monkeypatch.setattr(claiming, "read_article", read_article)
    process([pk])
    assert str(Claim.objects.get().start) == "2024-05-02"


# --- several at once ----------------------------------------------------------------------------


def test_an_address_that_stands_twice_in_a_batch_has_two_versions() -> None:
    first, second = CAST[0], raw("a", "2024-01-18", "英国大选将于5月2日举行。")
    outcomes = store_articles([first, CAST[1], second, second])
    assert [word for word, _ in outcomes] == ["new", "new", "changed", "unchanged"]
    assert len({pk for _, pk in outcomes}) == 2
    assert (Article.objects.count(), ArticleVersion.objects.get().text) == (
        2,
        "英国首相说，英国大选将于今年下半年举行。",
    )


@pytest.mark.django_db(transaction=True)
def test_workers_that_read_the_same_articles_at_the_same_time_agree_with_one_alone() -> None:
    cast = [*CAST, *votes(1980, 1990)]
    read_all(cast)
    alone = picture(ids=False)
    Article.objects.all().delete()
    Event.objects.all().delete()

    def work(seed: int) -> None:
        rng = random.Random(seed)
        try:
            ids = [pk for _, pk in store_articles(rng.sample(cast, len(cast)))]
            for start in range(0, len(ids), 4):
                process(rng.sample(ids, len(ids))[start : start + 4])
            process(ids)
            requeue(ids[:5])
            process(ids)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    process(Article.objects.filter(unfinished()).values_list("pk", flat=True))
    assert not Article.objects.exclude(state=Article.State.DONE).exists()
    assert not Article.objects.exclude(tries=0).exists()
    assert picture(ids=False) == alone


def test_what_is_resolved_while_the_sweep_looks_is_done_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that takes longer than the recovery waits: its round was for nothing if the recovery asked for it again."""
    read_article_rows(take([*CAST, *votes(1980, 1990)]))
    at_work = resolve_module.resolve_each

    def slowly(keys: Iterable[str]) -> Iterator[dict[str, str]]:
        yield from at_work(keys)
        asked = lost_articles(after=timedelta(seconds=-1))
        assert len(asked) == 1, "one is enough to have all of them resolved"

    monkeypatch.setattr(process_module, "resolve_each", slowly)
    assert resolve_waiting() is False
    assert set(Article.objects.values_list("state", flat=True)) == {Article.State.DONE}


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_again_while_somebody_resolves_is_let_go() -> None:
    read_article_rows(take(CAST))
    held, over = Flag(), Flag()

    def hold() -> None:
        try:
            with _shards(_waiting()) as mine:
                assert mine
                held.set()
                over.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(hold)
        assert held.wait(30)
        tasks.resolve.apply(throw=True)
        assert not Event.objects.exists()
        over.set()
        other.result()
    tasks.resolve.apply(throw=True)
    assert set(Article.objects.values_list("state", flat=True)) == {Article.State.DONE}


def test_a_round_that_takes_long_leaves_the_rest_to_the_next_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    lands = ("英国", "法国", "德国", "日本")
    ids = take([raw(land, "2024-01-18", f"{land}将于7月{n}日举行大选。") for n, land in enumerate(lands, 1)])
    read_article_rows(ids)
    settings.TASK_SECONDS = 0  # every round is over as soon as an article is done with
    monkeypatch.setattr(resolve_module, "MAX_BATCH_CLAIMS", 1)
    left = [len(ids)]
    assert Article.objects.filter(state=Article.State.READ).count() == len(ids)
    while resolve_waiting():
        left.append(Article.objects.filter(state=Article.State.READ).count())
    assert left == sorted(set(left), reverse=True) and len(left) > 2
    assert not Article.objects.exclude(state=Article.State.DONE).exists()
    assert Event.objects.filter(merged_into=None).count() == len(lands)
