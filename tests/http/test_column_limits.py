"""Every text column with a limit: whoever reaches it by a request is refused or cut, on SQLite as on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import models
from django.test import Client

from tests.support.rows import article, event, source
from timeline.curation.transfer import import_decisions
from timeline.extraction.recurring import MAX_CHARS, digest_of_line, lines_at_the_ends
from timeline.fetching.posts import MAX_TITLE_CHARS, MAX_URL_CHARS, RawArticle
from timeline.http import tokens
from timeline.ingest.poll import _write
from timeline.ingest.store import store_articles
from timeline.models import (
    Article,
    Claim,
    ErrorReport,
    Feed,
    IdempotentRequest,
    InboxView,
    RecurringLine,
    SavedFilter,
    Source,
    Watch,
)
from timeline.pipeline import actors
from timeline.validation.columns import fit_column, max_chars

pytestmark = pytest.mark.django_db
HAND = "newsdesk:by-hand/"
TEXT = "英国将于今年年底前举行大选。"


@pytest.fixture
def chief() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("chief"))
    return client


def posted(path: str, **usual: Any) -> Callable[[Client, str, str], Any]:
    """Sends a form of the admin with too much in one field."""
    return lambda client, name, text: client.post(path, {**usual, name: text})


def article_of(client: Client, name: str, text: str) -> Any:
    """By the API, an article whose field is too long; `name`: that of a source is made of its host."""
    usual = {"url": "https://one.example/1", "title": "大选", "published": "2024-03-20T12:00:00Z", "text": TEXT}
    host = ".".join([text[:50]] * (len(text) // 50 + 1))
    wrong = {"name": {"url": f"https://{host}/1"}, "url": {"url": f"https://one.example/{text}"}}
    headers = {"Authorization": f"Bearer {tokens.add(name, ['articles:write'])}", "Idempotency-Key": "1"}
    body = {**usual, **wrong.get(name, {name: text})}
    answer = client.post("/api/v1/articles", json.dumps(body), "application/json", headers=headers)
    assert answer.status_code == 422, answer.content
    return answer


def keyed(client: Client, name: str, text: str) -> Any:
    headers = {"Authorization": f"Bearer {tokens.add('keyed', ['articles:write'])}", "Idempotency-Key": text}
    body = {"url": "https://one.example/1", "title": "大选", "published": "2024-03-20T12:00:00Z", "text": TEXT}
    answer = client.post("/api/v1/articles", json.dumps(body), "application/json", headers=headers)
    assert answer.status_code == 400
    return answer


def reported(client: Client, name: str, text: str) -> Any:
    """By the form that every reader may send."""
    answer = client.post("/events/e001/report/", {"text": "wrong", name: text})
    assert answer.status_code == 400
    return answer


def view_of_much(client: Client, name: str, text: str) -> Any:
    """Thirty-two characters of a code are ten times as many in a query."""
    path = "/admin/timeline/attention/views/?reason=contradiction&kind=election&type=supranational"
    return client.post(f"{path}&country={'𠮷' * 32}", {"name": "long"})


def polled(client: Client, name: str, text: str) -> Any:
    """What a feed and its server say."""
    feed = Feed.objects.create(source=source(), url="https://one.example/f", url_digest="f", claimed_until=MOMENT)
    _write(feed, MOMENT, **{name: f"\x00{text}"})
    assert getattr(Feed.objects.get(), name) == text[:-1]
    return client.get("/admin/timeline/feed/")


MOMENT = datetime(2024, 3, 20, tzinfo=UTC)
USER = {"username": "ann", "date_joined_0": "2024-03-20", "date_joined_1": "12:00:00"}
SOURCE = {"name": "One", "slug": "one", "zone": "UTC", "language": "", "trust": "full"}
ADD, NONE = "/admin/timeline/source/add/", {f"feeds-{n}_FORMS": "0" for n in ("TOTAL", "INITIAL")}
FEED = {"url": "https://two.example/f", "interval": "15", "clock": "stated", "identity": "id"}
REACHED: dict[tuple[type[models.Model], str], Callable[[Client, str, str], Any]] = {
    **{(User, name): posted("/admin/auth/user/2/change/", **USER) for name in ("username", "first_name", "last_name")},
    (User, "email"): lambda client, name, text: posted("/admin/auth/user/2/change/", **USER)(
        client, name, f"{text}@a.b"
    ),
    (Group, "name"): posted("/admin/auth/group/add/"),
    **{(Source, name): posted(ADD, **SOURCE, **NONE) for name in ("slug", "zone", "language")},
    (Source, "name"): article_of,
    (Feed, "title"): posted("/admin/timeline/feed/add/", **FEED),
    (Feed, "url"): lambda client, name, text: posted("/admin/timeline/feed/add/", **FEED)(
        client, name, f"http://a/{text}"
    ),
    **{(Feed, name): polled for name in ("etag", "last_modified", "result", "failure", "clock_hint")},
    (Article, "title"): article_of,
    (Article, "url"): article_of,
    (SavedFilter, "name"): posted("/saved/new/", query="country=GB"),
    (Watch, "name"): posted("/alerts/new/", channel="webhook", target="https://one.example/"),
    (Watch, "target"): posted("/alerts/new/", channel="webhook", name="n"),
    (Watch, "zone"): posted("/alerts/new/", channel="webhook", target="https://one.example/", name="n"),
    (ErrorReport, "text"): reported,
    (ErrorReport, "contact"): reported,
    (InboxView, "name"): posted("/admin/timeline/attention/views/?kind=election"),
    (InboxView, "query"): view_of_much,
    (IdempotentRequest, "key"): keyed,
}
# Words of the code (choices, grains, digests, keys made of codes), and names that only commands give.
OF_CODE = {
    *("Actor.code", "Actor.name_zh_hans", "Actor.name_zh_hant", "Actor.name_en", "ApiToken.name", "ApiToken.digest"),
    *("Article.url_digest", "Article.digest", "Article.language", "Article.anchor_from", "AttentionMark.mark"),
    "Article.page_digest",
    *("Claim.granularity", "Claim.modifier", "Claim.key", "Claim.place", "Event.id", "Event.key", "Event.granularity"),
    *("Event.modifier", "EventBelief.granularity", "EventBelief.modifier", "EventBelief.change", "Feed.url_digest"),
    *("FeedEntry.id_key", "FeedEntry.link_key", "FeedEntry.digest", "Followed.name", "Followed.place", "Tally.of"),
    *("Tally.kind", "Tally.type", "Tally.status", "Tally.precision", "IdempotentRequest.digest", "User.password"),
    *("Watch.language", "ErrorReport.language", "Watch.secret", "Delivery.id_of_message", "Claim.reader"),
    # cut where they are written: alerts.outbox, second_reader.ask; the model's name is a setting
    *("Delivery.error", "SecondReading.error", "SecondReading.model", "SecondReading.prompt", "SecondReading.digest"),
    # cut or left out where they are written: ingest.websub
    *(f"HubSubscription.{name}" for name in ("hub", "topic", "token", "secret", "failure")),
    # cut where they are written: curation.assignments; lines of MAX_LINE_CHARS at most: ingest.recurring
    *("Assignment.words", "Comment.words", "RecurringLine.line", "RecurringLine.digest", "Translation.digest"),
    *("ReaderReliability.reader", "ReaderReliability.kind"),
    # cut where they are written: ingest.host_lock, ingest.store (a title that fits Article), pipeline.claims
    *("FeedHost.name", "ArticleVersion.title", "Claim.said_by"),
    # only lines that fit are counted: extraction.recurring
    *("RecurringLine.line", "RecurringLine.digest"),
    *("Translation.digest", "ReaderReliability.kind", "ReaderReliability.reader"),
    # copied from claims: curation.assignments
    *("Assignment.words", "Comment.words"),
    # copied from claims, and checked in files of decisions (curation.transfer_claims)
    *(f"NamedClaim.{name}" for name in ("article", "words", "key", "type", "stage", "place")),
}


def columns() -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    """Every text column with a limit of this project and of its accounts, but those with choices."""
    found: list[type[models.Model]] = [*apps.get_app_config("timeline").get_models(), User, Group]
    texts = [(model, field) for model in found for field in model._meta.fields if isinstance(field, models.CharField)]
    return [(model, field) for model, field in texts if field.max_length and not field.choices]


def test_every_column_is_reached_here_or_takes_words_of_the_code_alone() -> None:
    known = {f"{model.__name__}.{name}" for model, name in REACHED} | OF_CODE
    assert {
        f"{model.__name__}.{field.name}" for model, field in columns() if "Historical" not in model.__name__
    } == known


@pytest.mark.parametrize(("model", "name"), REACHED, ids=lambda part: getattr(part, "__name__", part))
def test_what_is_too_long_is_refused_or_cut(
    chief: Client, broker: object, model: type[models.Model], name: str
) -> None:
    User.objects.create_user("bob", pk=2)
    event("e001", ["GB"], "2024-03-20")
    answer = REACHED[model, name](chief, name, "x" * (max_chars(model, name) + 1))
    assert answer.status_code < 500, answer.exc_info
    stored = [len(text) for text in model._default_manager.values_list(name, flat=True)]
    assert all(length <= max_chars(model, name) for length in stored)


def test_what_is_cut_is_cut_at_the_column() -> None:
    assert fit_column(Claim, "said_by", "x\ud800y\x00" * 200) == ("xy" * 200)[:120]
    with pytest.raises(ValueError, match="limit"):
        max_chars(Article, "text")


def test_fetching_knows_the_limits_of_the_columns() -> None:
    assert (max_chars(Article, "title"), max_chars(Article, "url")) == (MAX_TITLE_CHARS, MAX_URL_CHARS)


def test_lines_that_are_counted_fit_their_column() -> None:
    longest = "x" * max_chars(RecurringLine, "line")
    assert lines_at_the_ends(f"{longest}\n{longest}x") == {longest}
    assert len(longest) == MAX_CHARS
    assert len(digest_of_line(longest)) == max_chars(RecurringLine, "digest")


def test_a_newsroom_with_a_long_name_is_taken_in_under_its_beginning() -> None:
    url = f"https://{'.'.join(['x' * 50] * 4)}.example/1"
    store_articles([RawArticle("1", "大选", url, MOMENT, "", f"<p>{TEXT}</p>")])
    assert len(Article.objects.get().source.name) == 120


def test_an_article_that_is_there_may_be_sent_again_with_its_source(chief: Client, broker: object) -> None:
    """The name that its host would give is no matter where the source is told."""
    assert article(TEXT).source.slug == "one"
    secret = tokens.add("again", ["articles:write"])
    body = {
        "url": f"https://{'.'.join(['x' * 50] * 4)}/1",
        "title": "大选",
        "published": "2024-03-20T12:00:00Z",
        "text": TEXT,
        "source": "one",
    }
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "1"}
    answer = chief.post("/api/v1/articles", json.dumps(body), "application/json", headers=headers)
    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize("wrong", [{"granularity": "x" * 13}, {"extent": "x" * 11}, {"address": HAND + "x" * 2000}])
def test_a_line_of_a_file_of_decisions_keeps_to_the_columns(wrong: dict[str, str]) -> None:
    actors.load_gazetteer()
    line = {
        "format": 1,
        "is": "written by hand",
        "address": f"{HAND}1",
        "written": "2024-03-20T12:00:00+00:00",
        "note": "x",
        "kind": "election",
        "type": "general",
        "stage": "",
        "participants": ["GB"],
        "status": "expected",
        "start": "2024-07-04",
        "end": "2024-07-04",
        "granularity": "day",
        "extent": "within",
    }
    assert import_decisions([json.dumps(line | wrong)]).unmatched
    assert not Article.objects.exists()
    assert import_decisions([json.dumps(line)]).written == 1
