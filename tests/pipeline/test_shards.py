"""Several workers resolve side by side: each shard of the keys by one of them, with the result of one alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import Event as Flag

import pytest
from django.db import connection

from tests.support.articles import picture, raw, take
from timeline.models import Article, Claim, Event
from timeline.pipeline import process as process_module
from timeline.pipeline import resolve as resolve_module
from timeline.pipeline.process import SHARDS, _shards, _waiting, resolve_waiting, shard_of
from timeline.pipeline.read import read_article_rows
from timeline.resolution.claim import ClaimValue
from timeline.resolution.resolve import ResolvedEvent, resolve

LANDS = ("英国", "法国", "德国", "日本", "印度", "巴西", "波兰", "芬兰", "希腊", "智利", "挪威", "瑞典")
VOTES = [
    raw(f"{land}{month}", f"2024-0{month}-18", f"{land}将于9月{n}日举行大选。", f"{month}.example")
    for month in (1, 2, 3)
    for n, land in enumerate(LANDS, 1)
]
BOTH = raw("both", "2024-04-01", "英国将于9月1日举行大选。法国将于9月2日举行大选。", "both.example")


def states() -> set[str]:
    return set(Article.objects.values_list("state", flat=True))


def test_every_key_has_one_shard_in_all_versions() -> None:
    """Processes of two versions run beside each other during an upgrade."""
    assert [shard_of(key) for key in ("election:GB", "election:FR", "alliance:nato")] == [37, 0, 17]
    assert {shard_of(f"election:{n}") for n in range(2000)} == set(range(SHARDS))


@pytest.mark.django_db(transaction=True)
def test_four_workers_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    read_article_rows(take([*VOTES, BOTH]))
    while resolve_waiting():
        pass
    alone = picture()
    assert len(Event.objects.filter(merged_into=None)) == len(LANDS)
    Article.objects.all().delete()
    Event.objects.all().delete()
    read_article_rows(take([*VOTES, BOTH]))
    monkeypatch.setattr(process_module, "KEYS_PER_ROUND", 1)
    begin = Barrier(4)

    def work(_: int) -> None:
        try:
            begin.wait(30)
            while Article.objects.filter(state=Article.State.READ).exists():
                resolve_waiting()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert states() == {Article.State.DONE}
    assert picture() == alone


@pytest.mark.django_db(transaction=True)
def test_an_article_waits_for_the_shard_that_another_worker_holds() -> None:
    """Of two keys the free one is resolved at once, and the article is done when the other is.

    SQLite has one writer, which holds all shards.
    """
    sides = connection.vendor == "postgresql"
    (pk,) = take([BOTH])
    read_article_rows([pk])
    held, over = Flag(), Flag()
    first, second = Article.objects.get().pending_keys
    assert shard_of(first) != shard_of(second)

    def hold() -> None:
        try:
            with _shards({pk: (_waiting()[pk][0], [first])}) as mine:
                assert mine == {shard_of(first)}
                held.set()
                over.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(hold)
        try:
            assert held.wait(30)
            assert resolve_waiting() is False
            assert Article.objects.get().pending_keys == ([first] if sides else [first, second])
            assert states() == {Article.State.READ}
            assert set(Event.objects.values_list("key", flat=True)) == ({second} if sides else set())
        finally:
            over.set()
        other.result()
    assert resolve_waiting() is False
    assert states() == {Article.State.DONE}
    assert set(Event.objects.values_list("key", flat=True)) == {first, second}


@pytest.mark.django_db
def test_what_was_read_again_meanwhile_keeps_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    (pk,) = take([BOTH])
    read_article_rows([pk])
    at_work = resolve_module.resolve_each

    def slowly(keys: Iterable[str]) -> Iterator[dict[str, str]]:
        yield from at_work(keys)
        Article.objects.filter(pk=pk).update(state_since="2024-04-02T00:00Z")

    with monkeypatch.context() as patched:
        patched.setattr(process_module, "resolve_each", slowly)
        resolve_waiting()
    assert len(Article.objects.get().pending_keys) == 2
    assert resolve_waiting() is False
    assert states() == {Article.State.DONE}


@pytest.mark.django_db
def test_a_key_that_fails_leaves_the_others_of_its_article_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    (pk,) = take([BOTH])
    read_article_rows([pk])
    first, second = Article.objects.get().pending_keys
    failed = set(Claim.objects.filter(key=first).values_list("pk", flat=True))

    def failing(claims: Iterable[ClaimValue]) -> list[ResolvedEvent]:
        values = list(claims)
        if any(claim.pk in failed for claim in values):
            raise ValueError("too odd")
        return resolve(values)

    monkeypatch.setattr(resolve_module, "resolve", failing)
    resolve_waiting()
    article = Article.objects.get()
    assert (article.pending_keys, article.state, article.tries) == ([first], Article.State.READ, 1)
    assert "too odd" in article.failure
    assert set(Event.objects.values_list("key", flat=True)) == {second}
    assert Claim.objects.count() == 2


@pytest.mark.django_db
def test_shards_are_free_again_after_an_error() -> None:
    read_article_rows(take([BOTH]))
    held = _shards(_waiting())
    mine = held.__enter__()
    assert not held.__exit__(RuntimeError, RuntimeError("killed"), None), "the error is passed on"
    with _shards(_waiting()) as again:
        assert again == mine != set()
