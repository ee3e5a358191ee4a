"""How far the reading has come, as the admin shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone, translation
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support.processes import WorkerProcess
from tests.support.rows import article
from timeline import tasks
from timeline.models import Article
from timeline.operations.progress import Progress, read_progress

pytestmark = pytest.mark.any_database

URL = "/admin/progress/"
TEXT = "英国将于今年年底前举行大选。"


def test_it_counts_and_knows_when_it_will_be_done(db: None) -> None:
    for n in range(10):
        article(TEXT, title=str(n))
    old = timezone.now() - timedelta(hours=1)
    Article.objects.filter(title__in="01").update(state_since=old)
    Article.objects.filter(title__in="23").update(state=Article.State.NEW)
    Article.objects.filter(title="4").update(state=Article.State.READ)
    Article.objects.filter(title="5").update(state=Article.State.FAILED)
    now = read_progress()
    assert now == Progress(new=2, read=1, done=6, failed=1, finished=4)
    assert (now.waiting, now.a_minute, now.share, now.minutes_left) == (3, 2.0, 70, 2)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (Progress(0, 0, 9, 0, 9), "Everything is processed."),
        (Progress(5, 0, 9, 0, 0), "Are the workers running?"),
        (Progress(500, 100, 9, 0, 1200), "600 articles a minute, about 1 minute left"),
        (Progress(500_000, 0, 9, 0, 12_000), "6,000 articles a minute, about 1 h 24 min left"),
        (Progress(9, 0, 0, 0, 1), "about 9 minutes left"),
    ],
)
def test_it_says_so_in_a_sentence(state: Progress, words: str) -> None:
    with translation.override("en"):
        assert words in state.words


def test_only_who_may_see_articles_sees_it(db: None) -> None:
    assert "/login/" in Client().get(URL)["Location"]
    user = User.objects.create_user("lin", is_staff=True)
    client = Client()
    client.force_login(user)
    assert client.get(URL).status_code == 403
    assert b"reading-progress" not in client.get("/admin/").content
    user.user_permissions.add(Permission.objects.get(codename="view_article"))
    assert client.get(URL).status_code == 200
    assert b"reading-progress" in client.get("/admin/").content


@pytest.mark.django_db(transaction=True)
def test_it_moves_by_itself_while_workers_read(
    celery_worker_process: WorkerProcess, live_server: LiveServer, page: Page
) -> None:
    rows = [article(TEXT, title=str(n)) for n in range(3)]
    Article.objects.update(state=Article.State.NEW)
    User.objects.create_superuser("chief", password="a-long-password")
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(f"{live_server.url}/admin/login/?next=/admin/")
    page.fill("input[name=username]", "chief")
    page.fill("input[name=password]", "a-long-password")
    page.locator("input[type=submit]").click()
    cells = page.locator("#reading-progress td")
    expect(cells).to_have_text(["3", "0", "0", "0"])
    tasks.read.delay([row.pk for row in rows])
    expect(cells).to_have_text(["0", "0", "0", "3"], timeout=30_000)
    assert problems == []
