"""What is sent to the API: texts that are read, articles that are stored once, and who may do that."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.support.openapi import check_answer
from tests.support.problems import problem_in
from tests.support.rows import source
from timeline.http import idempotency, tokens
from timeline.models import ApiToken, Article, ArticleVersion, Claim, IdempotentRequest

pytestmark = pytest.mark.django_db
TEXT = "英国将于今年年底前举行大选。"
ARTICLE = {"url": "https://example.com/a", "title": "标题", "published": "2024-03-20T12:00:00Z", "text": TEXT}


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def secret() -> str:
    return tokens.add("wire", [tokens.ARTICLES_WRITE])


def send(client: Client, path: str, body: Any, status: int, **headers: Any) -> Any:
    """Send JSON (or these bytes) and get the answer, which must be as it is described."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    options = {"content_type": "application/json"} | headers
    response = client.post(f"/api/v1/{path}", content, **options)
    assert response.status_code == status, response.content
    check_answer("post", path, response)
    return response


def give(client: Client, secret: str, body: Any, status: int, key: str = "k1") -> Any:
    """Send an article with a token and a key."""
    return send(client, "articles", body, status, HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_IDEMPOTENCY_KEY=key)


# --- extract ------------------------------------------------------------------------------------


def test_a_text_is_read_as_the_command_reads_it(client: Client, tmp_path: Path) -> None:
    body = {"title": "标题", "html": f"<p>{TEXT}</p>", "published": "2024-03-20T12:00:00Z"}
    answer = send(client, "extract", body, 200, HTTP_ACCEPT_LANGUAGE="en").json()
    post = tmp_path / "a.md"
    post.write_text(f"<!--1710936000000-->\n[标题](https://example.com/a)\n------\n\n<p>{TEXT}</p>\n", "utf-8")
    out = StringIO()
    call_command("extract", str(post), stdout=out)
    printed = json.loads(out.getvalue())
    assert answer == {name: printed[name] for name in answer}
    assert answer["events"][0]["participants"] == ["GB"]
    assert (answer["expressions"][0]["start"], answer["expressions"][0]["end"]) == ("2024-03-20", "2024-12-31")
    assert not Article.objects.exists() and not Claim.objects.exists()


def test_the_anchor_is_given_or_the_day_of_publication_in_its_zone(client: Client) -> None:
    moment = {"text": "明天投票。", "published": "2024-03-20T22:00:00-01:00"}
    for more, anchor, day in (
        ({}, "2024-03-20", "2024-03-21"),
        ({"zone": "Asia/Tokyo"}, "2024-03-21", "2024-03-22"),
        ({"anchor": "2020-02-28"}, "2020-02-28", "2020-02-29"),
    ):
        answer = send(client, "extract", {**moment, **more}, 200).json()
        assert (answer["anchor"], answer["expressions"][0]["start"]) == (anchor, day)
    undated = send(client, "extract", {"text": "明天投票。"}, 200).json()
    assert (undated["anchor"], undated["expressions"], undated["language"]) == (None, [], "zh-Hans")


def test_plain_text_that_looks_like_markup_stays_as_it_is(client: Client) -> None:
    text = "A <b>vote</b> & more.\nIn May 2025 &amp; later."
    answer = send(client, "extract", {"text": text, "anchor": "2024-03-20", "language": "en"}, 200).json()
    assert answer["text"] == text
    one = answer["expressions"][0]
    assert text[one["start_char"] : one["end_char"]] == one["text"]


@pytest.mark.parametrize("language", ["xx", "zh", "en-GB", "fr", "zxx-Latn-a1"])
def test_any_language_may_be_named(client: Client, language: str) -> None:
    send(client, "extract", {"text": "12 mai 2025", "anchor": "2024-03-20", "language": language}, 200)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, {"text"}),
        ({"text": TEXT, "html": TEXT}, {"text"}),
        ({"text": ""}, {"text"}),
        ({"text": 5}, {"text"}),
        ({"text": None}, {"text"}),
        ({"text": "a\x00b"}, {"text"}),
        ({"text": "x" * 100_001}, {"text"}),
        ({"text": TEXT, "colour": "red"}, {"colour"}),
        ({"text": TEXT, "anchor": "2024-02-30"}, {"anchor"}),
        ({"text": TEXT, "anchor": "1710892800"}, {"anchor"}),
        ({"text": TEXT, "anchor": "2024-03-20\n"}, {"anchor"}),
        ({"text": TEXT, "published": "2024-03-20T12:00:00"}, {"published"}),
        ({"text": TEXT, "published": "0001-01-01T00:00:00+23:59"}, {"published"}),
        ({"text": TEXT, "zone": "Mars/Base"}, {"zone"}),
        ({"text": TEXT, "zone": "../../etc/passwd"}, {"zone"}),
        ({"text": TEXT, "language": "<b>"}, {"language"}),
        ({"text": TEXT, "anchor": "x", "zone": 1}, {"anchor", "zone"}),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused_by_its_fields(client: Client, body: Any, names: set[str]) -> None:
    problem = problem_in(send(client, "extract", body, 422))
    assert problem["type"] == "/api/v1/problems/bad-body"
    assert {wrong["name"] for wrong in problem["invalid-params"]} == names


