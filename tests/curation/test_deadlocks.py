"""Many editors decide at once beside rounds and readings: nobody waits for somebody who waits for him."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from bench.fresh_resolution import compare
from tests.support.articles import raw, read_all
from tests.support.users import with_permissions
from timeline.curation import decide as curation
from timeline.ingest.store import store_articles
from timeline.models import Article, Claim, Correction, Event
from timeline.pipeline import corrections, locks
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.read import read_article_rows, requeue
from timeline.pipeline.resolve import resolve_keys

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = ("日本和加拿大", "日本和澳大利亚", "德国和波兰", "法国和印度")
EDITORS, ACTS, ROUNDS = 6, 8, 6


@pytest.fixture
def editor() -> User:
    return with_permissions("editor", "add_correction", "undo_any_correction")


def stories() -> None:
    for n, who in enumerate(PAIRS):
        read_all(
            [
                raw(f"t{n}", "2024-05-01", f"{who}将于6月3日举行外长会谈，并将于6月10日签署防卫协议。"),
                raw(f"s{n}", "2024-05-02", f"{who}将于6月10日签署防卫协议。", "two.example"),
                raw(f"e{n}", "2024-05-03", f"{who}将于8月20日举行联合军演。", "three.example"),
            ]
        )


def decide(seed: int, editor: User) -> Counter[str]:
    """Acts of one editor, as many as are possible; whatever else than a refusal goes wrong is raised."""
    draw, done = random.Random(seed), Counter[str]()
    for _ in range(ACTS):
        act = draw.choice(("merge", "merge", "split", "correct", "undo", "redo"))
        live = list(Event.objects.filter(merged_into=None, retracted=False).order_by("pk"))
        if len(live) < 2:
            act = "undo"
        one, other = draw.choices(live, k=2)
        taken_back = act == "redo"
        rows = list(Correction.objects.filter(undone_at__isnull=not taken_back).order_by("pk"))
        try:
            if act == "merge":
                curation.merge_events(one, other, editor)
            elif act == "split":
                claims = list(one.claims.order_by("pk").values_list("pk", flat=True))
                curation.split_event(one, claims[:1], editor)
            elif act == "correct":
                curation.correct_field(one, "status", draw.choice(("expected", "cancelled")), editor)
            elif rows:
                (curation.redo_correction if taken_back else curation.undo_correction)(draw.choice(rows), editor)
            done[act] += 1
        except ValidationError:
            done["refused"] += 1
    return done


def resolve_and_read(seed: int) -> Counter[str]:
    """Rounds of random keys in random company, and articles that are read again as they are or with another text."""
    draw = random.Random(seed)
    for _ in range(ROUNDS):
        keys = sorted(set(Claim.objects.values_list("key", flat=True)))
        assert resolve_keys(draw.sample(keys, draw.randint(1, len(keys)))) == {}
        article = draw.choice(list(Article.objects.order_by("pk")))
        text = draw.choice((article.text, f"{article.text}双方已经确认。", article.text.replace("10日", "12日")))
        taken = replace(raw("x", "2024-05-01", text), url=article.url, published=article.published)
        store_articles([taken])
        ids = [article.pk]
        requeue(ids)
        assert resolve_keys(read_article_rows(ids)) == {}
    return Counter(rounds=ROUNDS)


def test_many_editors_beside_rounds_never_wait_for_one_another_in_a_circle(editor: User) -> None:
    stories()

    def work(seed: int) -> Counter[str]:
        try:
            return resolve_and_read(seed) if seed < 2 else decide(seed, editor)
        finally:
            connection.close()

    with ThreadPoolExecutor(EDITORS + 2) as pool:
        done = sum(pool.map(work, range(EDITORS + 2)), Counter[str]())
    assert done["merge"] and done["undo"] + done["redo"] and done.total() >= EDITORS * ACTS // 2, done
    keys = set(Claim.objects.values_list("key", flat=True)) | set(Event.objects.values_list("key", flat=True))
    assert resolve_keys(keys) == {}
    compare()


def test_locks_are_let_go_and_taken_anew_where_somebody_ties_further_keys_meanwhile(
    editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories()
    talks, pact = Event.objects.filter(type="meeting")[0], Event.objects.filter(type="exercise")[0]
    taken: list[set[str]] = []
    lock = locks._take_locks

    def meanwhile(keys: set[str]) -> None:
        lock(keys)
        taken.append(set(keys))
        if len(taken) == 1:
            with ThreadPoolExecutor(1) as pool:  # another connection; it waits for no lock that is held here
                pool.submit(tie).result(30)

    def tie() -> None:
        try:
            with transaction.atomic():
                row = Correction.objects.create(event=talks, other=pact, field="merged", value=True, editor=editor)
                sides = {corrections.Side.EVENT: talks.claims, corrections.Side.OTHER: pact.claims}
                corrections.name_claims(
                    row, {side: set(rows.values_list("pk", flat=True)) for side, rows in sides.items()}
                )
        finally:
            connection.close()

    if connection.vendor == "sqlite":  # which has one writer, and no locks of keys
        tie()
        with transaction.atomic():
            assert lock_keys([talks.key]) >= {talks.key, pact.key}
        return
    monkeypatch.setattr(locks, "_take_locks", meanwhile)
    with transaction.atomic():
        assert lock_keys([talks.key]) >= {talks.key, pact.key}
        assert taken[0] == {talks.key} and taken[1] >= {talks.key, pact.key} and len(taken) == 2
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchone() == (len(taken[1]),)
