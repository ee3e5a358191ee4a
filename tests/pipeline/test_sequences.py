"""Any sequence of acts, readings and rounds gives the state of a fresh resolution (`python -m bench.deciding`)."""

from __future__ import annotations

import random

import pytest

from bench.fresh_resolution import DiffersError, compare
from bench.sequences import ACTS, World, run
from timeline.models import Event
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [3, 17, 29, 41])
def test_a_sequence_gives_the_state_of_a_fresh_resolution(number: int) -> None:
    actors.load_gazetteer()
    assert run(number, steps=8)


def test_a_difference_is_reported_with_its_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: an event of which somebody writes what no claim says is found."""
    actors.load_gazetteer()

    def meddle(world: World) -> str:
        world.settle()
        row = Event.objects.filter(merged_into=None, claim_count__gt=0).order_by("pk").first()
        Event.objects.filter(pk=row.pk if row else "").update(status="cancelled", weight=7)
        compare()
        return "nothing"

    monkeypatch.setattr("bench.sequences.ACTS", [(meddle, 1)])
    number = random.Random(1).randrange(1000)
    with pytest.raises(DiffersError, match=f"sequence {number}"):
        run(number, steps=1)
    assert len(ACTS) > 1
