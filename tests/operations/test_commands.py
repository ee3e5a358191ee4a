"""The commands for people at a terminal: what they print, what they refuse, and that looking changes nothing."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.support.articles import CAST, picture, raw, read_all
from timeline.curation import decide
from timeline.extraction import read_article
from timeline.models import Claim, Event
from timeline.pipeline import claims
from timeline.pipeline.resolve import resolve_key

pytestmark = pytest.mark.django_db


def run(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def cast() -> None:
    read_all(CAST)


# --- events ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cast")
def test_events_are_printed_as_json_with_their_evidence_and_article() -> None:
    rows = [json.loads(line) for line in run("events", "--country", "GB", "--format", "jsonl").splitlines()]
    (vote,) = rows
    assert vote["type"] == "general" and vote["participants"] == ["GB"]
    assert (vote["start"], vote["end"], vote["edtf"]) == ("2024-07-04", "2024-07-04", "2024-07-04")
    assert (vote["status"], vote["claims"], vote["sources"]) == ("occurred", 3, 2)
    assert vote["evidence"] == "英国已于7月4日举行大选。"
    assert vote["article"] == "https://one.example/c"


@pytest.mark.usefixtures("cast")
def test_events_as_known_on_a_day() -> None:
    (vote,) = [
        json.loads(line) for line in run("events", "--country=GB", "--as-of=2024-02-01", "--format=jsonl").splitlines()
    ]
    assert (vote["start"], vote["end"], vote["status"]) == ("2024-07-01", "2024-12-31", "scheduled")
    assert vote["article"] == "https://one.example/a"


@pytest.mark.usefixtures("cast")
def test_events_as_csv_hold_every_column_and_no_formula() -> None:
    Claim.objects.filter(article__url="https://one.example/c").update(evidence='=HYPERLINK("https://evil.example")')
    rows = list(csv.DictReader(io.StringIO(run("events", "--kind", "election", "--format", "csv"))))
    assert [row["participants"] for row in rows] == ["GB", "DE"]
    assert rows[0]["evidence"] == '\'=HYPERLINK("https://evil.example")'


@pytest.mark.usefixtures("cast")
def test_events_as_a_table_end_with_their_number() -> None:
    lines = run("events", "--kind", "election").splitlines()
    assert lines[-1] == "2 events"
    assert lines[0].startswith("2024-07-04")


def test_a_filter_that_cannot_be_meant_names_the_option() -> None:
    with pytest.raises(CommandError, match="--kind"):
        run("events", "--kind", "sports")


# --- reread ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cast")
def test_reading_again_with_the_same_rules_changes_nothing() -> None:
    before = picture()
    assert run("reread").splitlines()[-1] == "7 articles: 0 events gained, 0 lost, 0 changed"
    assert run("reread", "--apply").splitlines()[-1] == "7 articles were read again."
    assert picture() == before


@pytest.mark.usefixtures("cast")
def test_what_other_rules_had_read_is_shown_first_and_mended_with_apply() -> None:
    """As if older rules had read another day, missed an event, and found one that is none."""
    whole = picture()
    Claim.objects.filter(article__url="https://two.example/b").update(start=date(2024, 7, 14), end=date(2024, 7, 14))
    wrong = Claim.objects.filter(key="alliance:treaty:aukus").first()
    assert wrong is not None
    Claim.objects.filter(key__endswith=":DE").update(key="election:FR", participants=["FR"])
    for key in Claim.objects.order_by().values_list("key", flat=True).distinct():
        resolve_key(key)
    resolve_key("election:DE")
    bent = picture()
    said = run("reread")
    assert "Nothing was stored" in said
    assert picture() == bent
    summary = next(line for line in said.splitlines() if line.startswith("7 articles"))
    assert summary == "7 articles: 1 events gained, 1 lost, 0 changed"
    assert "2025-02-23" in said
    run("reread", "--apply")
    assert picture() == whole


@pytest.mark.usefixtures("cast")
def test_what_an_editor_decided_outlives_reading_again() -> None:
    vote = Event.objects.get(key="election:GB", merged_into=None)
    decide.correct_field(
        vote, "dates", {"start": "2024-07-05", "end": "2024-07-05"}, User.objects.create_superuser("desk")
    )
    run("reread", "--apply")
    vote.refresh_from_db()
    assert str(vote.start) == "2024-07-05"


@pytest.mark.usefixtures("cast")
def test_only_the_articles_that_are_asked_for_are_compared() -> None:
    assert "2 articles:" in run("reread", "--since", "2024-11-01")
    assert "3 articles:" in run(
        "reread", "--source", Claim.objects.get(article__url="https://two.example/b").article.source.slug
    )


@pytest.mark.parametrize(("option", "value"), [("--since", "yesterday"), ("--source", "nobody")])
def test_reread_refuses_what_it_does_not_know(option: str, value: str) -> None:
    with pytest.raises(CommandError, match=option):
        run("reread", option, value)


def test_an_article_that_cannot_be_read_is_named_and_the_others_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    read_all(
        [raw("a", "2024-01-18", "英国大选将于今年下半年举行。"), raw("b", "2024-05-23", "英国大选将于7月4日举行。")]
    )

    def breaks(article: Any) -> Any:
        if "7月4日" in article.text:
            raise RuntimeError("broken rule")
        return read_article(article)

    monkeypatch.setattr(claims, "read_article", breaks)
    said = run("reread")
    assert "RuntimeError: broken rule" in said
    assert "1 articles failed" in said.splitlines()[-1]
