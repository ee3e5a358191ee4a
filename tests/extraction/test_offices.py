"""What a country fills by vote."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest

from timeline.extraction import read_article
from timeline.extraction.article import Article
from timeline.extraction.gazetteer import actors, may_vote, on_the_day_of_law
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
        ("un", "supranational", "vote", DAY, True),
        ("IT", "supranational", "vote", DAY, True),
        ("GT", "supranational", "vote", DAY, True),
        ("SA", "supranational", "vote", DAY, False),
        ("CN", "supranational", "vote", DAY, False),
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


@pytest.mark.parametrize(
    "text",
    [
        "沙特将于2025年10月27日举行议会选举。",
        "Saudi Arabia will hold a presidential election on October 27, 2025.",
        "Brunei holds a parliamentary election on June 30, 2025.",
        "文莱将于2025年6月30日举行国会选举。",
    ],
)
def test_what_a_country_does_not_elect_becomes_no_vote_of_another_name(text: str) -> None:
    assert read_article(Article("", text, None, anchor=DAY)).events == ()


@pytest.mark.parametrize(
    ("country", "type", "stage", "start", "end", "on_it"),
    [
        ("US", "presidential", "vote", date(2020, 11, 3), date(2020, 11, 3), True),
        ("US", "presidential", "vote", date(2020, 11, 8), date(2020, 11, 8), True),  # told by its week
        ("US", "presidential", "vote", date(2020, 1, 1), date(2020, 12, 31), True),
        ("US", "presidential", "vote", date(2021, 1, 5), date(2021, 1, 5), False),
        ("US", "presidential", "vote", date(2019, 1, 1), date(2019, 12, 31), False),
        ("US", "presidential", "vote", date(1789, 1, 1), date(1789, 12, 31), True),  # before the law
        ("US", "presidential", "result", date(2021, 1, 20), date(2021, 1, 20), True),
        ("US", "presidential", "result", date(2021, 2, 15), date(2021, 2, 15), False),
        ("US", "presidential", "vote", date(2021, 1, 1), None, True),
        ("FR", "presidential", "vote", date(2021, 1, 5), date(2021, 1, 5), True),
    ],
)
def test_where_a_law_alone_sets_the_day_no_other_is_that_of_the_vote(
    country: str, type: str, stage: str, start: date, end: date | None, on_it: bool
) -> None:
    assert on_the_day_of_law(country, type, stage, start, end) is on_it


@pytest.mark.parametrize(
    ("text", "day", "steps"),
    [
        ("美国将于2025年1月7日举行总统选举。", date(2024, 12, 1), set()),
        ("The United States will hold a presidential election on January 7, 2025.", date(2024, 12, 1), set()),
        ("美国将于2024年11月5日举行总统选举。", date(2024, 9, 1), {"vote"}),
    ],
)
def test_no_article_makes_america_elect_a_president_on_another_day(text: str, day: date, steps: set[str]) -> None:
    told = read_article(Article("", text, None, anchor=day)).events
    assert {e.stage for e in told if e.type == "presidential"} == steps


@pytest.mark.parametrize(
    ("text", "anchor", "deadline"),
    [
        ("拜登宣布，美军将于9月11日前从阿富汗撤军。", date(2021, 4, 20), date(2021, 9, 11)),
        ("拜登說，9月11日前從阿富汗撤出全部美軍。", date(2021, 4, 20), date(2021, 9, 11)),
        ("在10月1日前，法国军队从尼日尔撤出。", date(2023, 5, 1), date(2023, 10, 1)),
        ("美国和北约部队9月11日之前撤离阿富汗。", date(2021, 4, 20), date(2021, 9, 11)),
        ("French troops will pull out of Mali before August 15.", date(2022, 2, 20), date(2022, 8, 15)),
        (
            "The United States must withdraw its forces from Niger by September 15.",
            date(2024, 5, 20),
            date(2024, 9, 15),
        ),
    ],
)
def test_a_deadline_ahead_is_never_read_a_year_back(text: str, anchor: date, deadline: date) -> None:
    (told,) = read_article(Article("", text, None, anchor=anchor)).events
    assert (told.type, told.when.start, told.when.end, told.when.modifier) == ("withdrawal", anchor, deadline, "by")
    assert told.status == "scheduled"
