"""A decision becomes an example beside the rules: a file that the loader of the examples takes, and that is right."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.support import date_examples, event_examples
from tests.support.articles import CAST, raw, read_all
from tests.support.users import logged_in, member
from timeline.curation import decide, examples
from timeline.extraction.events.lexicon import lexicon
from timeline.models import Correction, Event
from timeline.pipeline.resolve import resolve_key

pytestmark = pytest.mark.django_db
QUOTED = 'He said "\\o/" \u2028 and <b>: the UK general election will be held on 4 July 2024.'


def decided(field: str, value: Any, news: Any = CAST[1]) -> Correction:
    read_all([news])
    return decide.correct_field(Event.objects.get(), field, value, member("one", "editor"))


def loaded(made: examples.ExampleFile) -> list[Any]:
    """By the loader of the examples of those rules."""
    language, data = made.name[:2], tomllib.loads(made.text)
    if made.kind == "dates":
        return list(date_examples.examples_in(data, language))
    return list(event_examples.examples_in(data, language))


def test_a_corrected_day_is_an_example_of_its_date_rule() -> None:
    made = examples.example_from(decided("dates", {"start": "2024-07-05", "end": "2024-07-05"}))
    (example,) = loaded(made)
    assert made.kind == "dates" and made.name.startswith("zh_examples_") and made.name.endswith(".toml")
    assert (example.kind, example.text, str(example.day)) == ("inside", "英国大选将于7月4日举行。", "2024-05-23")
    assert example.wanted == ("7月4日 = 2024-07-05/2024-07-05",)
    assert example.rule in date_examples.rule_names("zh")
    assert not date_examples.keeps(example), "the rules do not give it yet: that is what it is for"


def test_the_days_that_the_sentence_gives_rightly_make_an_example_of_events() -> None:
    news = raw("x", "2024-05-23", "英国大选将于7月4日举行，而非9月8日。")
    read_all([news])
    event = Event.objects.get()
    claim = event.claims.get()
    claim.start = claim.end = "2024-09-08"
    claim.save()
    resolve_key(claim.key)
    event = Event.objects.get(merged_into=None, retracted=False)
    made = decide.correct_field(event, "dates", {"start": "2024-07-04", "end": "2024-07-04"}, member("one", "editor"))
    (example,) = loaded(examples.example_from(made))
    assert example.wanted == ("general GB 2024-07-04/2024-07-04 scheduled",)
    assert event_examples.keeps(example)


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("status", "expected", "general GB 2024-07-04/2024-07-04 expected"),
        ("type", "legislative", "legislative GB 2024-07-04/2024-07-04 scheduled"),
        ("participants", ["FR", "GB"], "general FR GB 2024-07-04/2024-07-04 scheduled"),
        ("accepted", True, "general GB 2024-07-04/2024-07-04 scheduled"),
    ],
)
def test_what_else_is_corrected_is_an_example_of_its_trigger(field: str, value: Any, wanted: str) -> None:
    if field == "participants":
        read_all([raw("fr", "2024-03-20", "法国总统选举定于2027年4月11日举行。")])
        Event.objects.get()
        read_all([CAST[1]])
        event = Event.objects.get(key__endswith=":GB")
        decision = decide.correct_field(event, field, value, member("one", "editor"))
    else:
        decision = decided(field, value)
    made = examples.example_from(decision)
    (example,) = loaded(made)
    assert (made.kind, example.rule, example.wanted) == ("events", "general election", (wanted,))
    assert example.rule in event_examples.rule_names("zh")
    assert event_examples.keeps(example) == (field == "accepted")


def test_a_rejected_event_is_a_near_miss() -> None:
    (example,) = loaded(examples.example_from(decided("rejected", True)))
    assert (example.text, example.wanted) == ("英国大选将于7月4日举行。", ())


def test_the_other_events_of_the_sentence_stay_as_they_are() -> None:
    read_all([raw("two", "2024-03-20", "英国大选将于7月4日举行，法国大选将于7月7日举行。")])
    event = Event.objects.get(key__endswith=":GB")
    decision = decide.correct_field(event, "status", "expected", member("one", "editor"))
    (example,) = loaded(examples.example_from(decision))
    assert sorted(example.wanted) == [
        "general FR 2024-07-07/2024-07-07 scheduled",
        "general GB 2024-07-04/2024-07-04 expected",
    ]


def test_whatever_stands_in_the_sentence_the_file_can_be_read() -> None:
    decision = decided("status", "expected", raw("q", "2024-03-20", QUOTED.replace("<", "&lt;")))
    (example,) = loaded(examples.example_from(decision))
    assert example.text == Event.objects.get().claims.get().evidence and '"\\o/"' in example.text
    assert lexicon("en") is not None


def test_what_cannot_be_an_example_says_why() -> None:
    decision = decided("note", "matters")
    with pytest.raises(examples.NoExampleError):
        examples.example_from(decision)
    status = decide.correct_field(decision.event, "status", "expected", decision.editor)
    decision.event.claims.all().delete()
    with pytest.raises(examples.NoExampleError):
        examples.example_from(status)


def test_the_file_is_one_click_away_for_who_may_see_decisions() -> None:
    decision = decided("status", "expected")
    client = logged_in(decision.editor)
    page = client.get(f"/admin/timeline/correction/{decision.pk}/change/").content.decode()
    url = f"/admin/timeline/correction/{decision.pk}/example/"
    assert url in page
    answer = client.get(url)
    assert answer.content.decode() == examples.example_from(decision).text
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="zh_examples_')
    note = decide.correct_field(decision.event, "note", "matters", decision.editor)
    assert client.get(f"/admin/timeline/correction/{note.pk}/example/").status_code == 302
    assert logged_in(member("program", "machine")).get(url).status_code == 403
    assert client.get("/admin/timeline/correction/999999/example/").status_code == 404
