"""The iCalendar: read back by two parsers of other authors, and never surer of a day than the sources are."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.processes import ROOT
from tests.support.rows import article, believe, claim, event
from timeline.feeds import ical
from timeline.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ICAL_JS = "2.2.1"
Read = Callable[[bytes], dict[str, Any]]


@pytest.fixture(scope="session")
def by_ical_js() -> Read:
    """Reads a calendar by ical.js, the parser of Thunderbird; it is fetched once into var/."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs node and npm for a second reader of calendars: apt-get install nodejs npm")
    folder = ROOT / "var" / f"ical.js-{ICAL_JS}"
    module = folder / "node_modules" / "ical.js" / "dist" / "ical.js"
    if not module.exists():
        command = [npm, "install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund"]
        subprocess.run([*command, f"ical.js@{ICAL_JS}"], check=True, capture_output=True, timeout=110)

    def read(data: bytes) -> dict[str, Any]:
        script = Path(__file__).parents[1] / "support" / "ical.mjs"
        done = subprocess.run([node, str(script), str(module)], input=data, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return read


def fetch(client: Client, query: str = "lang=en", url: str = "/feed.ics") -> bytes:
    response = client.get(f"{url}?{query}")
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return response.content


def parse(data: bytes) -> Any:
    return icalendar.Calendar.from_ical(data)


def entries(client: Client, query: str = "lang=en") -> dict[str, Any]:
    parsed = parse(fetch(client, query))
    found = {str(entry["uid"]): entry for entry in parsed.walk("VEVENT")}
    assert all(uid.startswith("event-") and uid.endswith("@newsdesk") for uid in found)
    assert not any(entry.errors for entry in found.values())
    return {uid.removeprefix("event-").removesuffix("@newsdesk"): entry for uid, entry in found.items()}


def test_a_known_day_is_a_whole_day_with_an_exclusive_end(client: Client) -> None:
    text = "美国将于2024年11月5日举行总统选举。"
    vote = event("us1", ["US"], "2024-11-05", type="presidential", revision=3)
    claim(vote, article(text), text)
    entry = entries(client)["us1"]
    assert (entry.start, entry.end) == (date(2024, 11, 5), date(2024, 11, 6))
    assert entry["dtstart"].params["VALUE"] == "DATE"
    assert (entry["sequence"], entry["transp"], entry["x-newsdesk-edtf"]) == (3, "TRANSPARENT", "2024-11-05")
    assert entry["url"] == "http://testserver/events/us1/"
    assert text in entry["description"]
    assert [str(word) for word in entry["categories"].cats] == ["election", "presidential", "lapsed", "US"]
    assert entry["created"].dt == datetime(2024, 3, 20, 12, tzinfo=UTC)
    changed = Event.objects.get(pk="us1").changed_at.replace(microsecond=0)
    assert entry["dtstamp"].dt == entry["last-modified"].dt == changed


def test_what_lasts_is_on_all_its_days(client: Client) -> None:
    event("g7", ["g7"], "2024-06-11", "2024-06-25", kind="alliance", type="exercise", extent="throughout")
    entry = entries(client)["g7"]
    assert (entry.start, entry.end) == (date(2024, 6, 11), date(2024, 6, 26))
    assert entry["x-newsdesk-edtf"] == "2024-06-11/2024-06-25"
    assert not str(entry["summary"]).startswith("[")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("scheduled", "CONFIRMED"),
        ("occurred", "CONFIRMED"),
        ("postponed", "CONFIRMED"),
        ("expected", "TENTATIVE"),
        ("conditional", "TENTATIVE"),
        ("cancelled", "CANCELLED"),
    ],
)
def test_the_status_is_that_of_the_event(client: Client, status: str, shown: str) -> None:
    ahead = timezone.localdate() + timedelta(days=30)
    event("fr1", ["FR"], ahead.isoformat(), status=status)
    entry = entries(client)["fr1"]
    assert entry["status"] == shown
    assert (status in str(entry["summary"])) == (status not in ("scheduled", "occurred"))


def test_what_lapsed_is_not_shown_as_having_been(client: Client) -> None:
    event("fr1", ["FR"], "2024-05-05")
    entry = entries(client)["fr1"]
    assert (entry["status"], entry["summary"]) == ("TENTATIVE", "France: general election (unconfirmed)")


