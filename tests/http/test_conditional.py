"""How everything public answers over HTTP: validators, caches, compression, other sites' scripts."""

from __future__ import annotations

import gzip

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.rows import article, claim, event

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TEXT = "英国将于今年年底前举行大选。"
FEEDS = ["/feed.json", "/feed.atom", "/feed.ics", "/export/timelinejs.json", "/changes.json"]
OF_EVENT = ["/events/gb1.ics", "/events/gb1.jsonld"]
API = ["/api/v1/events", "/api/v1/events/gb1"]
PAGES = ["/", "/events/gb1/", "/feed/about/", "/articles/1/"]
READS = [*FEEDS, *OF_EVENT, *API, *PAGES]
STREAMED = ["/export.csv", "/export/claims.csv", "/export/claims.jsonl"]


@pytest.fixture(autouse=True)
def vote() -> None:
    told = article(TEXT, pk=1)
    claim(event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by"), told, TEXT)


@pytest.mark.parametrize("url", READS)
def test_what_is_known_is_not_sent_again(client: Client, url: str) -> None:
    first = client.get(url)
    etag = first.headers["ETag"]
    assert first.status_code == 200 and etag.startswith('W/"')
    again = client.get(url, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name], name
    assert client.get(url, headers={"If-None-Match": "*"}).status_code == 304
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("url", READS)
def test_if_none_match_wins_over_if_modified_since(client: Client, url: str) -> None:
    etag = client.get(url).headers["ETag"]
    later, earlier = "Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"
    assert client.get(url, headers={"If-None-Match": '"other"', "If-Modified-Since": later}).status_code == 200
    assert client.get(url, headers={"If-None-Match": etag, "If-Modified-Since": earlier}).status_code == 304
    assert client.get(url, headers={"If-Modified-Since": later}).status_code == 200, "no moment of change is promised"


@pytest.mark.parametrize("url", [*READS, *STREAMED])
def test_head_tells_what_get_would(client: Client, url: str) -> None:
    get, head = client.get(url), client.head(url)
    assert head.status_code == 200
    for name in ("ETag", "Content-Type", "Cache-Control", "Vary"):
        assert head.headers.get(name) == get.headers.get(name), name
    if url not in STREAMED:
        assert head.content == b""
        assert client.head(url, headers={"If-None-Match": get.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("url", [*READS, *STREAMED])
def test_answers_are_compressed_for_those_who_can_read_that(client: Client, url: str) -> None:
    plain = client.get(url)
    content = plain.getvalue()
    packed = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert "Accept-Encoding" in plain.headers["Vary"] and plain.headers["Vary"] == packed.headers["Vary"]
    if len(content) < 200:
        return
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.getvalue()) == content
    assert packed.headers.get("ETag") == plain.headers.get("ETag"), "one tag for the same words"


@pytest.mark.parametrize("url", [*READS, *STREAMED])
def test_a_cache_may_keep_it_for_a_minute_and_knows_by_what_it_differs(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.headers["Cache-Control"] == "public, max-age=60"
    vary = {name.strip().lower() for name in response.headers["Vary"].split(",")}
    assert {"accept-encoding", "accept-language", "cookie"} <= vary
    assert ("hx-request" in vary) == response.headers["Content-Type"].startswith("text/html")


def test_two_readers_without_cookies_get_the_same_page_and_no_cookie() -> None:
    answers = [Client().get("/") for _ in range(2)]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
    assert not any(answer.cookies for answer in answers)


def test_languages_have_tags_of_their_own(client: Client) -> None:
    tags = {client.get("/", headers={"Accept-Language": language}).headers["ETag"] for language in ("en", "zh-Hans")}
    assert len(tags) == 2


def test_pages_of_those_who_are_signed_in_are_theirs_alone(client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    assert client.get("/").headers["Cache-Control"] == "private, no-cache"


def test_a_page_that_sets_a_cookie_is_cached_by_nobody_else(client: Client) -> None:
    response = client.get("/admin/login/")
    assert "public" not in response.headers.get("Cache-Control", "")


def test_the_language_is_chosen_without_a_token() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/?kind=election"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?kind=election")
    assert '<html lang="en">' in client.get("/").content.decode()
    away = client.post("/i18n/setlang/", {"language": "en", "next": "https://elsewhere.example/"})
    assert away.headers["Location"] == "/"


@pytest.mark.parametrize("url", [*FEEDS, *OF_EVENT, *API, *STREAMED, "/events/gb1.json"])
def test_scripts_of_other_sites_may_read_what_is_public(client: Client, url: str) -> None:
    answer = client.get(url, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert {"ETag", "Link", "Retry-After"} <= exposed
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    preflight = client.options(url, headers={**asked, "Access-Control-Request-Headers": "if-none-match"})
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "if-none-match" in preflight.headers["Access-Control-Allow-Headers"]


def test_an_answer_that_was_known_may_be_read_by_other_sites_too(client: Client) -> None:
    etag = client.get("/feed.json").headers["ETag"]
    answer = client.get("/feed.json", headers={"Origin": "https://elsewhere.example", "If-None-Match": etag})
    assert answer.status_code == 304 and answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("url", ["/", "/events/gb1/", "/admin/login/", "/try/", "/i18n/setlang/"])
def test_scripts_of_other_sites_may_not_read_pages(client: Client, url: str) -> None:
    answer = client.get(url, headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_refusals_are_not_cached(client: Client) -> None:
    refused = client.get("/feed.json?colour=red", headers={"If-None-Match": "*"})
    assert refused.status_code == 400 and "ETag" not in refused.headers


@pytest.mark.parametrize("url", [*FEEDS, *OF_EVENT, *STREAMED, "/events/gb1.json"])
def test_what_is_read_cannot_be_written_to(client: Client, url: str) -> None:
    assert client.post(url).status_code == 405
