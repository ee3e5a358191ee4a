"""Reasons and doubts that former versions stored as sentences stay readable after the migration; and back again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation

from tests.support.articles import raw, read_all
from tests.support.migrations import one_by_one
from timeline.display.markup import article_markup
from timeline.display.reasons import doubt_words, stored_reason_words
from timeline.models import Article, Claim

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("timeline", "0015_feeds_without_ids")]
OLD = "11月: no year; nearest to published 2024-05-01 → 2024-11-01…2024-11-30"


@pytest.fixture
def migrations() -> Iterator[None]:
    yield
    forward()


def back() -> Any:
    one_by_one().migrate(BEFORE)
    return one_by_one().loader.project_state(BEFORE).apps


def forward() -> None:
    call_command("migrate", "timeline", verbosity=0)


def stored() -> list[Any]:
    claims = Claim.objects.order_by("pk").values_list("reasons", "doubts")
    return [*claims, *Article.objects.order_by("pk").values_list("expressions", "title_expressions")]


def test_what_former_versions_stored_is_shown_as_it_was(migrations: None) -> None:
    read_all([raw("a", "2024-05-01", "澳大利亚大选将于11月举行。", "one.example")])
    old = back()
    doubts = ["who votes is only the topic of the article", "a sentence of nobody"]
    old.get_model("timeline", "Claim").objects.update(why=OLD, doubts=doubts)
    row = old.get_model("timeline", "Article").objects.get()
    row.expressions = [{**row.expressions[0], "why": OLD}]
    row.save()
    forward()
    claim = Claim.objects.get()
    with translation.override("en"):
        assert stored_reason_words(claim.reasons) == OLD
        shown = [doubt_words(doubt) for doubt in claim.doubts]
        assert shown == ["the voting country is named only as the article's topic", "a sentence of nobody"]
        assert OLD in article_markup(claim.article, [], {})


def test_codes_survive_a_way_back_and_forth(migrations: None) -> None:
    read_all([raw("a", "2024-05-01", "大选。\n澳大利亚大选将于11月举行，英国首相访问法国。", "one.example")])
    before = stored()
    assert Claim.objects.exists()
    back()
    forward()
    assert stored() == before