@pytest.mark.parametrize("status", ["scheduled", "occurred", "postponed"])
def test_a_window_never_looks_like_a_sure_event_of_several_days(client: Client, status: str) -> None:
    event("gb1", ["GB"], "2024-06-03", "2024-06-09", granularity="week", status=status)
    entry = entries(client)["gb1"]
    assert entry["status"] == "TENTATIVE"
    assert str(entry["summary"]).startswith("[some day: week of 3–9 June 2024] United Kingdom: general election")
    assert "The exact day is not known." in entry["description"]


def test_long_windows_come_only_where_they_are_asked_for_and_are_counted(client: Client) -> None:
    event("au1", ["AU"], "2025-05-01", "2025-05-31", granularity="month")
    event("gb1", ["GB"], "2024-03-20", None, status="expected")
    event("de1", ["DE"], None, "2024-12-31")
    event("us1", ["US"], "2024-11-05")
    parsed = parse(fetch(client))
    assert [str(entry["uid"]) for entry in parsed.walk("VEVENT")] == ["event-us1@newsdesk"]
    for name in ("description", "x-wr-caldesc"):
        assert "3 windows longer than a week are left out; add windows=1." in parsed[name]
    found = entries(client, "lang=en&windows=1")
    assert sorted(found) == ["au1", "de1", "gb1", "us1"]
    assert (found["au1"].start, found["au1"].end) == (date(2025, 5, 1), date(2025, 6, 1))
    for pk, known in (("gb1", date(2024, 3, 20)), ("de1", date(2024, 12, 31))):
        entry = found[pk]
        assert (entry.start, entry.end) == (known, known + timedelta(days=1)), "the known end alone"
        assert str(entry["summary"]).startswith("[some day: ")
        assert "Only one end is known" in entry["description"]


@pytest.mark.parametrize("start", ["2026-08-19", None])
def test_a_deadline_is_an_entry_on_its_last_day(client: Client, start: str | None) -> None:
    event("es1", ["ES"], start, "2027-08-22", modifier="by")
    event("it1", ["IT"], start, "2027-12-22", modifier="by", status="expected")
    found = entries(client)
    assert (found["es1"].start, found["es1"].end) == (date(2027, 8, 22), date(2027, 8, 23))
    assert str(found["es1"]["summary"]) == "Latest: Spain: general election"
    assert str(found["it1"]["summary"]) == "Latest: Italy: general election (expected)"
    assert found["es1"]["status"] == "TENTATIVE"
    assert "This is the last possible day" in found["es1"]["description"]
    assert str(entries(client, "lang=zh-hans")["es1"]["summary"]) == "最迟：西班牙大选"


def test_what_is_cancelled_stays_visible_where_that_is_asked_for(client: Client) -> None:
    event("fr1", ["FR"], "2030-05-05", status="cancelled")
    assert entries(client)["fr1"]["status"] == "CANCELLED"
    kept = entries(client, "lang=en&cancelled=1")["fr1"]
    assert kept["status"] == "TENTATIVE" and str(kept["summary"]).endswith("(cancelled)")
    source = parse(fetch(client, "lang=en&cancelled=1"))["source"]
    assert "cancelled=1" in source
    assert client.get("/feed.ics?cancelled=yes").status_code == 400


def test_an_approximate_day_is_no_sure_day(client: Client) -> None:
    event("fr1", ["FR"], "2030-05-05", modifier="about")
    entry = entries(client)["fr1"]
    assert entry["status"] == "TENTATIVE" and "around 5 May 2030" in entry["summary"]


def test_a_date_that_moves_keeps_its_uid(client: Client) -> None:
    row = event("fr1", ["FR"], "2024-05-05")
    before = entries(client)["fr1"]
    believe(row, "2024-04-01", "2024-06-09", "2024-06-09")
    Event.objects.filter(pk="fr1").update(revision=1)
    after = entries(client)["fr1"]
    assert after["uid"] == before["uid"] and after["sequence"] > before["sequence"]
    assert after.start == date(2024, 6, 9)