@pytest.mark.parametrize(
    "content", [b" ", b"{", b"[]", b"null", b'"text"', b'{"text":"\xff"}', b'{"text":"\\ud800"}', b"[" * 100_000]
)
def test_what_is_no_json_object_is_refused(client: Client, content: bytes) -> None:
    assert problem_in(send(client, "extract", content, 400))["type"] == "/api/v1/problems/malformed-body"


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"])
def test_other_media_types_are_refused(client: Client, media: str) -> None:
    problem_in(send(client, "extract", {"text": TEXT}, 415, content_type=media))


def test_a_body_too_large_is_refused_before_it_is_read(client: Client) -> None:
    problem_in(send(client, "extract", {"text": "x", "html": "x" * 5_100_000}, 413))


@pytest.mark.usefixtures("minute")
def test_too_many_requests_get_a_time_to_retry(client: Client, settings: Any) -> None:
    settings.EXTRACTS_A_MINUTE = 2
    for _ in range(2):
        send(client, "extract", {"text": TEXT}, 200)
    response = send(client, "extract", {"text": TEXT}, 429)
    assert problem_in(response)["type"] == "/api/v1/problems/too-many-requests"
    assert 0 < int(response["Retry-After"]) <= 60


# --- articles -----------------------------------------------------------------------------------


def test_an_article_is_stored_and_queued(
    client: Client, secret: str, eager: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = give(client, secret, ARTICLE, 201)
    row = Article.objects.get()
    assert response["Location"] == response.json()["url"] == f"http://testserver/api/v1/articles/{row.pk}"
    assert (response.json()["outcome"], response.json()["version"]) == ("new", 1)
    assert (row.url, row.title, row.text, row.state) == (ARTICLE["url"], "标题", TEXT, "done")
    assert client.get(response["Location"]).json()["published"] == "2024-03-20T12:00:00+00:00"
    assert client.get("/api/v1/events").json()["events"][0]["participants"][0]["code"] == "GB"


def test_the_same_request_again_gives_the_same_answer_and_does_nothing(client: Client, secret: str) -> None:
    first = give(client, secret, ARTICLE, 201)
    Article.objects.update(version=7)
    again = give(client, secret, ARTICLE, 201)
    assert (again.json(), again["Location"]) == (first.json(), first["Location"])
    assert "Idempotency-Replayed" not in first and again["Idempotency-Replayed"] == "true"
    assert Article.objects.count() == 1 and not ArticleVersion.objects.exists()


def test_a_new_key_tells_whether_anything_changed(client: Client, secret: str) -> None:
    pk = give(client, secret, ARTICLE, 201).json()["id"]
    assert give(client, secret, ARTICLE, 200, key="k2").json()["outcome"] == "unchanged"
    answer = give(client, secret, {**ARTICLE, "text": "别的内容。"}, 200, key="k3").json()
    assert (answer["id"], answer["outcome"], answer["version"]) == (pk, "changed", 2)


def test_a_key_stands_for_one_body_and_one_token(client: Client, secret: str) -> None:
    give(client, secret, ARTICLE, 201)
    other = {**ARTICLE, "url": "https://example.com/b"}
    assert problem_in(give(client, secret, other, 422))["type"] == "/api/v1/problems/key-reused"
    assert Article.objects.count() == 1
    give(client, tokens.add("second", [tokens.ARTICLES_WRITE]), other, 201)


def test_a_key_in_use_is_a_conflict_until_its_holder_is_given_up(client: Client, secret: str) -> None:
    give(client, secret, ARTICLE, 201)
    Article.objects.all().delete()
    IdempotentRequest.objects.update(status=idempotency.IN_WORK, made_at=timezone.now())
    response = give(client, secret, ARTICLE, 409)
    assert problem_in(response)["type"] == "/api/v1/problems/key-in-use" and response["Retry-After"] == "1"
    IdempotentRequest.objects.update(made_at=timezone.now() - 2 * idempotency.ABANDONED_AFTER)
    give(client, secret, ARTICLE, 201)


def test_a_request_that_failed_leaves_its_key_free(
    client: Client, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("timeline.api.texts.store_articles", broken)
        give(client, secret, ARTICLE, 500)
    assert not IdempotentRequest.objects.exists()
    give(client, secret, ARTICLE, 201)


def test_keys_are_forgotten_after_a_week(client: Client, secret: str) -> None:
    give(client, secret, ARTICLE, 201)
    IdempotentRequest.objects.update(made_at=timezone.now() - timedelta(days=8))
    give(client, secret, ARTICLE, 200)
    assert IdempotentRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_stores_and_none_stores_twice(secret: str, broker: Path) -> None:
    statuses: list[int] = []

    def one() -> None:
        header = {"HTTP_AUTHORIZATION": f"Bearer {secret}", "HTTP_IDEMPOTENCY_KEY": "k1"}
        body = json.dumps(ARTICLE)
        statuses.append(Client().post("/api/v1/articles", body, content_type="application/json", **header).status_code)  # type: ignore[arg-type]
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409} and 201 in statuses
    assert Article.objects.count() == 1 and Article.objects.get().version == 1


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 201])
def test_a_key_must_be_visible_ascii(client: Client, secret: str, key: str) -> None:
    assert problem_in(give(client, secret, ARTICLE, 400, key=key))["type"] == "/api/v1/problems/bad-key"


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"url": "ftp://example.com/a"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://example.com/" + "a" * 2000}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://example.com/ä"}, "url"),
        ({"title": " "}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"published": "2024-03-20"}, "published"),
        ({"published": "2099-01-01T00:00:00Z"}, "published"),
        ({"source": "none"}, "source"),
        ({"html": "<p>x</p>"}, "text"),
        ({"state": "done"}, "state"),
    ],
)
def test_an_article_that_cannot_be_meant_is_refused(client: Client, secret: str, more: Any, name: str) -> None:
    problem = problem_in(give(client, secret, {**ARTICLE, **more}, 422))
    assert [wrong["name"] for wrong in problem["invalid-params"]] == [name]
    assert not Article.objects.exists() and not IdempotentRequest.objects.exists()


