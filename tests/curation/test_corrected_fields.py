"""What an editor can set of an event beyond days and status: place, kind, a deadline; and how names are typed."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from tests.support.articles import raw, read_all
from tests.support.inbox import editor
from timeline.curation import decide
from timeline.curation.actor_input import parse_actors, parse_place, suggest_actors
from timeline.curation.day_input import parse_days
from timeline.display.dates import span_words
from timeline.models import Event, EventParticipant
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 30)


@pytest.fixture
def event() -> Event:
    actors.load_gazetteer()
    read_all([raw("a", "2030-01-01", "法国大选将于2031年3月1日举行。")])
    return Event.objects.get(merged_into=None, retracted=False)


@pytest.mark.parametrize("text", ["by end of June 2027", "2027年6月底前", "before the end of June 2027"])
def test_a_typed_deadline_is_one(event: Event, text: str) -> None:
    value = parse_days(text, TODAY).value
    assert value["modifier"] == "by"
    decide.correct_field(event, "dates", value, editor())
    event.refresh_from_db()
    assert event.when.is_deadline and event.end == date(2027, 6, 30)
    assert span_words(event.when) == "by the end of June 2027"
    belief = event.beliefs.get(until=None)
    assert belief.modifier == "by"
    assert event.proposals == {}


def test_a_place_is_set_found_and_undone(event: Event) -> None:
    made = decide.correct_field(event, "place", "BE", editor())
    event.refresh_from_db()
    assert event.place_id == "BE" and EventParticipant.objects.filter(event=event, actor="BE").exists()
    decide.undo_correction(made, made.editor)
    event.refresh_from_db()
    assert event.place_id is None and not EventParticipant.objects.filter(event=event, actor="BE").exists()


def test_a_type_of_the_other_kind_changes_the_kind_and_back(event: Event) -> None:
    made = decide.correct_field(event, "type", "summit", editor())
    event.refresh_from_db()
    assert (event.kind, event.type) == ("alliance", "summit")
    assert set(EventParticipant.objects.filter(event=event).values_list("kind", flat=True)) == {"alliance"}
    read_all([raw("b", "2030-02-01", "法国大选将于2031年3月1日举行。", "two.example")])
    event.refresh_from_db()
    assert event.kind == "alliance"
    decide.undo_correction(made, made.editor)
    event.refresh_from_db()
    assert (event.kind, event.type) == ("election", "general")


@pytest.mark.parametrize(("typed", "codes"), [("Congo", {"CG", "CD"}), ("刚果", {"CG", "CD"})])
def test_a_shared_name_offers_both(event: Event, typed: str, codes: set[str]) -> None:
    assert codes <= {actor.pk for actor in suggest_actors(typed)}
    with pytest.raises(ValidationError) as refused:
        parse_actors(typed)
    assert all(code in " ".join(refused.value.messages) for code in codes)


@pytest.mark.parametrize(
    ("typed", "code"), [("Lativa", "LV"), ("Phillipines", "PH"), ("拉托维亚", "LV"), ("Germnay", "DE")]
)
def test_a_misspelt_name_offers_the_one_that_is_meant(event: Event, typed: str, code: str) -> None:
    assert suggest_actors(typed)[0].pk == code
    with pytest.raises(ValidationError, match=rf"\({code}\)"):
        parse_actors(typed)


def test_nonsense_offers_nothing_and_a_place_is_one(event: Event) -> None:
    assert suggest_actors("xqzzw") == [] and suggest_actors("") == []
    with pytest.raises(ValidationError, match="Unknown: xqzzw"):
        parse_actors("xqzzw")
    assert parse_place("  ") == "" and parse_place("Belgium") == "BE"
    with pytest.raises(ValidationError, match="one place"):
        parse_place("FR, DE")