def test_no_line_is_longer_than_75_octets_and_all_end_in_crlf(client: Client) -> None:
    text = "很长的一句话，" * 300 + "英国将举行大选。"
    claim(event("gb1", ["GB"], "2024-06-03"), article(text), text)
    data = fetch(client, "lang=zh-hans")
    lines = data.split(b"\r\n")
    assert lines[-1] == b"" and max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    for line in lines:
        line.decode()  # no character is cut in two


def test_the_calendar_says_what_it_is_and_when_to_come_back(client: Client) -> None:
    event("gb1", ["GB"], "2024-06-03")
    data = fetch(client, "kind=election&lang=en")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in data
    assert b"SOURCE;VALUE=URI:http://testserver/feed.ics?kind=election&lang=en\r\n" in data
    parsed = parse(data)
    assert parsed["name"] == parsed["x-wr-calname"] == "newsdesk: elections and alliances (kind=election)"
    assert parsed["version"] == "2.0" and parsed["prodid"]


def test_a_second_reader_sees_the_same(client: Client, by_ical_js: Read) -> None:
    text = "10%；、,;\\ “引号” — émile 😀\n第二行"
    claim(event("us1", ["US"], "2024-11-05", revision=2), article(text), text)
    event("gb1", ["GB"], "2024-06-03", "2024-06-09", granularity="week")
    event("g7", ["g7"], "2024-06-11", "2024-06-13", kind="alliance", type="summit", extent="throughout")
    event("au1", ["AU"], "2025-05-01", "2025-05-31", granularity="month", status="cancelled")
    for query in ("lang=en&windows=1", "lang=zh-hans&windows=1"):
        data = fetch(client, query)
        parsed, other = parse(data), by_ical_js(data)
        assert other["head"]["name"] == parsed["name"] and other["head"]["refresh-interval"] == "PT1H"
        mine = {str(e["uid"]): e for e in parsed.walk("VEVENT")}
        assert len(mine) == len(other["entries"]) == 4
        for entry in other["entries"]:
            same = mine[entry["uid"]]
            assert entry["isDate"] and (entry["start"], entry["end"]) == (str(same.start), str(same.end))
            for name in ("summary", "description", "status", "url", "sequence"):
                assert entry[name] == same[name], name
            assert entry["edtf"] == same["x-newsdesk-edtf"] and entry["stamp"].endswith("Z")
        assert next(e for e in other["entries"] if "us1" in e["uid"])["description"].count(text) == 1


def test_of_too_many_those_nearest_to_today_come_and_the_rest_is_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ical, "MAX_ENTRIES", 8)
    monkeypatch.setattr(ical, "MAX_PAST_ENTRIES", 2)
    today = timezone.localdate()
    for n in range(1, 11):
        event(f"p{n:02}", ["GB"], (today - timedelta(days=n)).isoformat())
        event(f"f{n:02}", ["GB"], (today + timedelta(days=n)).isoformat())
    found = entries(client)
    assert sorted(found) == ["f01", "f02", "f03", "f04", "f05", "f06", "p01", "p02"]
    parsed = parse(fetch(client))
    assert "12 events farther from today are left out." in parsed["description"]
    Event.objects.filter(pk__gt="f04", pk__startswith="f").update(retracted=True)
    assert sorted(entries(client)) == ["f01", "f02", "f03", "f04", "p01", "p02", "p03", "p04"]


def test_a_calendar_that_is_known_is_not_even_written(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    event("gb1", ["GB"], "2024-06-03")
    tag = client.get("/feed.ics").headers["ETag"]
    written = ical._written
    monkeypatch.setattr(ical, "_written", None)
    assert client.get("/feed.ics", headers={"If-None-Match": tag}).status_code == 304
    monkeypatch.setattr(ical, "_written", written)
    Event.objects.filter(pk="gb1").update(revision=1)
    assert client.get("/feed.ics", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("query", ["windows=2", "windows=", "windows=1&windows=1", "cursor=x", "colour=red"])
def test_what_a_calendar_does_not_know_is_named(client: Client, query: str) -> None:
    response = client.get(f"/feed.ics?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert [p["name"] for p in response.json()["invalid-params"]] == [query.partition("=")[0]]


def test_a_calendar_costs_few_queries(client: Client) -> None:
    for n in range(50):
        event(f"e{n:02}", ["GB"], "2024-05-05")
    with CaptureQueriesContext(connection) as queries:
        assert len(entries(client)) == 50
    assert len(queries) <= 12
