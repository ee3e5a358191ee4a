"""What a country fills by vote."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest

from timeline.extraction import read_article
from timeline.extraction.article import Article
from timeline.extraction.gazetteer import actors, may_vote
from timeline.extraction.gazetteer.offices import offices

DAY = date(2024, 6, 1)


@pytest.mark.parametrize(
    ("country", "type", "stage", "day", "may"),
    [
        ("FR", "presidential", "runoff", DAY, True),
        ("IT", "presidential", "vote", DAY, True),  # by parliament
        ("IT", "presidential", "runoff", DAY, False),
        ("SE", "presidential", "vote", DAY, False),
        ("SE", "legislative", "vote", DAY, True),
        ("SA", "legislative", "vote", DAY, False),
        ("SA", "local", "vote", DAY, True),
        ("MX", "presidential", "runoff", DAY, False),  # one round
        ("NP", "presidential", "vote", date(2005, 1, 1), False),  # a kingdom then
        ("NP", "presidential", "vote", DAY, True),
        ("GE", "presidential", "runoff", date(2018, 11, 28), True),
        ("GE", "presidential", "runoff", date(2024, 12, 14), False),
        ("AF", "presidential", "vote", date(2019, 9, 28), True),
        ("AF", "presidential", "vote", DAY, False),
        ("GL", "general", "vote", DAY, True),  # no row
        ("eu", "supranational", "vote", DAY, True),
    ],
)
def test_a_country_votes_only_for_what_it_fills_by_vote(
    country: str, type: str, stage: str, day: date, may: bool
) -> None:
    assert may_vote(country, type, stage, day) is may


def test_every_state_has_its_row_and_its_source() -> None:
    text = files("timeline.extraction.gazetteer").joinpath("offices.toml").read_text("utf-8")
    rows = [line for line in text.splitlines() if re.match("[A-Z]{2} ", line)]
    assert len(rows) == len(offices()) >= 195
    assert all(re.search("}  # .{8,}", row) for row in rows)
    assert set(offices()) <= set(actors())


def test_no_article_makes_a_kingdom_elect_a_president() -> None:
    told = read_article(Article("", "挪威将于2025年9月8日举行总统选举。", None, anchor=DAY))
    assert told.events == ()
    assert read_article(Article("", "挪威将于2025年9月8日举行议会选举。", None, anchor=DAY)).events
