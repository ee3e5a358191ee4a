"""Cursors: they hold for the list that gave them out, and nobody can make one."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.query import cursors
from timeline.query.cursors import CursorError, decode, encode, seal, unseal

PLACE = (date(2024, 3, 20), "4kd92mxq0z")


def test_a_cursor_gives_back_its_place_and_needs_no_escaping() -> None:
    cursor = encode(*PLACE)
    assert decode(cursor) == PLACE
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(cursor) <= cursors.MAX_CURSOR_CHARS
    assert unseal("list", seal("list", "two words", "", "三"), 3) == ["two words", "", "三"]


@pytest.mark.parametrize("cursor", ["", "x", ".", "x.y", "é", "\ud800", "MjAyNC0wMy0yMA", "A" * 100_000])
def test_what_was_not_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        decode(cursor)


def test_a_place_cannot_be_changed() -> None:
    ours, theirs = encode(*PLACE), encode(date(2024, 3, 21), PLACE[1])
    forged = theirs.partition(".")[0] + "." + ours.partition(".")[2]
    with pytest.raises(CursorError):
        decode(forged)


def test_a_cursor_of_another_list_or_of_other_values_is_refused() -> None:
    cursor = seal("/events?kind=election", "2024-03-20", "a1")
    for family, count in (("/events", 2), ("/events?kind=election", 3)):
        with pytest.raises(CursorError):
            unseal(family, cursor, count)
