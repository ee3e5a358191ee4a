"""The page on which editors try a text shows both readings; the text goes to the model only when they ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support.model_server import Model, model_server
from timeline.models import SecondReading
from timeline.sandbox.caller import SANDBOX
from timeline.web.try_second import QUESTIONS

pytestmark = pytest.mark.django_db
URL = "/try/second/"
TEXT = "智利将于2027年3月14日举行总统选举。斐济的登记在5月3日结束，选民随后把票投给了新议会。"
FIJI = {"s": 2, "trigger": "投给", "type": "legislative", "stage": "vote", "status": "occurred", "extent": "within"}


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def model(settings: Any) -> Iterator[Model]:
    with model_server() as found:
        settings.MODEL_URL, settings.MODEL_NAME, settings.MODEL_KEY = found.url, "small", "s3cret"
        settings.MODEL_SECONDS = 5
        found.script = fiji
        SANDBOX.call("mark", text="今天", day="2024-03-20", language="en")
        yield found


def fiji(question: str) -> str:
    """What a model answers about the second sentence, and something that is not there."""
    line = next(line for line in question.split("\n") if line.startswith("2 "))
    date, who = (int(line.split("{" + letter, 1)[1].split("=" if letter == "d" else "}", 1)[0]) for letter in "dm")
    good = FIJI | {"dates": [date], "who": [who]}
    return json.dumps({"events": [good, good | {"s": 77}], "missing": []})


@pytest.fixture
def desk() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.create_user("desk", is_staff=True))
    return client


def send(client: Client, **fields: str) -> tuple[int, HTMLParser]:
    response = client.post(URL, {"text": TEXT, "day": "2027-06-01", **fields})
    return response.status_code, HTMLParser(response.content.decode())


def test_an_editor_sees_what_each_reader_tells_and_what_is_not_believed(desk: Client, model: Model) -> None:
    assert "Ask the model as well" in desk.get("/try/").content.decode()
    status, tree = send(desk)
    assert status == 200
    rows = [[cell.text() for cell in row.css("th, td")] for row in tree.css(".readings tbody tr")]
    by_reader = {name: [row[1] for row in rows if row[0] == name] for name in ("newsdesk", "model", "both together")}
    assert any("CL" in words for words in by_reader["newsdesk"])
    assert len(by_reader["model"]) == 1 and "FJ" in by_reader["model"][0]
    assert {words.split(" · ")[1] for words in by_reader["both together"]} == {"CL", "FJ"}
    assert tree.css(".readings li")[0].text() == "there is no sentence of this number"
    assert len(model.asked) == 1 and not SecondReading.objects.exists()
    alone = desk.post(URL, {"text": TEXT, "day": "2027-06-01"}, headers={"HX-Request": "true"}).content.decode()
    assert alone.lstrip().startswith('<div id="findings"')


def test_nothing_leaves_the_house_by_reading_alone_or_for_others(desk: Client, model: Model, settings: Any) -> None:
    reader = Client()
    assert "try/second" not in reader.get("/try/").content.decode()
    assert reader.post(URL, {"text": TEXT}).status_code == 404
    desk.post("/try/", {"text": TEXT, "day": "2027-06-01"})
    assert desk.get(URL).status_code == 405
    status, tree = send(desk, text="没有日期的文字。")
    assert status == 200 and "no event" in tree.css(".readings")[0].text()
    assert model.asked == []
    settings.MODEL_URL = ""
    assert send(desk)[0] == 404 and "try/second" not in desk.get("/try/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"status": 500}, 502, "The model gave no answer"),
        ({"script": lambda _: "I cannot help with that."}, 200, "the answer is no JSON"),
        ({"script": lambda _: '{"events": [{"s": "<script>alert(1)</script>"}]}'}, 200, "no sentence of this number"),
    ],
)
def test_a_server_that_fails_or_lies_costs_the_reader_nothing(
    desk: Client, model: Model, wrong: dict[str, Any], status: int, words: str
) -> None:
    for name, value in wrong.items():
        setattr(model, name, value)
    found, tree = send(desk)
    assert found == status and words in tree.body.text()  # type: ignore[union-attr]
    assert "s3cret" not in (tree.html or "") and "alert(1)" not in (tree.html or "")
    assert tree.css("textarea")[0].text() == TEXT


def test_questions_are_bounded(desk: Client, model: Model, settings: Any) -> None:
    settings.MODEL_CALLS_A_DAY = 0
    status, tree = send(desk)
    assert status == 502 and "the budget of today is used up" in tree.css(".notice")[0].text()
    assert model.asked == []
    statuses = {send(desk, text="短文。", day="wrong")[0] for _ in range(QUESTIONS)}
    assert statuses == {400, 429}
