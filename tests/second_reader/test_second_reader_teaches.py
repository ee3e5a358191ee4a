"""What both readers agree on teaches the embedded one, with less weight than an editor's word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.support.articles import raw, read_all
from tests.support.second_answers import answer_about
from tests.support.users import member
from timeline.curation import decide, learning
from timeline.curation.readings import taught_articles
from timeline.extraction import Article as CleanArticle
from timeline.extraction import read_article
from timeline.extraction.events.learnt.examples import ExampleError, examples_in
from timeline.extraction.events.learnt.fitting import Rows, fitted
from timeline.extraction.events.learnt.site import use_site
from timeline.extraction.second.teach import BothReadings, examples_of
from timeline.models import Article, Event, SecondReading
from timeline.pipeline.second import digest_of

COUNTRIES = "法国 德国 巴西 智利 秘鲁 荷兰 挪威 瑞典 芬兰 波兰 希腊 捷克".split()
TEXT = "智利将于2027年3月14日举行总统选举。挪威外长5月3日将访问日本，并举行会谈。该公司6月9日公布了财报，会谈没有结果。"


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.SITE_WEIGHTS = tmp_path / "weights.npz"
    use_site(settings.SITE_WEIGHTS)
    yield settings.SITE_WEIGHTS
    use_site(tmp_path / "none")


def both(text: str, *keep: str) -> BothReadings:
    """The embedded reading, and a model's that tells only the events of these kinds, plus none of its own."""
    reading = read_article(CleanArticle("", text, None, anchor=date(2027, 1, 5)))
    assert reading.anchor is not None
    events = tuple(e for e in reading.events if e.kind in keep)
    return BothReadings("a", "", text, reading.anchor.day, "zh-Hans", reading.expressions, reading.events, events)


def test_what_both_tell_is_an_example_and_what_one_tells_alone_is_none() -> None:
    taught = examples_of(both(TEXT, "election"), 0.5)
    told = [d for d in taught.decided if d.event]
    assert [(d.type, d.participants, d.weight) for d in told] == [("presidential", ("CL",), 0.5)]
    none = [TEXT[slice(*d.dates[0])] for d in taught.decided if not d.event]
    assert "5月3日" not in none and "2027年3月14日" not in none  # what they differ on teaches nothing
    alone = examples_of(both(TEXT, "election"), 0.5, 0.2)
    assert [TEXT[slice(*d.dates[0])] for d in alone.decided if d.weight == 0.2 and not d.event] == ["5月3日"]
    assert len(examples_of(both(TEXT, "election", "alliance")).decided) >= 2


def test_a_weight_counts_as_so_many_examples() -> None:
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)

    def rows(numbers: list[int], weights: list[float]) -> Rows:
        zeros = np.zeros((len(numbers), 1))
        return Rows(inputs[numbers], zeros, targets[numbers], [str(n) for n in numbers], np.array(weights))

    prior = np.zeros((3, 1))
    twice = fitted(rows([*range(30), *range(10)], [1.0] * 40), prior, 1.0)
    weighted = fitted(rows(list(range(30)), [2.0] * 10 + [1.0] * 20), prior, 1.0)
    assert np.allclose(twice, weighted, atol=1e-4)


def test_a_file_of_examples_keeps_the_weights() -> None:
    taught = examples_of(both(TEXT, "election"), 0.25)
    (again,) = examples_in([taught.as_line()])
    assert again == taught
    row = json.loads(taught.as_line())
    for weight in (0.0, 1.5, "1"):
        row["decided"][0]["weight"] = weight
        with pytest.raises(ExampleError, match="weight"):
            list(examples_in([json.dumps(row)]))


def read_by_model(each: int = 12) -> None:
    for n in range(each):
        country = COUNTRIES[n]
        vote = f"{country}议会选举将于2027年{n % 9 + 1}月{n + 3}日举行。"
        other = f"该国一家公司{n % 9 + 1}月{n + 14}日与工会举行会谈，没有结果。"
        read_all([raw(f"vote{n}", "2026-01-02", vote), raw(f"other{n}", "2026-01-02", other)])
    now = timezone.now()
    for article in Article.objects.all():
        kinds = ("election",) if "选举" in article.text else ()
        SecondReading.objects.create(
            article=article,
            digest=digest_of(article),
            reason="sample",
            state="read",
            due=now,
            asked_at=now,
            answer=answer_about(article, *kinds),
        )


def learn(*options: str) -> str:
    out = StringIO()
    call_command("learn", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_learns_from_readings_and_stores_nothing_without_apply(own_file: Path) -> None:
    read_by_model()
    with pytest.raises(CommandError, match="too few decisions"):
        learn()
    said = learn("--from-readings")
    assert "Readings of the language model: 12 reports that are events" in said and "0.5 each" in said
    assert "Of articles held out" in said and not own_file.exists()
    with pytest.raises(CommandError, match="--weight 0"):
        learn("--from-readings", "--weight", "0")


@pytest.mark.django_db
def test_what_editors_decided_stands_above_readings_and_old_answers_teach_nothing() -> None:
    read_by_model(3)
    assert len(taught_articles([])) >= 3
    decide.correct_field(
        Event.objects.filter(kind="election").order_by("pk")[0], "rejected", True, member("e", "editor")
    )
    decided, _ = learning.decided_articles()
    assert {a.id for a in decided} & {a.id for a in taught_articles(decided)} == set()
    SecondReading.objects.update(digest="of another text")
    assert taught_articles([]) == []


def test_an_article_without_dates_of_either_teaches_nothing() -> None:
    one = both("会谈没有结果。")
    assert examples_of(one).decided == () and examples_of(replace(one, text="")).decided == ()
