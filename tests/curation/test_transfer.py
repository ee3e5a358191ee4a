"""Decisions as a file: what editors decided is the same in a new database, and nothing of it is lost on the way."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.support.articles import CAST, raw, read_all
from tests.support.users import content, member
from timeline.curation import decide, manual, transfer
from timeline.extraction.when import When
from timeline.models import (
    Article,
    Change,
    Claim,
    Contradiction,
    Correction,
    Event,
    EventBelief,
    EventParticipant,
    NamedClaim,
    Source,
    Tally,
)
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db
NEWS = [
    *CAST,
    raw("h", "2024-03-20", "法国总统表示支持，而选举将于7月7日举行。"),
    raw("i", "2024-05-24", "英国大选将于7月4日举行，首相宣布。", "three.example"),
]


def believed() -> Any:
    """Everything that stands on the calendar, where every id leads, and how it came there, without numbers of rows."""
    columns = "id key kind type stage place start end status note importance proposals curated retracted weight"
    stands = Event.objects.filter(merged_into=None).order_by("pk")
    beliefs = EventBelief.objects.filter(event__in=stands).order_by("event", "since")
    return (
        list(stands.values_list(*columns.split())),
        list(Event.objects.order_by("pk").values_list("id", "key", "merged_into", "retracted")),
        list(beliefs.values_list("event", "since", "until", "start", "end", "granularity", "status", "change")),
        list(EventParticipant.objects.order_by("event", "position").values_list("event", "actor", "position")),
        sorted(Claim.objects.values_list("event", "evidence", "article__url"), key=str),
    )


def decided() -> Any:
    """All decisions with their whole history, by identity."""
    columns = (
        "identity event other field value basis reason made_at waits approved_at undone_at editor__username".split()
    )
    rows = Correction.objects.order_by("identity").values_list(*columns)
    acts = [
        [(h.history_type, h.waits, h.undone_at, str(h.history_user)) for h in row.history.order_by("history_id")]
        for row in Correction.objects.order_by("identity")
    ]
    return list(rows), acts


def empty() -> None:
    """A new database."""
    Correction.history.all().delete()
    Correction.objects.all().delete()
    for model in (Contradiction, EventBelief, Claim, Change, Tally):
        model.objects.all().delete()
    Event.objects.update(merged_into=None)
    Event.objects.all().delete()
    Article.objects.all().delete()
    Source.objects.all().delete()
    User.objects.all().delete()


def decide_everything(settings: Any) -> None:
    """Decide about everything that can be decided."""
    actors.load_gazetteer()
    read_all(NEWS)
    one, two = member("one", "editor"), member("two", "editor")
    gb, de = Event.objects.get(key__endswith=":GB"), Event.objects.get(key__endswith=":DE")
    decide.correct_fields(
        gb, {"dates": {"start": "2024-07-01", "end": "2024-07-31"}, "status": "expected"}, one, "the palace"
    )
    decide.undo_correction(decide.correct_field(gb, "type", "legislative", one), one, "a slip")
    decide.correct_field(gb, "participants", ["GB"], one)
    decide.correct_fields(de, {"note": "第一\u2028行", "importance": 2}, one)
    decide.accept_event(de, two)
    third = Claim.objects.get(article__url__contains="three.example")
    decide.split_event(gb, [third.pk], one, "another vote")
    aukus = Event.objects.filter(kind="alliance", merged_into=None, retracted=False).order_by("pk")
    decide.correct_field(aukus[0], "rejected", True, two)
    doubted = Claim.objects.get(article__url__contains="/h")
    decide.accept_claim(doubted, one)
    june = When(date(2025, 6, 1), date(2025, 6, 30), "month")
    written = manual.ManualEvent("election", "legislative", ("FR",), june, "expected", "told by phone")
    mine = decide.add_manual_event(written, one)
    decide.merge_events(Event.objects.get(pk=doubted_event(doubted)), mine, one, "one and the same")
    settings.TWO_PAIRS = True
    decide.approve_correction(decide.correct_field(de, "status", "postponed", one), two)
    decide.correct_field(de, "type", "general", two, "it waits")
    settings.TWO_PAIRS = False


def doubted_event(claim: Claim) -> str:
    claim.refresh_from_db()
    return str(claim.event_id)


def export(path: Path) -> str:
    call_command("decisions", "export", str(path), verbosity=0)
    return path.read_text("utf-8")


# --- there and back -----------------------------------------------------------------------------


def test_decisions_are_the_same_in_a_new_database(tmp_path: Path, settings: Any) -> None:
    decide_everything(settings)
    path = tmp_path / "decisions.jsonl"
    text, calendar, decisions = export(path), believed(), decided()
    empty()
    actors.load_gazetteer()
    read_all(NEWS)
    assert believed() != calendar
    call_command("decisions", "import", str(path))
    assert decided() == decisions
    assert believed() == calendar
    assert export(tmp_path / "again.jsonl") == text
    person = User.objects.get(username="one")
    assert not person.is_active and not person.has_usable_password()


def test_the_second_time_nothing_happens(tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    decide_everything(settings)
    path = tmp_path / "decisions.jsonl"
    text, before = export(path), content()
    call_command("decisions", "import", str(path))
    assert content() == before
    n = len(text.rstrip("\n").split("\n"))
    assert f"0 decisions taken, 0 events written by hand made, {n} known already" in capsys.readouterr().out


def test_a_file_reads_well_in_a_version_control(tmp_path: Path, settings: Any) -> None:
    decide_everything(settings)
    text = export(tmp_path / "decisions.jsonl")
    rows = [json.loads(line) for line in text.split("\n") if line]
    assert text.endswith("\n") and len(rows) == text.count("\n")
    assert all(list(row) == sorted(row) for row in rows)
    made = [row["made"] for row in rows if row["is"] == "decision"]
    assert made == sorted(made) and len(made) == Correction.objects.count()
    assert "the palace" in text and "第一" in text


def test_an_event_whose_id_differs_is_found_by_its_claims(tmp_path: Path) -> None:
    read_all(CAST[:2])
    vote = Event.objects.get()
    decide.correct_field(vote, "status", "cancelled", member("one", "editor"))
    export(path := tmp_path / "decisions.jsonl")
    empty()
    read_all(CAST[1:2])  # without the first article the event has another id
    now = Event.objects.get()
    assert now.pk != vote.pk
    call_command("decisions", "import", str(path))
    now.refresh_from_db()
    assert (now.status, Correction.objects.get().event_id) == ("cancelled", now.pk)


# --- what cannot be taken -----------------------------------------------------------------------


def test_what_is_not_matched_is_listed_with_its_reason_and_the_rest_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read_all([CAST[0], CAST[5]])
    one = member("one", "editor")
    for event in Event.objects.all():
        decide.correct_field(event, "status", "cancelled", one)
    lost = Event.objects.get(key__endswith=":DE").pk
    export(path := tmp_path / "decisions.jsonl")
    empty()
    read_all(CAST[:1])
    with pytest.raises(CommandError) as error:
        call_command("decisions", "import", str(path))
    assert error.value.returncode == 1
    said = capsys.readouterr().out
    assert f"{lost} status: no event has this id" in said and "import its articles first" in said
    assert Event.objects.get().status == "cancelled" and Correction.objects.count() == 1
    read_all([CAST[5]])
    call_command("decisions", "import", str(path))
    assert Correction.objects.count() == 2


def test_a_dry_run_says_what_would_happen_and_stores_nothing(
    tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    decide_everything(settings)
    export(path := tmp_path / "decisions.jsonl")
    count = Correction.objects.count()
    empty()
    actors.load_gazetteer()
    read_all(NEWS)
    before = content()
    call_command("decisions", "import", str(path), "--dry-run")
    assert content() == before and not User.objects.exists()
    assert f"{count} decisions would be taken, 1 events written by hand would be made" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"field": "status", "value": "maybe"}, "scheduled"),
        ({"field": "colour"}, "there is no field"),
        ({"field": "participants", "value": ["ZZ"]}, "ZZ"),
        ({"field": "merged", "value": "all"}, "a value that cannot be"),
        ({"claims": [{"side": "event", "article": "x", "words": "y"}]}, "a value that cannot be"),
        ({"claims": [{"side": "left", "article": "0" * 64, "words": "0" * 16}]}, "a value that cannot be"),
        ({"made": "yesterday"}, "a value that cannot be"),
        ({"made": "2024-01-01T00:00:00"}, "a moment with its zone"),
        ({"event": None}, "a value that cannot be"),
        ({"id": "x"}, "a value that cannot be"),
    ],
)
def test_an_invalid_line_is_skipped_and_reported(change: dict[str, Any], why: str) -> None:
    read_all(CAST[:1])
    vote = Event.objects.get()
    decide.correct_field(vote, "status", "cancelled", member("one", "editor"))
    (line,) = transfer.export_lines()
    wrong = json.dumps(json.loads(line) | {"id": "00000000-0000-4000-8000-000000000001"} | change)
    before = content()
    report = transfer.import_decisions([wrong, line])
    assert (report.taken, report.known, len(report.unmatched)) == (0, 1, 1)
    assert why in report.unmatched[0][2], report.unmatched
    assert content() == before


@pytest.mark.parametrize(
    "text", ["nonsense", "[]", '{"format": 3, "is": "decision"}', '{"format": 1, "is": "decision"}']
)
def test_a_file_of_another_kind_is_refused_whole(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(CommandError, match="line 1"):
        call_command("decisions", "import", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("decisions", "import", str(tmp_path / "missing"))
    (path := tmp_path / "y.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("decisions", "import", str(path))


# --- files of former versions -------------------------------------------------------------------


def in_first_format(line: str) -> str:
    """A line as it was written when a claim was named by its article and sentence alone."""
    row = json.loads(line)
    refs: dict[str, list[str]] = {"event": [], "other": []}
    for claim in row.pop("claims"):
        if claim["side"] in refs:
            refs[claim["side"]].append(f"{claim['article'][:16]}-{claim['words']}")
    moved = {"merged": "event", "split": "other"}.get(row["field"])
    row |= {"format": 1, "value": sorted(set(refs[moved])) if moved else row["value"]}
    for side, named in refs.items():
        row[side] = row[side] | {"claims": named} if row[side] else None
    return json.dumps(row)


def test_a_file_of_format_1_names_of_two_votes_in_a_sentence_the_one_that_was_meant() -> None:
    both = raw("au", "2024-05-01", "澳大利亚大选将于2025年5月3日举行，下一次大选将于2028年5月举行。")
    other = raw("o", "2024-05-02", "澳大利亚大选将于2026年9月8日举行。", "two.example")
    read_all([both, other])
    first, second = (Event.objects.get(day__year=year) for year in (2025, 2026))
    one = member("one", "editor")
    decide.correct_field(first, "note", "early", one)
    decide.merge_events(first, second, one)
    calendar, lines = believed(), [in_first_format(line) for line in transfer.export_lines()]
    empty()
    actors.load_gazetteer()
    read_all([both, other])
    report = transfer.import_decisions(lines)
    assert (report.taken, report.unmatched) == (2, [])
    assert believed() == calendar and Event.objects.filter(merged_into=None).count() == 2
    read_all([both, other])
    assert json.loads(next(transfer.export_lines()))["format"] == 2


def test_a_line_of_format_1_whose_claim_is_not_here_names_its_sentence_until_it_is() -> None:
    read_all(CAST[:2])
    vote = Event.objects.get()
    made = decide.correct_field(vote, "status", "cancelled", member("one", "editor"))
    (line,) = transfer.export_lines()
    Correction.objects.filter(pk=made.pk).delete()
    lost = json.loads(in_first_format(line))
    lost["event"]["claims"].append(f"{'a' * 16}-{'b' * 16}")
    assert transfer.import_decisions([json.dumps(lost)]).taken == 1
    named = list(NamedClaim.objects.filter(side="event").order_by("pk").values_list("article", "key", "claim"))
    assert len(named) == 3 and [str(part) for part in named[-1]] == ["a" * 16, "", "None"]
    assert all(key and claim for _, key, claim in named[:-1])
    assert transfer.import_decisions(list(transfer.export_lines())).known == 1