def test_the_source_is_given_or_found_by_the_address(client: Client, secret: str) -> None:
    source("my-paper", "Asia/Tokyo")
    give(client, secret, {**ARTICLE, "source": "my-paper"}, 201)
    give(client, secret, {**ARTICLE, "url": "https://www.zaobao.com.sg/b"}, 201, key="k2")
    assert list(Article.objects.order_by("pk").values_list("source__slug", flat=True)) == ["my-paper", "zaobao"]


def test_a_title_with_markup_characters_is_stored_unchanged(client: Client, secret: str) -> None:
    give(client, secret, {**ARTICLE, "title": "A < B & C <b>d</b>"}, 201)
    assert Article.objects.get().title == "A < B & C <b>d</b>"


# --- tokens -------------------------------------------------------------------------------------


def run(*args: str) -> str:
    out = StringIO()
    call_command("token", *args, stdout=out)
    return out.getvalue().strip()


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Bearer none", "Basic abc", "Bearer \x7f", "none"])
def test_without_a_token_nothing_is_taken(client: Client, value: str) -> None:
    response = send(client, "articles", ARTICLE, 401, HTTP_AUTHORIZATION=value, HTTP_IDEMPOTENCY_KEY="k1")
    assert problem_in(response)["type"] == "/api/v1/problems/no-token"
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_token_without_the_scope_is_refused(client: Client) -> None:
    response = give(client, tokens.add("reader", []), ARTICLE, 403)
    assert problem_in(response)["type"] == "/api/v1/problems/wrong-scope"
    assert 'scope="articles:write"' in response["WWW-Authenticate"]


def test_the_secret_is_shown_once_and_only_its_digest_is_stored(client: Client) -> None:
    secret = run("add", "wire", "--scope", "articles:write")
    row = ApiToken.objects.get()
    assert secret.startswith("newsdesk_") and len(secret) > 40
    assert secret not in str(vars(row)) and len(row.digest) == 64
    assert secret not in run("list") and "wire\tarticles:write" in run("list")
    give(client, secret, ARTICLE, 201)
    with pytest.raises(CommandError, match="take another name"):
        run("add", "wire", "--scope", "articles:write")
    run("revoke", "wire")
    give(client, secret, ARTICLE, 401)
    assert "revoked" in run("list")
    with pytest.raises(CommandError, match="no token"):
        run("revoke", "wire")
    assert run("add", "wire", "--scope", "articles:write") != secret


def test_the_use_of_a_token_is_noted_once_a_minute(secret: str) -> None:
    token = tokens.token_of(secret)
    assert token is not None
    first = ApiToken.objects.get().used_at
    assert first is not None
    tokens.token_of(secret)
    assert ApiToken.objects.get().used_at == first
    ApiToken.objects.update(used_at=first - timedelta(minutes=2))
    tokens.token_of(secret)
    noted = ApiToken.objects.get().used_at
    assert noted is not None and noted >= first


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    return client


def test_the_admin_lists_tokens_without_their_digests_and_revokes_them(chief: Client, secret: str) -> None:
    row = ApiToken.objects.get()
    page = chief.get("/admin/timeline/apitoken/").content.decode() + (
        chief.get(f"/admin/timeline/apitoken/{row.pk}/change/").content.decode()
    )
    assert "wire" in page and row.digest not in page and secret not in page
    assert chief.get("/admin/timeline/apitoken/add/").status_code == 403
    chief.post("/admin/timeline/apitoken/", {"action": "revoke", "_selected_action": [row.pk]})
    assert tokens.token_of(secret) is None
