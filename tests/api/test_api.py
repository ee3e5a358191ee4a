"""API v1: the same events by the same filter; pages that neither repeat nor skip; answers as they are described."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.support.openapi import check_answer, described
from tests.support.rows import article, believe, claim, event, source
from timeline.api.examples import STATE
from timeline.models import Article, Change, Claim, Event, EventBelief
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db
TEXT = "英国将于今年年底前举行大选。"


def get(client: Client, path: str, status: int = 200) -> Any:
    """The JSON of a path below /api/v1/, which must be as the description says."""
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == status, response.content
    check_answer("get", path, response)
    return response.json()


def pages(client: Client, path: str, name: str) -> Iterator[list[Any]]:
    """All pages of a list, by its `next`."""
    while path:
        body = get(client, path)
        yield body[name]
        following = urlsplit(body["next"] or "")
        path = f"{following.path.removeprefix('/api/v1/')}?{following.query}" if following.path else ""


# --- events -------------------------------------------------------------------------------------


def test_events_come_in_order_of_day_with_their_structure(client: Client) -> None:
    event("us1", ["US"], "2024-11-05", type="presidential")
    event(
        "jp1", ["JP", "CA", "aukus"], "2024-10-01", "2025-03-31", kind="alliance", type="accession", status="expected"
    )
    body = get(client, "events")
    assert [e["id"] for e in body["events"]] == ["jp1", "us1"]
    assert body["next"] is None
    assert body["events"][0]["participants"] == [
        *({"code": "JP", "name": "Japan"}, {"code": "CA", "name": "Canada"}, {"code": "aukus", "name": "AUKUS"}),
    ]
    chinese = client.get("/api/v1/events", headers={"accept-language": "zh-CN"})
    assert "日本" in chinese.content.decode()


def test_paging_gives_every_event_exactly_once_over_ties(client: Client) -> None:
    for n in range(250):
        event(f"e{n:03}", ["GB"], "2024-05-05")
    seen = [e["id"] for page in pages(client, "events?limit=70&kind=election", "events") for e in page]
    assert seen == sorted(Event.objects.values_list("pk", flat=True))


def test_each_event_is_listed_once_whatever_changes_between_pages(client: Client) -> None:
    for n in range(9):
        event(f"e{n}", ["GB"], "2024-05-05" if n % 3 else f"2024-05-0{n // 3 + 4}")
    seen: list[str] = []
    for number, page in enumerate(pages(client, "events?limit=2", "events")):
        seen += [e["id"] for e in page]
        event(f"a{number}", ["GB"], "2024-01-01")  # in front of what was read
        event(f"zz{number}", ["GB"], "2024-05-05")  # among what comes
        believe(Event.objects.get(pk="e8"), f"2024-04-0{number + 1}", "2024-01-02", "2024-01-02")
        Event.objects.filter(pk=seen[0]).update(retracted=True)
    assert len(seen) == len(set(seen))
    assert {f"e{n}" for n in range(8)} <= set(seen)


@pytest.mark.parametrize("path", ["events?kind=alliance", "events", "articles?limit=1", "sources", "events/e1/claims"])
def test_a_cursor_holds_for_its_own_list_and_filter_alone(client: Client, path: str) -> None:
    event("e1", ["GB"], "2024-05-05")
    event("e2", ["GB"], "2024-05-06")
    given = get(client, "events?kind=election&limit=1")["next"].partition("cursor=")[2]
    body = get(client, f"{path}{'&' if '?' in path else '?'}cursor={given}", 400)
    assert body["type"] == "/api/v1/problems/bad-cursor"
    assert [e["id"] for e in get(client, f"events?cursor={given}&kind=election&limit=7")["events"]] == ["e2"]


@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="abcXYZ019-_.", min_size=1, max_size=90))
def test_an_invented_cursor_is_refused(client: Client, cursor: str) -> None:
    assert get(client, f"events?cursor={cursor}", 400)["invalid-params"][0]["name"] == "cursor"


def test_an_event_tells_its_claims_and_what_was_believed_when(client: Client) -> None:
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31")
    claim(
        vote,
        article(TEXT),
        TEXT,
        reasons=[["counted", ["published", "2024-03-20"]], ["days", ["2024-03-20", "2024-12-31"]]],
    )
    believe(vote, "2024-05-23", "2024-07-04", "2024-07-04")
    body = get(client, "events/gb1")
    assert (body["event"]["start"], body["claims"][0]["evidence"]) == ("2024-07-04", TEXT)
    assert [(b["since"], b["until"], b["start"]) for b in body["beliefs"]] == [
        ("2024-03-20", "2024-05-23", "2024-03-20"),
        ("2024-05-23", None, "2024-07-04"),
    ]
    before = get(client, "events/gb1?as_of=2024-04-01")
    assert (before["event"]["end"], len(before["beliefs"])) == ("2024-12-31", 1)
    get(client, "events/gb1?as_of=2024-03-01", 404)


def test_many_claims_and_beliefs_come_in_bounded_pages(client: Client) -> None:
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31")
    one = article(TEXT)
    first = claim(vote, one, TEXT)
    Claim.objects.bulk_create(_copies(first, 120))
    first_day = vote.believed_since
    EventBelief.objects.bulk_create(
        EventBelief(event=vote, since=first_day + timedelta(days=n), status="scheduled", change="moved")
        for n in range(1, 230)
    )
    body = get(client, "events/gb1?claims_limit=10")
    assert (len(body["claims"]), len(body["beliefs"]), body["beliefs_before"]) == (10, 200, 30)
    path = body["claims_next"].partition("/api/v1/")[2]
    rest = [c["id"] for page in pages(client, f"{path}&limit=50", "claims") for c in page]
    seen = [c["id"] for c in body["claims"]] + rest
    assert seen == sorted(seen, reverse=True) and len(seen) == 121
    none = get(client, "events/gb1?claims_limit=0&as_of=2024-03-25")
    assert none["claims"] == [] and none["claims_next"].endswith("/events/gb1/claims?as_of=2024-03-25")


def _copies(first: Claim, n: int) -> Iterator[Claim]:
    fields = [f.attname for f in Claim._meta.concrete_fields if not f.primary_key]
    for _ in range(n):
        yield Claim(**{name: getattr(first, name) for name in fields})


def test_a_merged_id_redirects_and_a_retracted_one_is_gone(client: Client) -> None:
    new = event("new1", ["GB"], "2024-07-04")
    Event.objects.filter(pk=event("old1", ["GB"], "2024-07-05").pk).update(merged_into=new)
    Event.objects.filter(pk=event("gone1", ["GB"], "2024-07-06").pk).update(retracted=True)
    for path in ("", "/claims"):
        moved = client.get(f"/api/v1/events/old1{path}?as_of=2024-07")
        assert (moved.status_code, moved["Location"]) == (308, f"/api/v1/events/new1{path}?as_of=2024-07")
        assert get(client, f"events/gone1{path}", 410)["type"] == "/api/v1/problems/gone"
    assert [e["id"] for e in get(client, "events")["events"]] == ["new1"]


# --- articles, actors, sources ------------------------------------------------------------------


def test_articles_come_newest_first_and_by_source_day_and_state(client: Client) -> None:
    days = ("2024-03-20", "2024-03-20", "2024-03-21", "2024-04-01")
    made = [article(TEXT, on=day, of="one" if n else "two", title=f"{n}") for n, day in enumerate(days)]
    Article.objects.filter(pk=made[3].pk).update(state="failed")
    seen = [a["id"] for page in pages(client, "articles?limit=1", "articles") for a in page]
    assert seen == [made[n].pk for n in (3, 2, 1, 0)]
    for query, places in {
        "source=two": [0],
        "source=one&source=two&from=2024-03-21": [3, 2],
        "to=2024-03": [2, 1, 0],
        "from=2024-03-20&to=2024-03-20": [1, 0],
        "state=failed": [3],
    }.items():
        found = [a["id"] for a in get(client, f"articles?{query}")["articles"]]
        assert found == [made[n].pk for n in places], query
    assert "text" not in get(client, "articles")["articles"][0]


def test_an_article_gives_its_text_and_expressions(client: Client) -> None:
    row = article(TEXT, expressions=[{"text": "今年年底前", "start_char": 4, "end_char": 9}])
    body = get(client, f"articles/{row.pk}")
    one = body["expressions"][0]
    assert body["text"][one["start_char"] : one["end_char"]] == "今年年底前"
    assert body["source"] == {"slug": "one", "name": "Newsroom one"}


def test_actors_are_those_that_occur_by_kind_and_name(client: Client) -> None:
    actors.names_of(["JP"])
    event("us1", ["US", "nato", "GB"], "2024-11-05")
    event("us2", ["US"], "2024-11-06")
    seen = [a["code"] for page in pages(client, "actors?limit=1", "actors") for a in page]
    assert seen == ["GB", "US", "nato"]
    assert [a["code"] for a in get(client, "actors?kind=bloc")["actors"]] == ["nato"]
    assert [a["code"] for a in get(client, "actors?q=英國")["actors"]] == ["GB"]
    assert [a["code"] for a in get(client, "actors?q=STATES")["actors"]] == ["US"]


def test_sources_are_listed(client: Client) -> None:
    source("two", "Asia/Tokyo")
    source("one")
    seen = [s["slug"] for page in pages(client, "sources?limit=1", "sources") for s in page]
    assert seen == ["one", "two"]
    assert get(client, "sources")["sources"][1]["zone"] == "Asia/Tokyo"


# --- counts and changes -------------------------------------------------------------------------


def test_density_counts_where_events_begin(client: Client) -> None:
    event("e1", ["GB"], "2024-05-05")
    event("e2", ["GB"], "2024-05-31", "2025-05-31")
    event("e3", ["US"], "2024-07-01", kind="alliance", type="summit")
    body = get(client, "density?from=2024-05-20&to=2024-12-01")
    assert (body["grain"], body["start"], body["end"], body["total"]) == ("month", "2024-05-01", "2024-12-31", 3)
    assert [(b["start"], b["end"], b["count"], b["alliance"]) for b in body["buckets"]] == [
        ("2024-05-01", "2024-05-31", 2, 0),
        ("2024-07-01", "2024-07-31", 1, 1),
    ]
    days = get(client, "density?grain=day&window=2024-05-20/2024-12&country=GB")
    assert [(b["start"], b["end"], b["count"]) for b in days["buckets"]] == [("2024-05-31", "2024-05-31", 1)]
    assert get(client, "density?as_of=2024-03-01")["total"] == 0
    assert get(client, "density?q=no-such-words")["buckets"] == []


def test_days_are_counted_in_short_windows_only(client: Client) -> None:
    for query in ("", "&from=2024", "&from=2020&to=2024"):
        body = get(client, f"density?grain=day{query}", 400)
        assert [wrong["name"] for wrong in body["invalid-params"]] == ["grain"]


def test_changes_are_followed_without_loss(client: Client) -> None:
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31")
    state = STATE | {"participants": ["GB"]}
    made = [Change.objects.create(event=vote, what="added", after=state).pk]
    made += [Change.objects.create(event=vote, what="moved", before=state, after=state).pk for _ in range(4)]
    seen, after = [], 0
    for _ in range(9):
        body = get(client, f"changes?limit=2&after={after}")
        seen += [c["id"] for c in body["changes"]]
        assert (body["next"] is None) == (len(body["changes"]) < 2 or seen[-1] == made[-1])
        after = body["after"]
    assert seen == made and after == made[-1]
    assert [c["id"] for c in get(client, "changes?what=added")["changes"]] == made[:1]
    assert get(client, "changes")["changes"][0]["before"] is None


# --- what it costs ------------------------------------------------------------------------------


MOST_QUERIES = {
    "events": 6,
    "events?country=GB&as_of=2024-09-01": 9,
    "events/e000": 10,
    "events/e000?as_of=2024-09-01": 11,
    "events/e000/claims": 2,
    "articles?source=one": 2,
    "actors": 1,
    "sources": 1,
    "changes": 1,
    "density": 2,
    "density?q=大选": 2,
}


def test_a_list_asks_as_much_for_many_rows_as_for_few(client: Client) -> None:
    def fill(first: int, last: int) -> None:
        for n in range(first, last):
            vote = event(f"e{n:03}", ["GB", "nato", "US", "FR"][: n % 4 + 1], f"2024-0{n % 9 + 1}-20")
            claim(vote, article(TEXT, title=f"{n}", of=f"s{n}"), TEXT)
            claim(Event.objects.get(pk="e000"), article(TEXT, title=f"{n}"), TEXT)
            Change.objects.create(event=vote, what="added", after={})

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert client.get(f"/api/v1/{path}").status_code == 200
        return len(context)

    fill(0, 4)
    few = {path: queries(path) for path in MOST_QUERIES}
    fill(4, 40)
    assert {path: queries(path) for path in MOST_QUERIES} == few
    assert {path: n for path, n in few.items() if n > MOST_QUERIES[path]} == {}


# --- the same for every operation ---------------------------------------------------------------

READS = ("events", "events/e1", "events/e1/claims", "articles", "articles/1", "actors", "sources", "density", "changes")


@pytest.mark.parametrize("path", READS)
def test_every_operation_refuses_what_it_does_not_know(client: Client, path: str) -> None:
    body = get(client, f"{path}?colour=red&b=1", 400)
    assert body["type"] == "/api/v1/problems/bad-parameter"
    assert {wrong["name"] for wrong in body["invalid-params"]} == {"colour", "b"}


def _parameters() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in described()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                yield path.removeprefix("/api/v1/"), parameter["name"], parameter["schema"]


@pytest.mark.parametrize(("path", "name", "schema"), list(_parameters()))
def test_every_parameter_is_strict(client: Client, path: str, name: str, schema: dict[str, Any]) -> None:
    event("e1", ["GB"], "2024-05-05")
    path = path.replace("{event_id}", "e1")
    wrong = ["", "\x00", "x" * 500, "９", "-1", "1.5"] if name != "q" else ["", "\x00", "x" * 500]
    for value in wrong:
        response = client.get(f"/api/v1/{path}", {name: value})
        check_answer("get", path, response)
        assert response.status_code == 400, value
        assert response.json()["invalid-params"][0]["name"] == name
    if schema["type"] != "array":
        twice = client.get(f"/api/v1/{path}", {name: ["1", "1"]})
        assert "more than once" in twice.json()["invalid-params"][0]["reason"] or "重复出现" in twice.content.decode()


def test_an_answer_is_in_the_language_of_the_request(client: Client) -> None:
    event("us1", ["US"], "2024-11-05", type="presidential")
    for language, name in (("en", "United States"), ("zh-hans", "美国")):
        response = client.get("/api/v1/events", HTTP_ACCEPT_LANGUAGE=language)
        assert response.json()["events"][0]["participants"][0]["name"] == name


def test_as_of_in_the_future_is_today(client: Client) -> None:
    event("us1", ["US"], "2024-11-05")
    later = timezone.localdate() + timedelta(days=400)
    assert len(get(client, f"events?as_of={later}")["events"]) == 1
