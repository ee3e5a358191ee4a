"""Decisions of former versions, which named sentences, name claims after the migration; and back again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from tests.support.articles import picture, raw, read_all
from tests.support.merging import BOTH, SUMMIT, TALKS, VOTE, live
from tests.support.migrations import one_by_one
from tests.support.users import with_permissions
from timeline.curation import decide
from timeline.models import Article, Claim, Correction, Event, NamedClaim
from timeline.pipeline.corrections import unmatched
from timeline.pipeline.process import process, resolve_waiting
from timeline.pipeline.read import requeue
from timeline.pipeline.resolve import resolve_keys

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("timeline", "0013_begun")]
OTHER = raw("o", "2024-05-02", "澳大利亚大选将于2026年9月8日举行。", "two.example")


@pytest.fixture
def editor() -> User:
    return with_permissions("editor", "add_correction")


@pytest.fixture
def migrations() -> Iterator[None]:
    yield
    forward()


def back() -> None:
    one_by_one().migrate(BEFORE)


def forward() -> None:
    call_command("migrate", "timeline", verbosity=0)


def rows_of(model: str) -> object:
    return one_by_one().loader.project_state(BEFORE).apps.get_model("timeline", model).objects


def named() -> list[tuple[object, ...]]:
    columns = ("correction", "side", "article", "words", "key", "type", "participants", "start", "end", "at", "claim")
    return sorted(NamedClaim.objects.values_list(*columns), key=str)


def resolve_what_waits() -> None:
    while resolve_waiting():
        pass


def test_decisions_name_the_same_claims_after_a_way_back_and_forth(editor: User, migrations: None) -> None:
    read_all([TALKS, SUMMIT, *VOTE])
    Claim.objects.update(probability=None)  # the way back drops the column, and with it what it weighed
    resolve_keys(set(Claim.objects.values_list("key", flat=True)))
    talks, pact, vote = (Event.objects.get(type=type) for type in ("meeting", "agreement", "general"))
    decide.correct_field(talks, "note", "the first in ten years", editor)
    decide.merge_events(talks, pact, editor)
    decide.correct_field(pact, "status", "expected", editor)
    decide.undo_correction(decide.split_event(vote, [vote.claims.order_by("reported")[0].pk], editor), editor)
    decide.correct_field(vote, "type", "legislative", editor)
    before, stands = named(), picture()
    back()
    values = {row.field: row.value for row in rows_of("Correction").all()}  # type: ignore[attr-defined]
    (ref,) = values["merged"]
    article, _, words = ref.partition("-")
    assert (
        Article.objects.filter(url_digest__startswith=article, text__contains="外长会谈").exists() and len(words) == 16
    )
    assert len(values["split"]) == 1
    forward()
    assert named() == before
    assert set(Correction.objects.filter(field__in=("merged", "split")).values_list("value", flat=True)) == {True}
    resolve_what_waits()
    assert picture() == stands and not unmatched().exists()


def test_what_a_merge_of_a_sentence_made_vanish_comes_back(editor: User, migrations: None) -> None:
    read_all([BOTH, OTHER])
    votes = live()
    decide.merge_events(votes["general 2025"], votes["general 2026"], editor)
    back()
    # the former resolution took both votes of the sentence for the one that was merged
    rows_of("Event").filter(pk=votes["general 2028"].pk).update(merged_into=votes["general 2026"].pk)  # type: ignore[attr-defined]
    rows_of("Claim").update(event=votes["general 2026"].pk)  # type: ignore[attr-defined]
    forward()
    assert Article.objects.filter(state=Article.State.READ).exists()
    resolve_what_waits()
    votes["general 2028"].refresh_from_db()
    assert (votes["general 2028"].merged_into, votes["general 2028"].claim_count) == (None, 1)
    assert len(live()) == 2


def test_what_finds_nothing_keeps_its_digests_and_is_listed(editor: User, migrations: None) -> None:
    read_all([TALKS, SUMMIT])
    talks, pact = Event.objects.get(type="meeting"), Event.objects.get(type="agreement")
    made = decide.merge_events(talks, pact, editor)
    lost = decide.correct_field(pact, "status", "expected", editor)
    back()
    (row,) = rows_of("Correction").filter(pk=made.pk)  # type: ignore[attr-defined]
    old = list(row.value)
    rows_of("Claim").all().delete()  # type: ignore[attr-defined]
    forward()
    assert {row.pk for row in unmatched()} == {made.pk, lost.pk}
    (kept,) = NamedClaim.objects.filter(correction=made)
    assert (f"{kept.article}-{kept.words}", kept.key) == (old[0], "")
    back()
    assert rows_of("Correction").get(pk=made.pk).value == old  # type: ignore[attr-defined]
    forward()
    ids = list(Article.objects.values_list("pk", flat=True))
    requeue(ids)
    process(ids)  # the article is read as it was: the digests find its claim
    assert Claim.objects.count() == 2
    assert NamedClaim.objects.get(correction=made).claim is not None
