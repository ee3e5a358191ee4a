"""Twins under two keys in the database: one event, whatever comes first, and editors' decisions above it."""

from __future__ import annotations

from itertools import permutations

import pytest

from bench.fresh_resolution import compare
from tests.support.articles import raw, read_all
from tests.support.users import with_permissions
from timeline.curation import decide
from timeline.models import Article, Claim, Event

pytestmark = pytest.mark.django_db

TWO = [
    raw("a", "2027-05-01", "日本与加拿大将于6月10日签署防卫协议。"),
    raw("b", "2027-05-03", "加拿大总理说，日本与加拿大将于6月10日签署防卫协议，双方已谈判两年。", "two.example"),
]
THREE = raw("c", "2027-05-02", "日本、加拿大与智利将于6月10日签署防卫协议。", "three.example")


def live() -> list[Event]:
    return list(Event.objects.filter(merged_into=None, retracted=False).order_by("pk"))


@pytest.mark.parametrize("order", list(permutations([*TWO, THREE])))
def test_whatever_comes_first_there_is_one_event_and_every_id_leads_to_it(order: tuple[object, ...]) -> None:
    read_all(list(order))  # type: ignore[arg-type]
    (event,) = live()
    assert len(set(Claim.objects.values_list("key", flat=True))) == 2
    assert (event.claim_count, sorted(p.actor_id for p in event.participants.all())) == (3, ["CA", "JP"])
    assert {e.merged_into_id for e in Event.objects.exclude(pk=event.pk)} <= {event.pk}
    compare()


def test_the_twin_stands_by_itself_again_when_the_reports_of_the_other_are_gone() -> None:
    read_all([*TWO, THREE])
    read_all([raw("a", "2027-05-01", "没有日期的文字。"), raw("b", "2027-05-03", "没有日期的文字。", "two.example")])
    (event,) = live()
    assert {p.actor_id for p in event.participants.all()} == {"CA", "CL", "JP"}
    compare()


def test_an_editor_takes_them_apart_and_the_next_report_does_not_undo_it() -> None:
    read_all([*TWO, THREE])
    (event,) = live()
    editor = with_permissions("editor", "add_correction")
    article = Article.objects.get(url__endswith="/c")
    decide.split_event(event, [c.pk for c in article.claims.all()], editor)
    assert len(live()) == 2
    read_all([raw("d", "2027-05-04", "日本与加拿大6月10日将签署防卫协议，消息人士透露。", "four.example")])
    assert sorted(e.claim_count for e in live()) == [1, 3]
    compare()
