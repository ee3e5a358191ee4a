"""Articles in, events out: repeated, changed, broken, interrupted, in any order, by real workers."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from tests.support.articles import CAST, picture, raw, read_all
from tests.support.processes import WorkerProcess, wait_until
from timeline import tasks
from timeline.curation import decide
from timeline.ingest.store import store_articles
from timeline.models import Article, ArticleVersion, Claim, Event, Source
from timeline.pipeline.leases import MAX_READ_TRIES
from timeline.pipeline.process import process
from timeline.pipeline.read import read_article_rows, requeue
from timeline.pipeline.recovery import unfinished

HEAD = "<!--{ms}-->\n[{title}](https://{host}/{slug})\n------\n\n"


@pytest.mark.django_db
def test_many_articles_make_one_event_with_its_history() -> None:
    read_all(CAST)
    vote = Event.objects.get(key="election:GB", merged_into=None)
    assert (vote.type, str(vote.start), vote.status, vote.claim_count, vote.source_count) == (
        *("general", "2024-07-04", "occurred", 3, 2),
    )
    assert [b.change for b in vote.beliefs.order_by("since")] == ["first", "narrowed", "status"]
    moved = Event.objects.get(key="election:DE", merged_into=None)
    assert [str(b.start) for b in moved.beliefs.order_by("since")] == ["2025-09-28", "2025-02-23"]


@pytest.mark.django_db
def test_a_doubtful_claim_waits_for_a_plain_one_and_is_stored_with_its_reason() -> None:
    read_all([raw("h", "2024-03-20", "英国首相表示支持，而选举将于7月4日举行。")])
    (doubted,) = Claim.objects.all()
    assert doubted.doubts == ["participant_elsewhere"] and doubted.event is None
    assert not Event.objects.exists()
    read_all([raw("i", "2024-03-22", "英国大选将于7月4日举行。", "two.example")])
    vote = Event.objects.get()
    assert (str(vote.start), vote.claim_count) == ("2024-07-04", 2)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_articles_gives_the_same_events_and_beliefs(seed: int) -> None:
    read_all(CAST)
    straight = picture(ids=False)
    Article.objects.all().delete()
    Event.objects.update(merged_into=None)
    Event.objects.all().delete()
    shuffled = list(CAST)
    random.Random(seed).shuffle(shuffled)
    read_all(shuffled)
    assert picture(ids=False) == straight


@pytest.mark.django_db
def test_the_same_article_twice_changes_nothing() -> None:
    read_all(CAST)
    before = picture()
    outcomes = store_articles(CAST)
    assert {word for word, _ in outcomes} == {"unchanged"}
    process([pk for _, pk in outcomes])
    assert picture() == before
    requeue([pk for _, pk in outcomes])
    process([pk for _, pk in outcomes])
    assert picture() == before


@pytest.mark.django_db
def test_a_changed_text_is_a_new_version_and_its_claims_are_rewritten() -> None:
    read_all(CAST)
    old = Event.objects.get(key="election:GB", merged_into=None)
    ((word, pk),) = store_articles([raw("b", "2024-05-23", "更正：英国大选将于7月11日举行。", "two.example")])
    process([pk])
    article = Article.objects.get(pk=pk)
    assert (word, article.version, article.state) == ("changed", 2, Article.State.DONE)
    assert ArticleVersion.objects.get(article=article).text == "英国大选将于7月4日举行。"
    assert [str(c.start) for c in article.claims.all()] == ["2024-07-11"]
    old.refresh_from_db()
    assert old.merged_into_id is None and not old.retracted


@pytest.mark.django_db
def test_an_earlier_report_found_later_leaves_the_id() -> None:
    read_all(CAST[1:3])
    old = Event.objects.get(key="election:GB")
    read_all(CAST[:1])
    old.refresh_from_db()
    assert old.merged_into is None
    assert str(old.first_reported) == "2024-01-18"


@pytest.mark.django_db
def test_an_event_that_no_article_speaks_of_any_more_is_retracted_and_its_id_stays() -> None:
    read_all(CAST[:1])
    event = Event.objects.get()
    ((_, pk),) = store_articles([raw("a", "2024-01-18", "没有日期的文字。")])
    process([pk])
    event.refresh_from_db()
    assert event.retracted and Claim.objects.count() == 0


@pytest.mark.django_db
def test_an_editors_dates_stand_above_a_new_article() -> None:
    read_all(CAST[:1])
    event = Event.objects.get()
    editor = User.objects.create_superuser("editor")
    decide.correct_field(event, "dates", {"start": "2024-07-04", "end": "2024-07-04"}, editor)
    read_all([raw("x", "2024-03-01", "英国大选将于11月14日举行。")])
    event.refresh_from_db()
    assert (str(event.start), event.claim_count) == ("2024-07-04", 2)


@pytest.mark.django_db
def test_a_rejected_event_does_not_come_back_with_the_next_article() -> None:
    read_all(CAST[:1])
    event = Event.objects.get()
    decide.correct_field(event, "rejected", True, User.objects.create_superuser("e"))
    read_all(CAST[1:2])
    event.refresh_from_db()
    assert event.retracted and Event.objects.filter(retracted=False).count() == 0


@pytest.mark.django_db
def test_an_article_that_fails_is_set_aside_with_its_reason_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes = store_articles(CAST[:2])
    ids = [pk for _, pk in outcomes]
    Source.objects.filter(slug="one-example").update(zone="Nowhere/Nowhere")
    for _ in range(MAX_READ_TRIES):
        process(ids)
    failed, read = (Article.objects.get(pk=pk) for pk in ids)
    assert (failed.state, failed.tries, read.state) == (Article.State.FAILED, MAX_READ_TRIES, Article.State.DONE)
    assert "Nowhere" in failed.failure


@pytest.mark.django_db
def test_the_sweep_finds_what_a_lost_message_left_behind(
    eager: None, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    store_articles(CAST)
    Article.objects.update(state_since=timezone.now() - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.recover()
    assert set(Article.objects.values_list("state", flat=True)) == {Article.State.DONE}


@pytest.mark.django_db
def test_a_crash_between_reading_and_resolving_loses_nothing() -> None:
    ((_, pk),) = store_articles(CAST[:1])
    keys = read_article_rows([pk])
    assert keys and Event.objects.count() == 0
    process([pk])
    assert Event.objects.count() == 1 and Article.objects.get().state == Article.State.DONE


# --- the import command -------------------------------------------------------------------------


def post(folder: Path, slug: str, text: str, published: datetime | None = None, **head: str) -> Path:
    moment = published or datetime(2024, 3, 20, 12, tzinfo=UTC)
    values = {"ms": str(int(moment.timestamp() * 1000)), "title": "标题", "host": "one.example", "slug": slug, **head}
    path = folder / f"{slug}.md"
    path.write_text(HEAD.format(**values) + f"<p>{text}</p>", "utf-8")
    return path


@pytest.mark.django_db
def test_import_counts_and_names_what_it_refuses_and_keeps_the_rest(
    tmp_path: Path, broker: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    post(tmp_path, "good", "英国将于今年年底前举行大选。")
    post(tmp_path, "future", "文", timezone.now() + timedelta(days=400))
    post(tmp_path, "year", "文", ms="3093527980800000")
    (tmp_path / "empty.md").write_bytes(b"")
    with pytest.raises(CommandError, match="3 refused") as error:
        call_command("import", tmp_path, "--quiet")
    out, err = capsys.readouterr()
    assert error.value.returncode == 1
    assert out.strip() == "1 new, 0 unchanged, 0 changed, 3 refused"
    assert "empty.md: is empty" in err
    assert "future.md: says it was published on" in err and "in the future" in err
    assert "year.md: has a timestamp outside the calendar" in err
    for name in ("empty", "year", "future"):
        (tmp_path / f"{name}.md").unlink()
    call_command("import", tmp_path, "--quiet")
    assert capsys.readouterr().out.strip() == "0 new, 1 unchanged, 0 changed, 0 refused"
    assert Article.objects.count() == 1


@pytest.mark.django_db
def test_script_in_title_and_body_stays_text(tmp_path: Path, broker: Path) -> None:
    post(tmp_path, "x", "<script>alert(1)</script>英国将于今年年底前举行大选。", title="<script>alert(1)</script>大选")
    call_command("import", tmp_path, "--quiet")
    article = Article.objects.get()
    assert (article.title, article.text) == ("alert(1)大选", "英国将于今年年底前举行大选。")


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_reads_what_is_imported_and_import_waits_for_it(
    tmp_path: Path, celery_worker_process: WorkerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(30):
        post(tmp_path, f"a{n}", f"英国将于{n % 12 + 1}月3日举行大选。")
    call_command("import", tmp_path, "--wait", "--quiet")
    assert Article.objects.filter(state=Article.State.DONE).count() == 30
    assert Claim.objects.filter(event=None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path, celery_worker_process: WorkerProcess) -> None:
    for n in range(120):
        post(tmp_path, f"a{n}", f"英国将于{n % 12 + 1}月3日举行大选。" * 30)
    call_command("import", tmp_path, "--quiet")
    wait_until(lambda: Article.objects.filter(state=Article.State.DONE).exists(), "something is read")
    celery_worker_process.kill()
    celery_worker_process.start()
    Article.objects.filter(unfinished()).update(state_since=timezone.now() - timedelta(minutes=5))
    tasks.recover()
    wait_until(lambda: not Article.objects.filter(unfinished()).exists(), "everything is read")
    assert Article.objects.filter(state=Article.State.DONE).count() == 120
    assert Claim.objects.filter(event=None).count() == 0
