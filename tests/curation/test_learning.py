"""Decisions of editors teach the reader: what they say becomes weights of the site's own, shown before it is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.support.articles import raw, read_all
from tests.support.users import member
from timeline.curation import decide, learning
from timeline.extraction import Article, read_article
from timeline.extraction.events.learnt.examples import MIN_ARTICLES
from timeline.extraction.events.learnt.network import network
from timeline.extraction.events.learnt.site import in_use, read_site, use_site, write_site
from timeline.models import Correction, Event
from timeline.operations import checks, doctor
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db
COUNTRIES = "法国 德国 巴西 智利 秘鲁 荷兰 挪威 瑞典 芬兰 波兰 希腊 捷克 肯尼亚 加纳".split()
EACH = 12
DAMAGE = ["cut off", "changed", "no file of weights"]


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.SITE_WEIGHTS = tmp_path / "learnt" / "weights.npz"
    use_site(settings.SITE_WEIGHTS)
    yield settings.SITE_WEIGHTS
    use_site(tmp_path / "none")


@pytest.fixture
def editor() -> User:
    return member("one", "editor")


def visit(n: int) -> str:
    return f"{COUNTRIES[n % len(COUNTRIES)]}外长{n % 9 + 1}月{n + 3}日将访问日本，并举行会谈。"


def vote(n: int) -> str:
    return f"{COUNTRIES[n % len(COUNTRIES)]}议会选举将于2027年{n % 9 + 1}月{n + 3}日举行。"


def taught(editor: User, each: int = EACH) -> None:
    """Visits that are none, and votes that were read rightly, each in an article of its own."""
    for n in range(each):
        read_all([raw(f"visit{n}", "2026-01-02", visit(n)), raw(f"vote{n}", "2026-01-02", vote(n))])
    for event in Event.objects.filter(merged_into=None, retracted=False).order_by("pk"):
        if event.kind == "alliance":
            decide.correct_field(event, "rejected", True, editor)
        else:
            decide.accept_event(event, editor)


def learn(*options: str) -> str:
    out = StringIO()
    call_command("learn", *options, stdout=out)
    return out.getvalue()


def probability(text: str) -> float:
    events = read_article(Article("", text, None, anchor=date(2026, 1, 5))).events
    return max((e.probability or 0.0 for e in events), default=0.0)


def test_what_is_rejected_becomes_less_likely_and_what_is_accepted_stays(editor: User) -> None:
    before = probability(visit(13))
    taught(editor)
    said = learn("--apply", "--name", "our desk")
    assert f"{EACH} reports that are events and {EACH} that are none" in said and "our desk" in said
    assert probability(visit(13)) < before / 2
    assert probability(vote(13)) > 0.5


def test_nothing_changes_without_apply_and_everything_returns_with_reset(editor: User, own_file: Path) -> None:
    taught(editor)
    said = learn()
    assert "Nothing was stored" in said and "reports that go" in said and not own_file.exists()
    assert in_use() is network()
    learn("--apply")
    assert in_use() is not network()
    assert learn("--reset") and in_use() is network()
    assert "no weights of its own" in learn("--reset")


def test_learning_twice_gives_the_same(editor: User, own_file: Path) -> None:
    taught(editor)
    learn("--apply")
    first = read_site(own_file)
    learn("--apply")
    second = read_site(own_file)
    assert first is not None and second is not None and first.meta["digest"] == second.meta["digest"]


def test_a_decision_that_is_undone_teaches_nothing(editor: User) -> None:
    taught(editor, each=2)
    assert sum(len(a.decided) for a in learning.decided_articles()[0]) == 4
    decide.undo_correction(Correction.objects.filter(field="rejected").first(), editor)  # type: ignore[arg-type]
    assert sum(len(a.decided) for a in learning.decided_articles()[0]) == 3


def test_corrections_say_what_is_right(editor: User) -> None:
    read_all([raw("a", "2026-01-02", "秘鲁选举将于2027年3月4日举行，而非5月8日。")])
    event = Event.objects.get()
    actors.names_of(["CL"])
    decide.correct_fields(event, {"type": "legislative", "participants": ["CL"]}, editor)
    decide.correct_field(event, "dates", {"start": "2027-05-08", "end": "2027-05-08"}, editor)
    ((article,), count) = learning.decided_articles()
    (decided,) = article.decided
    assert count == 3 and decided.event and decided.type == "legislative" and decided.participants == ("CL",)
    assert decided.days == ("2027-05-08", "2027-05-08")


def test_the_status_of_an_older_report_is_not_that_of_today(editor: User) -> None:
    read_all([raw("a", "2026-01-02", vote(1)), raw("b", "2026-02-02", vote(1), "two.example")])
    decide.correct_field(Event.objects.get(), "status", "cancelled", editor)
    assert [d.status for a in learning.decided_articles()[0] for d in a.decided] == ["", ""]


def test_too_few_decisions_are_refused_with_how_many_are_needed(editor: User) -> None:
    taught(editor, each=3)
    with pytest.raises(CommandError, match=f"6 articles with 3 .* 3 .*{MIN_ARTICLES} articles"):
        learn("--apply")


def test_what_is_exported_teaches_elsewhere(editor: User, tmp_path: Path) -> None:
    taught(editor)
    file = tmp_path / "examples.jsonl"
    learn("--export", str(file))
    Correction.objects.all().delete()
    assert "0 decisions" in learn("--examples", str(file))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"decided": [{"trigger": [0, 2], "date": [[3, 900]], "event": True}]}, "outside of the text"),
        ({"decided": [{"trigger": [0, 2], "event": True}]}, "date missing"),
        ({"decided": [{"trigger": [0, 2], "date": [], "event": 1}]}, "event of another type than bool"),
        ({"decided": [{"trigger": [0, 2], "date": [], "event": True, "status": "maybe"}]}, "status is 'maybe'"),
        ({"anchor": "yesterday"}, "yesterday"),
        ({"more": 1}, "more unknown"),
        ("{", "line 2"),
        ([], "no object"),
    ],
)
def test_malformed_examples_are_refused_by_line(change: Any, wrong: str, tmp_path: Path) -> None:
    good = {
        "id": "a",
        "title": "",
        "text": "大选将于7月4日举行。",
        "anchor": "2026-01-02",
        "language": "zh",
        "decided": [],
    }
    bad = json.dumps(good | change) if isinstance(change, dict) else change if change == "{" else json.dumps(change)
    file = tmp_path / "examples.jsonl"
    file.write_text(f"{json.dumps(good)}\n{bad}\n", "utf-8")
    with pytest.raises(CommandError, match=f"(?s)line 2.*{wrong}|{wrong}"):
        learn("--examples", str(file))


def own_weights(path: Path) -> None:
    write_site(path, {"event.bias": network().w["event.bias"] + 1}, {"name": "ours", "made": "2026-01-02"})


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_weights_are_an_error_that_says_how_to_go_back(damage: str, own_file: Path) -> None:
    own_weights(own_file)
    content = own_file.read_bytes()
    half = len(content) // 2
    flipped = bytes([content[half] ^ 0xFF])
    changed = {DAMAGE[0]: content[:half], DAMAGE[1]: content[:half] + flipped + content[half + 1 :], DAMAGE[2]: b"{}"}
    own_file.write_bytes(changed[damage])
    (error,) = checks.weights_are_readable(None)
    assert error.id == "newsdesk.E002" and "learn --reset" in str(error.hint)
    learn("--reset")
    assert checks.weights_are_readable(None) == []


def test_layers_of_another_shape_are_refused(own_file: Path) -> None:
    write_site(own_file, {"event.bias": np.zeros(7, np.float32)}, {"name": "ours", "made": "2026-01-02"})
    (error,) = checks.weights_are_readable(None)
    assert error.id == "newsdesk.E002" and "event.bias" in error.msg


def test_weights_of_another_version_are_not_used_and_said_to_be(
    own_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as m:
        m.setattr("timeline.extraction.events.learnt.site.version", lambda: "other")
        own_weights(own_file)
    (warning,) = checks.weights_are_readable(None)
    assert warning.id == "newsdesk.W005" and in_use() is network()


def test_doctor_says_which_weights_are_in_use(own_file: Path) -> None:
    (shipped,) = doctor.check_weights()
    own_weights(own_file)
    (ours,) = doctor.check_weights()
    assert "ships" in shipped.what and "ours" in ours.what and "2026-01-02" in ours.what
