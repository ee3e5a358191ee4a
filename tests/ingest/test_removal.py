"""Articles and sources are removed: what they said goes, what others said and decided stays, nothing comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from tests.support.articles import CAST, raw, read_all
from tests.support.feed_server import Server, item, rss, server
from tests.support.polling import feed, loopback, poll
from timeline import tasks
from timeline.curation import decide
from timeline.ingest import removal
from timeline.ingest.store import store_articles
from timeline.models import Article, ArticleVersion, Change, Claim, Correction, Event, Feed, Source
from timeline.pipeline.process import process

__all__ = ["loopback", "server"]
pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
ALONE = raw("a", "2024-01-18", "英国大选将于7月4日举行。")


def remove(*words: str) -> None:
    call_command("remove", *words, "--yes")


def stored(*raws: Any) -> list[int]:
    found = [pk for _, pk in store_articles(list(raws))]
    process(found)
    return found


def test_what_only_the_removed_article_told_is_withdrawn_and_every_address_says_so(client: Client) -> None:
    (pk,) = stored(ALONE)
    event = Event.objects.get()
    remove(str(pk))
    article = Article.objects.get()
    assert (article.title, article.text, article.markup) == ("", "", "") and article.removed is not None
    event.refresh_from_db()
    assert event.retracted and not Claim.objects.exists()
    assert Change.objects.filter(event=event, what=Change.What.RETRACTED).exists()
    for address in (f"/articles/{pk}/", f"/events/{event.pk}/", f"/api/v1/articles/{pk}", f"/api/v1/events/{event.pk}"):
        assert client.get(address).status_code == 410, address
    assert client.get("/api/v1/articles").json()["articles"] == []
    changes = client.get("/changes.json?after=0").json()["changes"]
    assert changes[-1]["what"] == "retracted" and changes[-1]["event"].endswith(event.pk)


def test_an_event_that_others_tell_as_well_stays_and_its_address_leads_to_it(client: Client) -> None:
    read_all(CAST)
    event = Event.objects.get(key="election:GB", merged_into=None)
    told = event.claim_count
    first, *_, last = event.claims.order_by("reported")
    remove(last.article.url)
    event.refresh_from_db()
    assert event.claim_count == told - 1 and not event.retracted and event.merged_into is None
    remove(first.article.url)
    event.refresh_from_db()
    now = event.merged_into or event
    assert now.claim_count == told - 2 and not now.retracted
    assert client.get(f"/events/{event.pk}/", follow=True).status_code == 200


def test_a_decision_about_what_others_tell_is_kept() -> None:
    pks = stored(ALONE, raw("b", "2024-02-01", "英国大选将于7月4日举行。", "two.example"))
    event, editor = Event.objects.get(), User.objects.create_superuser("editor")
    decide.correct_field(event, "dates", {"start": "2024-07-05", "end": "2024-07-05"}, editor)
    remove(str(pks[0]))
    event.refresh_from_db()
    now = event.merged_into or event  # an id is made of the first claim
    assert (str(now.start), now.claim_count) == ("2024-07-05", 1)
    assert Correction.objects.count() == 1


def test_no_import_brings_a_removed_article_back_until_it_is_allowed_again() -> None:
    (pk,) = stored(ALONE)
    remove(ALONE.url)
    for sent in (ALONE, raw("a", "2024-01-19", "英国大选将于7月4日举行，首相说。")):
        assert store_articles([sent]) == [("removed", pk)]
    assert not Event.objects.filter(retracted=False).exists()
    call_command("remove", str(pk), "--undo")
    assert store_articles([ALONE]) == [("changed", pk)]
    process([pk])
    assert Article.objects.get().text and Event.objects.filter(retracted=False).exists()


def test_earlier_texts_go_as_well() -> None:
    stored(ALONE)
    (pk,) = stored(raw("a", "2024-01-18", "更正：英国大选将于7月11日举行。"))
    assert ArticleVersion.objects.exists()
    remove(str(pk))
    assert not ArticleVersion.objects.exists()


def test_a_removed_source_loses_feeds_and_articles_and_takes_none_in(server: Server) -> None:
    row = feed(server.serve("/feed", rss(item(1), item(2))))
    process(poll(row).changed)
    (other,) = stored(ALONE)
    remove("--source", "one")
    assert not Feed.objects.exists()
    assert Article.objects.filter(removed=None).values_list("pk", flat=True).get() == other
    source = Source.objects.get(slug="one")
    late = raw("late", "2024-03-01", "英国大选将于7月4日举行。", source.slug + ".example")
    ((outcome, pk),) = store_articles([type(late)(**{**fields_of(late), "source": "one"})])
    assert outcome == "removed" and Article.objects.get(pk=pk).text == ""
    assert store_articles([type(late)(**{**fields_of(late), "source": "one"})]) == [("removed", pk)]


def fields_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def test_a_removal_that_was_interrupted_is_finished_by_the_recovery(broker: object) -> None:
    (pk,) = stored(ALONE)
    removal.close_source(Article.objects.get().source)
    tasks.recover()
    assert Article.objects.get(pk=pk).removed is not None


@pytest.mark.parametrize("words", ["", "7", "https://no.example/1", "ftp://x", "--source none", "7 --source x"])
def test_what_is_not_there_is_refused_and_nothing_removed(words: str) -> None:
    stored(ALONE)
    with pytest.raises(CommandError):
        remove(*words.split())
    assert Article.objects.get().removed is None


def test_a_manual_entry_is_not_removed() -> None:
    (pk,) = stored(ALONE)
    Article.objects.update(state=Article.State.HAND)
    with pytest.raises(CommandError, match="manually"):
        remove(str(pk))
    assert [list(batch) for batch in removal.remove_articles([pk])] == [[]]


def test_an_administrator_removes_after_a_page_that_says_what_goes(client: Client, broker: object) -> None:
    pks = stored(ALONE, raw("b", "2024-01-18", "没有日期的文字。", "two.example"))
    client.force_login(User.objects.create_superuser("chief"))
    sent = {"action": "remove", "_selected_action": pks}
    page = client.post("/admin/timeline/article/", sent, headers=ENGLISH).content.decode()
    assert "1 event that no other article tells" in page and Article.objects.filter(removed=None).count() == 2
    client.post("/admin/timeline/article/", {**sent, "confirmed": "yes"})
    assert Article.objects.filter(removed=None).count() == 0
    listed = client.get("/admin/timeline/article/?removed=yes", headers=ENGLISH).content.decode()
    assert listed.count("removed article") >= 2
    client.post("/admin/timeline/article/", {"action": "allow", "_selected_action": pks})
    assert Article.objects.filter(removed=None).count() == 2


def test_an_administrator_removes_a_source(client: Client, broker: object) -> None:
    stored(ALONE)
    client.force_login(User.objects.create_superuser("chief"))
    source = Source.objects.get()
    sent = {"action": "remove", "_selected_action": [source.pk]}
    assert "1 article" in client.post("/admin/timeline/source/", sent, headers=ENGLISH).content.decode()
    client.post("/admin/timeline/source/", {**sent, "confirmed": "yes"})
    source.refresh_from_db()
    assert source.removed is not None
    tasks.remove(source.pk)
    assert Article.objects.get().removed is not None


def test_who_may_not_change_articles_removes_none(client: Client) -> None:
    (pk,) = stored(ALONE)
    client.force_login(User.objects.create_user("reader", is_staff=True))
    client.post("/admin/timeline/article/", {"action": "remove", "_selected_action": [pk], "confirmed": "yes"})
    assert Article.objects.get().removed is None
