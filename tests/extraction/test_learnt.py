"""The learnt reader: its weights are whole or refused, one happening is told once, and its work is bounded."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from timeline.extraction import Article, EventMention, read_article
from timeline.extraction.dates import find
from timeline.extraction.events.found import found_in
from timeline.extraction.events.learnt import network as learnt
from timeline.extraction.events.learnt.decide import calibrated, taking_part
from timeline.extraction.events.learnt.linear import Linear
from timeline.extraction.events.learnt.network import Network, WeightsError, network
from timeline.extraction.events.learnt.pairs import MAX_PAIRS, family, pairs_of
from timeline.extraction.events.learnt.passages import MAX_BEFORE, MAX_WORDS
from timeline.extraction.events.learnt.predicted import PredictedEvent
from timeline.extraction.events.learnt.reader import readable
from timeline.extraction.events.learnt.sureness import sureness
from timeline.extraction.events.learnt.words import hints, trigger_words
from timeline.extraction.reason import Doubt

Arrays = dict[str, NDArray[Any]]
DAY = date(2026, 3, 2)


@pytest.fixture
def arrays() -> Arrays:
    source = BytesIO(files(learnt.__package__).joinpath("weights.npz").read_bytes())
    with np.load(source) as stored:
        return {name: stored[name] for name in stored.files}


def events(text: str, title: str = "", day: date = DAY) -> tuple[EventMention, ...]:
    return read_article(Article(title=title, text=text, published=None, anchor=day)).events


def with_meta(arrays: Arrays, **changed: object) -> Arrays:
    meta = json.loads(bytes(arrays["meta"])) | changed
    return arrays | {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}


def test_the_shipped_weights_fit_their_vocabularies(arrays: Arrays) -> None:
    assert Network(arrays).types == network().types
    assert all(len(t) == 3 for t in network().types)


@pytest.mark.parametrize("name", ["meta", "words", "signs", "words_scale", "by_words.event.scale"])
def test_weights_without_a_part_are_refused(arrays: Arrays, name: str) -> None:
    del arrays[name]
    with pytest.raises(WeightsError, match="damaged"):
        Network(arrays)


def test_weights_of_another_format_are_refused_with_what_to_do(arrays: Arrays) -> None:
    with pytest.raises(WeightsError, match="make train"):
        Network(with_meta(arrays, format=0))


def test_weights_whose_vocabulary_does_not_fit_are_refused(arrays: Arrays) -> None:
    with pytest.raises(WeightsError, match="words_scale"):
        Network(with_meta(arrays, words=["only one"]))


def test_no_weights_and_half_a_file_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    whole = files(learnt.__package__).joinpath("weights.npz").read_bytes()
    monkeypatch.setattr(learnt, "files", lambda package: tmp_path)
    for content in (None, whole[: len(whole) // 2], b"", b"PK"):
        network.cache_clear()
        if content is not None:
            (tmp_path / "weights.npz").write_bytes(content)
        with pytest.raises(WeightsError):
            network()
    network.cache_clear()


def test_a_verb_that_no_rule_knows_gives_an_event() -> None:
    """`胜选` is no trigger of the rules."""
    (event,) = events("肯尼亚候选人在8月9日的总统选举中胜选。", day=date(2022, 8, 20))[:1]
    assert (event.kind, event.participants) == ("election", ("KE",))
    assert event.probability is not None and 0 < event.probability < 1


def test_one_happening_that_is_told_twice_is_one_event() -> None:
    text = "法国总统4月10日抵达东京，对日本进行访问。法国总统4月10日同日本首相举行会谈。"
    found = [e for e in events(text, day=date(2026, 4, 11)) if e.kind == "alliance"]
    assert len({(e.when.start, e.participants) for e in found}) == len(found) == 1


def test_what_is_between_the_thresholds_says_that_it_is_unsure() -> None:
    limits = network().thresholds
    for language in ("zh", "en"):
        assert 0 < limits[language]["lower"] <= limits[language]["upper"] < 1
    text = "。".join(f"{n}月{n}日，外长与德国外长就选举通电话并签署协议" for n in range(1, 10))
    for event in events(text):
        assert event.probability is not None
        unsure = event.probability < limits["zh"]["upper"]
        assert (Doubt.UNSURE in event.doubts) == unsure


def test_a_probability_grows_with_both_logits() -> None:
    logits, none = np.array([-4, -1, 0, 1, 4], np.float32), np.zeros(5, np.float32)
    for by_network, by_words in ((logits, none), (none, logits)):
        found = calibrated(by_network, by_words, network().calibration)
        assert list(found) == sorted(set(found))


def test_a_linear_model_adds_the_weights_of_the_signs_that_it_knows() -> None:
    weights = np.array([[2, 0], [-1, 4]], np.int8)
    model = Linear(["a", "b"], weights, np.array([0.5, 1.0]), np.array([0.0, 1.0]))
    assert model.logits([["a", "b", "b", "unknown"], []]).tolist() == [[0.5, 5.0], [0.0, 1.0]]


def test_a_linear_model_whose_shapes_do_not_fit_is_refused(arrays: Arrays) -> None:
    with pytest.raises(WeightsError, match="damaged"):
        Network(arrays | {"by_words.types.weights": arrays["by_words.types.weights"][:-1]})


def test_hints_are_whole_words_in_english_alone() -> None:
    english, chinese = hints("en"), hints("zh")
    assert english is not None and chinese is not None
    assert english.find("the presidents of parliament") == [(18, "parliament")]
    assert [name for _, name in chinese.find("国会议员补选")] == ["parliament", "parliament", "by-election"]


def test_a_likelier_date_of_the_same_word_makes_a_happening_less_sure() -> None:
    """`rival` differs from the happening in its day alone."""
    alone, likely, unlikely = (
        sureness(told, network().sureness, "zh")[0]
        for told in ([predicted(0.6)], [predicted(0.6), predicted(0.9, 1)], [predicted(0.6), predicted(0.2, 1)])
    )
    assert likely < unlikely
    assert likely < alone


def predicted(probability: float, date_number: int = 0) -> PredictedEvent:
    """A made-up meeting, on one of the two dates of a sentence."""
    text = "法国总统与德国总理5月3日和6月4日举行会谈。"
    expressions = find(text, DAY, language="zh", most=50)
    found = found_in("", text, expressions, DAY, "zh")
    assert found is not None
    read = readable(found)
    assert read is not None
    dates = sorted({p.index for p in pairs_of(read, ())})
    pair = next(p for p in pairs_of(read, ()) if p.index == dates[date_number])
    return PredictedEvent(
        pair,
        probability,
        "alliance",
        "meeting",
        "",
        "scheduled",
        ("FR", "DE"),
        [pair],
        "gathering",
        [0.9, 0.9],
        0.9,
        0.9,
    )


def test_a_country_without_a_president_elects_none() -> None:
    text = "挪威将于9月14日举行投票，选出新总统和议会。"
    assert "presidential" not in {e.type for e in events(text, day=date(2025, 8, 1))}


def test_a_vote_has_one_country_and_talks_have_all_that_surely_take_part() -> None:
    shares = {"FR": 0.9, "DE": 0.8, "nato": 0.6, "RU": 0.2}
    assert taking_part("election", shares) == ("FR",)
    assert taking_part("alliance", shares) == ("FR", "DE", "nato")
    assert taking_part("alliance", {"FR": 0.3, "DE": 0.1}) == ("FR",)
    assert taking_part("election", {"nato": 0.9}) == ()


def test_sorts_of_happenings() -> None:
    assert family("election", "presidential", "runoff") == family("election", "general", "vote") == "vote"
    assert family("election", "presidential", "result") == "result"
    assert family("alliance", "summit", "") == family("alliance", "meeting", "")


def test_the_longest_word_is_the_trigger() -> None:
    words = trigger_words("en")
    assert words is not None
    assert _texts("the snap elections of may", words) == ["snap elections"]
    assert _texts("a voter, devotes", words) == []


def _texts(text: str, words: Any) -> list[str]:
    return [text[w.start : w.end] for w in words.find(text)]


UNITS = "5月3日法国德国会谈", "选举投票会晤，5月", "2025年5月3日会谈、", "法国大选2027年4月。"


@pytest.mark.parametrize("unit", UNITS)
def test_an_article_of_nothing_but_triggers_and_dates_gives_a_bounded_number_of_pairs(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    expressions = find(text, DAY, language="zh", most=5000)
    found = found_in("", text, expressions, DAY, "zh")
    assert found is not None
    read = readable(found)
    assert read is not None
    pairs = pairs_of(read, ())
    assert 0 < len(pairs) <= MAX_PAIRS
    assert max(len(p.passage.tokens) for p in pairs) <= MAX_WORDS + 2 * MAX_BEFORE
