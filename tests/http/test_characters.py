"""NUL and halves of surrogate pairs, other encodings, JSON that goes too far: refused or removed, each in one place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DataError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import article, event
from timeline.curation.transfer import BadDecisionFileError, import_decisions
from timeline.fetching.posts import PostError, RawArticle, address
from timeline.ingest.store import store_articles
from timeline.models import Article, Correction
from timeline.pipeline.process import process
from timeline.validation.characters import MAX_JSON_DEPTH, JSONError, is_storable, read_json, remove_unstorable

NUL_COOKIE = 'sessionid="aaaaaaaaaaaaaaaa\\000aaaaaaaaaaaaaaa"'
TEXTS = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(TEXTS | st.integers() | st.none(), lambda x: st.lists(x) | st.dictionaries(TEXTS, x))


@pytest.fixture
def chief(db: None) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.create_superuser("chief"))
    return client


# --- what is text, and what is JSON -------------------------------------------------------------


@given(TEXTS)
def test_what_is_storable_is_utf_8_without_nul(text: str) -> None:
    kept = remove_unstorable(text)
    assert "\x00" not in kept and kept.encode().decode() == kept
    assert (kept == text) == is_storable(text)


@given(VALUES)
def test_a_value_is_storable_where_its_json_is_so_in_both_databases(value: Any) -> None:
    words = json.dumps(value, ensure_ascii=False)
    try:
        words.encode()
    except UnicodeEncodeError:
        assert not is_storable(value)
    else:
        assert is_storable(value) == ("\\u0000" not in words.replace("\\\\", ""))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "[" * 100_000,
            '{"a":' * 100_000,
            "[" * 900 + "]" * 900,
            "[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1),
        ),
        *('"\\u0000"', '["\\ud800"]', '{"\\u0000": 1}', '{"a": {"\\udfff": 1}}', "NaN", "[-Infinity]", "1e999"),
        *("9" * 5000, "", "{", "tru", b"\xff"),
    ],
    ids=range(16),
)
def test_json_that_goes_too_far_is_refused_with_a_sentence(text: str | bytes) -> None:
    with pytest.raises(JSONError, match=r"^(is|holds) "):
        read_json(text)


def test_json_as_editors_write_it_is_read() -> None:
    assert read_json('{"a": ["é", 1.5, null, "\\ud83c\\uddec"]}') == {"a": ["é", 1.5, None, "🇬"]}
    assert read_json("[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH)


# --- requests -----------------------------------------------------------------------------------

READS = ["/", "/facets/", "/try/", "/login/", "/admin/login/", "/feed/about/", "/nothing/"]
FEEDS = ["/feed.json", "/feed.atom", "/export.csv", "/changes.json", "/api/v1/events", "/api/v1/nothing"]


@pytest.mark.parametrize("path", [*READS, *FEEDS])
@pytest.mark.parametrize("query", ["q=a%00b", "a%00b=1", "q=%ED%A0%80", "q=%FF", "%FF=1"])
def test_a_query_that_is_no_text_is_refused_everywhere(db: None, path: str, query: str) -> None:
    answer = Client().get(path, QUERY_STRING=query)
    assert answer.status_code == 400
    told = "application/problem+json" if path in FEEDS else "text/html; charset=utf-8"
    assert answer.headers["Content-Type"] == told


def test_it_is_said_which_field_it_was(chief: Client) -> None:
    assert "Contains a character that is not allowed" in chief.get("/?q=%00").content.decode()
    assert "The query is not valid UTF-8" in chief.get("/?q=%ff").content.decode()
    assert "<code>q</code>" in chief.get("/admin/timeline/event/?q=a%00").content.decode()
    page = chief.post("/try/", {"text": "a\x00", "day": ""})
    assert page.status_code == 400 and "<code>text</code>" in page.content.decode()
    assert chief.get("/api/v1/events?q=a%00").json()["invalid-params"][0]["name"] == "q"


@pytest.mark.parametrize("encoding", ["utf-16", "unicode_escape", "hex", "idna", "latin-1"])
def test_no_header_tells_another_encoding(chief: Client, encoding: str) -> None:
    form = f"multipart/form-data; boundary=b; charset={encoding}"
    body = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\\ud800\r\n--b--\r\n'
    assert chief.generic("POST", "/try/", body, form).status_code == 400
    for path in ("/", "/api/v1/events"):
        assert chief.generic("GET", path, b"", form, QUERY_STRING="q=%5Cud800").status_code == 200


def test_a_cookie_with_nul_is_no_session(chief: Client) -> None:
    """Cookies may quote any byte; one that newsdesk gave out never holds such."""
    answer = Client(headers={"cookie": NUL_COOKIE}).get("/saved/")
    assert answer.status_code == 302 and "/login/" in answer["Location"]
    assert Client(headers={"cookie": NUL_COOKIE}).get("/nothing/").status_code == 404


@pytest.mark.parametrize("path", ["/events/a%00b/", "/admin/timeline/event/%00/change/", "/static/%00", "/%00"])
def test_an_address_with_nul_names_nothing(chief: Client, path: str) -> None:
    assert chief.get(path).status_code in (302, 404)


def test_what_the_database_does_not_take_is_logged_and_is_a_400(
    chief: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*args: object) -> None:
        raise DataError("value too long for type character varying(8)")

    monkeypatch.setattr("timeline.web.timeline.counts.by_month", refused)
    assert chief.get("/").status_code == 400
    assert "the database refused a value" in caplog.text
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("timeline.web.timeline.counts.by_month", None)
    assert client.get("/").status_code == 500, "what is no value of the request stays an error"


@pytest.mark.parametrize("value", ["[" * 100_000, '"\\u0000"', '"\\ud800"', '{"start": "\\ud800"}', "NaN", "9" * 5000])
def test_a_correction_out_of_range_is_reported_in_the_form(chief: Client, value: str) -> None:
    vote = event("gb1", ["GB"], "2024-07-04")
    for field in ("note", "dates", "participants"):
        answer = chief.post("/admin/timeline/correction/add/", {"event": vote.pk, "field": field, "value": value})
        assert answer.status_code == 200 and "errorlist" in answer.content.decode()
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("article", "published__year=99999"),
        ("article", "title__regex=("),
        ("article", "expressions__a=1"),
        ("correction", "value__contains=1"),
        ("source", "slug__iregex=("),
        ("feed", "source__id__exact=" + "9" * 30),
        ("claim", "article__id__exact=" + "9" * 30),
        ("article", "id__in=" + "9" * 30),
        ("article", "state_since__gte=0001-01-01T00:00:00%2B23:59"),
        ("article", "published__gte=10000-01-01"),
        ("article", "p=" + "9" * 30),
        ("../auth/user", "date_joined__year=99999"),
        ("../auth/user", "last_login__gte=x"),
        ("../auth/group", "name__regex=("),
    ],
)
def test_a_list_that_cannot_be_asked_so_says_it(chief: Client, path: str, query: str) -> None:
    answer = chief.get(f"/admin/timeline/{path}/?{query}".replace("timeline/../", ""))
    allowed = (200, 400) if "9" * 30 in query or "T00" in query else (400,)  # PostgreSQL compares such numbers
    assert answer.status_code in allowed


def test_lists_are_still_asked_by_columns_and_filters(chief: Client) -> None:
    told = article("英国将于今年年底前举行大选。")
    for path in (
        *(f"timeline/claim/?article__id__exact={told.pk}", "timeline/article/?source=one&state__exact=done"),
        *("timeline/event/?day__gte=2024-01-01&day__lte=2024-12-31&kind__exact=election", "timeline/feed/?state=new"),
        *("auth/user/?is_staff__exact=1&q=chief", "timeline/source/?language__isnull=True", "timeline/event/?e=1"),
    ):
        assert chief.get(f"/admin/{path}").status_code == 200, path


@pytest.mark.parametrize("field", ["source", "event", "claims", "source_id", "", "published"])
def test_the_admin_completes_the_fields_that_ask_for_it_and_no_others(chief: Client, field: str) -> None:
    for app in ("timeline", "nothing", "auth", ""):
        for model in ("feed", "correction", "article", "nothing", ""):
            asked = {"app_label": app, "model_name": model, "field_name": field, "term": "o"}
            expected = 200 if (app, model, field) in KNOWN else 403
            assert chief.get("/admin/autocomplete/", asked).status_code == expected, asked


KNOWN = {("timeline", "feed", "source"), ("timeline", "correction", "event")}


def test_what_is_chosen_for_an_action_names_rows(chief: Client) -> None:
    for chosen, expected in (("x", 400), ("", 400), ("9" * 5000, 400), ("1", 302)):
        sent = {"action": "pause", "_selected_action": [chosen]}
        assert chief.post("/admin/timeline/feed/", sent).status_code == expected, chosen
    assert chief.post("/admin/timeline/feed/", {"action": "pause", "_selected_action": ["9" * 30]}).status_code in (
        302,
        400,
    )


def test_a_form_shows_again_what_names_no_row(chief: Client) -> None:
    for source in ("x", "9" * 30, "\ufffd"):
        page = chief.post("/admin/timeline/feed/add/", {"source": source, "url": "https://one.example/f"})
        assert page.status_code == 200 and "errorlist" in page.content.decode()


# --- what is taken in ---------------------------------------------------------------------------


def test_every_article_is_stored_without_characters_that_cannot_be(db: None) -> None:
    moment = datetime(2024, 3, 20, tzinfo=UTC)
    raw = RawArticle("n\x00", "大\ud800选", "https://one.example/\x001", moment, "a\x00", "<p>英国\x00大\udfff选</p>")
    assert (raw.title, raw.url, raw.author, raw.markup) == ("大选", "https://one.example/1", "a", "<p>英国大选</p>")
    process([pk for _, pk in store_articles([raw])])
    assert Article.objects.get().state == Article.State.DONE


def test_an_address_that_grows_when_it_is_written_small_is_measured_then() -> None:
    with pytest.raises(PostError, match="too long"):
        address(f"https://{'İ' * 1990}/")


@pytest.mark.parametrize(
    "line", ["[" * 100_000, '{"format": 1, "is": "decision", "a": "\\u0000"}', '["\\ud800"]', "NaN"]
)
def test_a_file_of_decisions_that_goes_too_far_is_refused_before_anything_is_stored(db: None, line: str) -> None:
    with pytest.raises(BadDecisionFileError, match=r"line 1: this (is|holds)"):
        import_decisions([line])
