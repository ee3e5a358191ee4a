"""How reliable the second reader is, by what editors accepted of it: counted, shown, and weighed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.support.articles import raw, read_all
from tests.support.second_answers import answer_about
from tests.support.users import member
from timeline.curation import decide
from timeline.curation.reliability import measure_readers
from timeline.models import Article, Claim, Event, ReaderReliability, SecondReading
from timeline.pipeline.process import process
from timeline.pipeline.read import requeue
from timeline.pipeline.second import digest_of

pytestmark = pytest.mark.django_db
TEXT = "斐济的登记在5月3日结束，选民随后把票投给了新议会。"


def second_alone(slug: str = "a", country: str = "斐济") -> Article:
    """An article with a vote that only the model tells."""
    read_all([raw(slug, "2026-01-02", TEXT.replace("斐济", country))])
    article = Article.objects.get(url=f"https://one.example/{slug}")
    Claim.objects.filter(article=article).delete()
    event = {"s": 1, "trigger": "投给", "dates": [0], "who": [0], "type": "legislative", "stage": "vote"}
    answered(article, json.dumps({"events": [event | {"status": "scheduled", "extent": "within"}], "missing": []}))
    return article


def answered(article: Article, answer: str) -> None:
    now, values = timezone.now(), {"reason": "sample", "state": "read", "tokens_in": 700, "tokens_out": 50}
    SecondReading.objects.create(
        article=article, digest=digest_of(article), due=now, asked_at=now, answer=answer, dropped=["no_date"], **values
    )
    again(article)


def again(*articles: Article) -> None:
    ids = [article.pk for article in articles]
    requeue(ids)
    process(ids)


def told(article: Article) -> list[tuple[str, float | None, list[str]]]:
    return list(Claim.objects.filter(article=article).values_list("reader", "probability", "doubts"))


def test_without_enough_decisions_a_model_s_event_weighs_as_any() -> None:
    article = second_alone()
    ReaderReliability.objects.create(reader="second", kind="election", accepted=9, judged=9)
    again(article)
    assert told(article) == [("second", None, [])]


@pytest.mark.parametrize(
    ("accepted", "judged", "share", "doubts"), [(18, 20, 0.867, []), (2, 30, 0.25, ["not_confirmed"])]
)
def test_its_events_weigh_by_what_editors_accepted(accepted: int, judged: int, share: float, doubts: list[str]) -> None:
    article = second_alone()
    ReaderReliability.objects.create(reader="second", kind="election", accepted=accepted, judged=judged)
    ReaderReliability.objects.create(reader="second", kind="alliance", accepted=0, judged=50)
    again(article)
    assert told(article) == [("second", share, doubts)]


def test_what_both_tell_is_not_doubtful_by_that() -> None:
    read_all([raw("b", "2026-01-02", "智利将于2027年3月14日举行总统选举。")])
    article = Article.objects.get()
    before = told(article)[0][1]
    ReaderReliability.objects.create(reader="second", kind="election", accepted=0, judged=50)
    answered(article, answer_about(article, "election"))
    assert told(article) == [("both", before, [])]


def test_decisions_of_editors_are_counted_by_reader_and_kind_and_shown(settings: Any) -> None:
    settings.MODEL_URL, settings.MODEL_NAME = "http://127.0.0.1:9/v1", "m"
    one, other = second_alone("a"), second_alone("b", "萨摩亚")
    read_all([raw("c", "2026-01-02", "智利将于2027年3月14日举行总统选举。")])
    editor = member("e", "editor")
    decide.accept_event(Event.objects.get(claims__article=one), editor)
    decide.correct_field(Event.objects.get(claims__article=other), "rejected", True, editor)
    decide.accept_event(Event.objects.get(key__endswith=":CL"), editor)
    measure_readers()
    measure_readers()
    rows = ReaderReliability.objects.order_by("reader").values_list("reader", "kind", "accepted", "judged")
    assert list(rows) == [("", "election", 1, 1), ("second", "election", 1, 2)]
    desk, english = Client(), {"accept-language": "en"}
    desk.force_login(User.objects.create_superuser("desk"))
    table = desk.get("/admin/timeline/correction/reliability/", headers=english).content.decode()
    assert "model: election" in table and "newsdesk: election" in table
    page = desk.get("/admin/progress/", headers=english).content.decode()
    assert "told by the model alone" in page and "50 % (2)" in page and "750000" in page.replace(",", "")
    assert "no_date" in page and "127.0.0.1" not in page
    settings.MODEL_URL = ""
    SecondReading.objects.all().delete()
    assert "Second reader" not in desk.get("/admin/progress/", headers=english).content.decode()


@pytest.mark.parametrize("answer", ["I cannot help with that.", "[]", '{"events": [{"s": 99}]}', '{"events": [7]}'])
def test_an_answer_of_which_nothing_is_believed_makes_nothing_doubtful(answer: str) -> None:
    read_all([raw("b", "2026-01-02", "智利将于2027年3月14日举行总统选举，多家机构已经确认。")])
    article = Article.objects.get()
    before = told(article)
    answered(article, answer)
    assert told(article) == before
