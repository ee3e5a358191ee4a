"""A language model as second reader, through a real server: what it adds and costs, and that it can always fail."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.support import articles as cast
from tests.support.model_server import Model, digest, model_server
from tests.support.users import logged_in
from timeline import tasks
from timeline.extraction.second import answers
from timeline.fetching.reach import PUBLIC
from timeline.models import Article, Claim, Event, SecondReading
from timeline.models.dated import Extent, Kind, Stage, Status, Type
from timeline.operations import doctor
from timeline.pipeline.process import process
from timeline.pipeline.read import requeue
from timeline.pipeline.reread import compare
from timeline.second_reader import ask, choose, client

pytestmark = pytest.mark.django_db

TEXT = "斐济选举委员会说,投票日是2024年12月7日。"  # nothing in it names a vote that the embedded reader knows


@pytest.fixture
def model(settings: Any) -> Iterator[Model]:
    with model_server() as found:
        settings.MODEL_URL, settings.MODEL_NAME, settings.MODEL_KEY = found.url, "scripted", "s3cret-key"
        settings.MODEL_SECONDS = 5
        yield found


def article(slug: str = "a", text: str = TEXT, host: str = "one.example") -> Article:
    cast.read_all([cast.raw(slug, "2024-10-01", text, host)])
    return Article.objects.get(url=f"https://{host}/{slug}")


def fiji(question: str) -> str:
    """Answer as a good model would: the sentence with 投票日, its first date and its first name."""
    line = next(line for line in question.split("\n") if "投票日" in line and "{d" in line)
    date, who = re.search(r"\{d(\d+)=", line), re.search(r"\{m(\d+)\}", line)
    assert date and who
    event = {
        "s": int(line.split()[0]),
        "trigger": "投票日",
        "dates": [int(date[1])],
        "who": [int(who[1])],
        "type": "general",
        "stage": "vote",
        "status": "scheduled",
        "extent": "within",
    }
    return json.dumps({"events": [event], "missing": []})


def run(row: Article) -> list[int]:
    """Order a reading, ask, and read again what changed, as the tasks do."""
    choose.order(row)
    changed = ask.ask_about([row.pk], 60)
    if changed:
        requeue(changed)
        process(changed)
    return changed


def claims(row: Article) -> set[tuple[str, str, str]]:
    found = Claim.objects.filter(article=row)
    return {(c.type, str(c.start), c.reader) for c in found}


def test_without_a_model_nothing_is_chosen_and_nothing_asked(settings: Any) -> None:
    article()
    assert not client.is_on()
    tasks.choose_second()
    assert not SecondReading.objects.exists()


def test_an_answer_changes_what_is_believed_as_any_claim_does(model: Model) -> None:
    model.script = fiji
    row = article()
    before = claims(row)
    assert run(row) == [row.pk]
    found = Claim.objects.filter(article=row).exclude(reader="")
    assert {(c.type, str(c.start)) for c in found} == {("general", "2024-12-07")}
    assert Event.objects.filter(claims__in=found, retracted=False).exists()
    reading = SecondReading.objects.get()
    assert (reading.state, reading.model, reading.tokens_in, reading.tokens_out) == ("read", "scripted", 700, 50)
    assert claims(row) != before


def test_what_is_stored_is_what_reading_again_gives(model: Model) -> None:
    model.script = fiji
    row = article()
    run(row)
    diff = compare(Article.objects.select_related("source"))
    assert (diff.gained, diff.lost, diff.changed, diff.failed) == ([], [], [], [])


def test_the_question_names_no_source_and_carries_the_key_in_its_header_alone(model: Model) -> None:
    row = article()
    run(row)
    sent = json.dumps(model.asked)
    assert model.headers[0]["authorization"] == "Bearer s3cret-key"
    for private in ("s3cret-key", "one.example", "https://"):
        assert private not in sent
    assert model.asked[0]["response_format"]["json_schema"]["strict"] is True


def test_a_server_without_schemas_is_asked_in_words(model: Model) -> None:
    model.script, model.knows_schema = fiji, False
    assert run(article())
    assert ["response_format" in asked for asked in model.asked] == [True, False]


def test_the_same_text_is_asked_about_once(model: Model) -> None:
    model.script = fiji
    first, second = article(), article("b", host="two.example")
    second_text = Article.objects.get(pk=second.pk)
    Article.objects.filter(pk=second.pk).update(title=first.title)
    second_text.refresh_from_db()
    run(first)
    run(second_text)
    assert len(model.asked) == 1
    assert Claim.objects.exclude(reader="").count() == 2


def test_answers_are_replayed_by_the_digest_of_the_question(model: Model) -> None:
    row = article()
    run(row)
    question = model.asked[0]["messages"][1]["content"]
    model.answers[digest(question)] = fiji(question)
    run(row)
    assert Claim.objects.exclude(reader="").exists()


def test_another_version_of_the_article_makes_the_answer_void(model: Model) -> None:
    model.script = fiji
    row = article()
    run(row)
    Article.objects.filter(pk=row.pk).update(text=TEXT.replace("12月7日", "12月14日"))
    requeue([row.pk])
    process([row.pk])
    assert not Claim.objects.exclude(reader="").exists()


FAILURES: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "401": {"status": 401},
    "429": {"status": 429, "retry_after": "1800"},
    "cut": {"cut": 40},
    "no json": {"raw": b"<html>gateway</html>"},
    "no answer": {"raw": b'{"choices": []}'},
    "null": {"raw": b"null"},
    "silence": {"delay": 2.0},
    "redirect": {"status": 302},
    "endless": {"raw": b"[" * 1_000_000},
}


@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_of_the_server_leaves_the_embedded_reading_as_it_is(
    name: str, model: Model, settings: Any
) -> None:
    for field, value in FAILURES[name].items():
        setattr(model, field, value)
    settings.MODEL_SECONDS = 1
    row = article(text=TEXT + "日本大选将于10月27日举行。")
    before, state = claims(row), Article.objects.get(pk=row.pk).state
    assert run(row) == []
    assert (claims(row), Article.objects.get(pk=row.pk).state) == (before, state)
    reading = SecondReading.objects.get()
    assert reading.state == "waiting" and reading.error and "s3cret" not in reading.error
    wait = reading.due - timezone.now()
    assert wait > timedelta(minutes=25 if name == "429" else 0)


def test_a_server_that_is_away_is_asked_again_and_then_given_up(model: Model, settings: Any) -> None:
    settings.MODEL_URL = "http://127.0.0.1:1/v1"
    row = article()
    choose.order(row)
    for _ in range(ask.MAX_ATTEMPTS):
        SecondReading.objects.update(due=timezone.now(), asked_at=None)
        ask.ask_about([row.pk], 60)
    assert SecondReading.objects.get().state == "failed"
    assert ask.due_articles(timezone.now() + timedelta(days=9), 10) == []


def test_after_five_failures_in_a_row_the_server_is_left_alone_for_a_while(model: Model) -> None:
    model.status = 500
    rows = [article(f"a{n}", TEXT + f"第{n}条。") for n in range(8)]
    for row in rows:
        choose.order(row)
    ask.ask_about([row.pk for row in rows], 60)
    assert len(model.asked) == ask.BROKEN_AFTER
    assert ask.due_articles(timezone.now(), 10) == []
    assert ask.due_articles(timezone.now() + ask.PAUSE, 10)


def test_the_budget_of_a_day_holds(model: Model, settings: Any) -> None:
    settings.MODEL_TOKENS_A_DAY = 2000  # a question costs 750
    rows = [article(f"a{n}", TEXT + f"第{n}条。") for n in range(6)]
    for row in rows:
        choose.order(row)
    ask.ask_about([row.pk for row in rows], 60)
    assert len(model.asked) == 3
    assert ask.due_articles(timezone.now(), 10) == []


def test_two_workers_never_ask_about_one_article_at_once(model: Model) -> None:
    row = article()
    choose.order(row)
    now = timezone.now()
    assert ask._claim(row.pk, now) is not None
    assert ask._claim(row.pk, now) is None
    assert ask._claim(row.pk, now + timedelta(hours=1)) is not None  # the first one died


def test_a_model_in_a_network_that_is_not_allowed_is_not_asked(model: Model, settings: Any) -> None:
    settings.MODEL_REACH = PUBLIC
    run(article())
    assert model.asked == []
    assert "leads to 127.0.0.1" in SecondReading.objects.get().error


def test_where_it_pays() -> None:
    plain = article("plain", "日本大选将于2024年10月27日举行。")
    nothing = article("nothing", "斐济投票日是2024年12月7日。")
    undated = article("undated", "斐济将举行大选。")
    unsure = article("unsure", "德国大选将于2025年2月23日举行。")
    Claim.objects.filter(article=unsure).update(doubts=["unsure"])
    Claim.objects.filter(article=nothing).delete()
    reasons = dict(zip("pnuq", choose.reasons_of([plain, nothing, undated, unsure]), strict=True))
    assert reasons["p"] in ("", "sample")
    assert (reasons["n"], reasons["u"], reasons["q"]) == ("nothing", "", "unsure")


def test_articles_are_looked_through_once(model: Model) -> None:
    choose.choose(timezone.now())  # the place is made
    row = article()
    Claim.objects.filter(article=row).delete()
    later = timezone.now() + choose.LATE + timedelta(seconds=1)
    assert choose.choose(later) == 1
    assert choose.choose(later) == 0
    assert ask.due_articles(later, 10) == [row.pk]


def test_withdrawn_its_claims_are_gone_and_the_others_stand(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    model.script = fiji
    row = article(text=TEXT + "日本大选将于10月27日举行。")
    own = claims(row)
    run(row)
    call_command("second_reader", "status")
    assert "1 read" in capsys.readouterr().out
    call_command("second_reader", "withdraw")
    process([row.pk])
    assert claims(row) == own
    assert not SecondReading.objects.exists()


def test_the_command_shows_both_readings(model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.script = fiji
    path = tmp_path / "a.md"
    path.write_text(f"<!--1727784000000-->\n[标题](https://one.example/a)\n------\n<p>{TEXT}</p>\n", "utf-8")
    call_command("readings", path)
    said = capsys.readouterr().out
    assert "model: 1" in said and "2024-12-07 general vote FJ scheduled" in said
    call_command("readings", "--question", path)
    assert "<article>" in capsys.readouterr().out
    assert len(model.asked) == 1


def test_without_a_model_the_commands_say_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="NEWSDESK_MODEL_URL"):
        call_command("readings", tmp_path)
    with pytest.raises(CommandError, match="NEWSDESK_MODEL_URL"):
        call_command("second_reader", "ask", "1")


def test_reading_articles_never_waits_for_the_model(model: Model) -> None:
    model.delay = 30.0
    began = time.monotonic()
    row = article()
    assert row.state == Article.State.DONE and time.monotonic() - began < model.delay
    assert model.asked == []


def test_the_doctor_tries_the_model(model: Model) -> None:
    def found() -> list[tuple[str, str]]:
        return [(finding.state, finding.what) for finding in doctor.check_model()]

    assert found() == [("good", "scripted answers")]
    model.status = 401
    assert found() == [("odd", "scripted: the server answers 401")]


def test_editors_see_what_was_not_believed_and_ask_again(model: Model) -> None:
    model.script = lambda question: fiji(question).replace("general", "coronation")
    row = article()
    run(row)
    chief = logged_in(User.objects.create_superuser("chief"))
    assert "unknown_value" in chief.get("/admin/timeline/secondreading/").content.decode()
    pk = SecondReading.objects.get().pk
    chief.post("/admin/timeline/secondreading/", {"action": "ask_again", "_selected_action": [pk]})
    assert SecondReading.objects.get().state == "waiting"


def test_the_closed_lists_of_an_answer_are_those_of_the_database() -> None:
    assert dict(answers.TYPES).keys() == set(Type.values) and set(answers.TYPES.values()) == set(Kind.values)
    assert set(answers.STAGES) == set(Stage.values)
    assert set(answers.STATUSES) == set(Status.values)
    assert set(answers.EXTENTS) == set(Extent.values)
