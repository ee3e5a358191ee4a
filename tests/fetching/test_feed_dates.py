"""The dates of feeds: what they mean by the zone and the clock of their newsroom."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from timeline.fetching.dates import entry_date
from timeline.fetching.feeds import Entry
from timeline.fetching.timestamps import suggest
from timeline.fetching.zones import guess_zone

NOW = datetime(2024, 3, 20, 16, 0, tzinfo=UTC)

SHANGHAI, SINGAPORE, PARIS = ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Singapore"), ZoneInfo("Europe/Paris")


# --- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "zone", "moment", "how"),
    [
        ("Wed, 20 Mar 2024 15:00:00 GMT", SHANGHAI, "2024-03-20T15:00", ""),
        ("Wed, 20 Mar 2024 15:00:00 +0800", PARIS, "2024-03-20T07:00", ""),
        ("2024-03-20T15:00:00.123456789+08:00", PARIS, "2024-03-20T07:00", ""),
        ("Wed, 20 Mar 2024 15:00:00", SHANGHAI, "2024-03-20T07:00", "zone"),
        ("Wed, 20 Mar 2024 15:00:00 -0000", SHANGHAI, "2024-03-20T07:00", "zone"),
        ("2024-03-20 15:00:00", PARIS, "2024-03-20T14:00", "zone"),
        ("2024年3月20日 15:00", SHANGHAI, "2024-03-20T07:00", "zone"),
        ("2024/3/20 5:07", SHANGHAI, "2024-03-19T21:07", "zone"),
        ("2024-03-20", SHANGHAI, "2024-03-19T16:00", "zone"),
        ("Wed, 20 Mar 2024 15:00:00 CST", SHANGHAI, "2024-03-20T07:00", ""),  # China's, not Chicago's
        ("Wed, 20 Mar 2024 04:00:00 CST", PARIS, "2024-03-20T10:00", ""),
        ("Wed, 20 Mar 24 15:00 GMT", PARIS, "2024-03-20T15:00", ""),
        ("Wed, 20 Mar 2024 15:00:00 MEZ", PARIS, "2024-03-20T14:00", "zone"),
        ("", PARIS, "2024-03-20T16:00", "missing"),
        ("gestern", PARIS, "2024-03-20T16:00", "missing"),
        ("1970-01-01T00:00:00Z", PARIS, "2024-03-20T16:00", "missing"),
        ("0001-01-01T00:00:00Z", PARIS, "2024-03-20T16:00", "missing"),
        ("9999-12-31T23:59:59-14:00", PARIS, "2024-03-20T16:00", "missing"),
        ("2024-02-30T10:00:00Z", PARIS, "2024-03-20T16:00", "missing"),
        ("2024-03-21T15:00:00Z", PARIS, "2024-03-20T16:00", "future"),
        ("2024-03-20T16:05:00Z", PARIS, "2024-03-20T16:00", ""),  # a clock that runs fast
    ],
)
def test_a_date_becomes_a_moment_by_the_zone_of_the_source(text: str, zone: ZoneInfo, moment: str, how: str) -> None:
    found = entry_date(text, NOW, zone, "stated")
    assert (found.moment.replace(microsecond=0), found.how) == (datetime.fromisoformat(moment).replace(tzinfo=UTC), how)


@pytest.mark.parametrize(
    ("text", "zone", "moment", "how"),
    [
        ("Mon Mar 18 21:10:05 +0000 2024", SHANGHAI, "2024-03-18T21:10:05", ""),
        ("Mon Mar 18 2024 21:10:05 GMT+0800 (China Standard Time)", PARIS, "2024-03-18T13:10:05", ""),
        ("Mon Mar 18 21:10:05 UTC 2024", SHANGHAI, "2024-03-18T21:10:05", ""),
        ("2024-03-18T21:10:05+00", SHANGHAI, "2024-03-18T21:10:05", ""),
        ("20240318T211005Z", SHANGHAI, "2024-03-18T21:10:05", ""),
        ("Mon, 18 Mar 2024 21:10:05 GMT+8", PARIS, "2024-03-18T13:10:05", ""),
        ("Mon, 18 Mar 2024 21:10:05 +08", PARIS, "2024-03-18T13:10:05", ""),
        ("Mon, 18 Mar 2024 21:10:05 (CST)", SHANGHAI, "2024-03-18T13:10:05", ""),
        ("2024-03-18 21:10:05.5 +0800 CST", PARIS, "2024-03-18T13:10:05", ""),
        ("2024-03-18 21:10 (UTC-05:30)", PARIS, "2024-03-19T02:40", ""),
        ("Mon, Mar 18 2024 09:10:05 PM +0000", SHANGHAI, "2024-03-18T21:10:05", ""),
        ("18 March 2024, 9.10pm +0000", SHANGHAI, "2024-03-18T21:10:00", ""),
        ("18 mars 2024 à 21 h 10 +0000", SHANGHAI, "2024-03-18T21:10:00", ""),
        ("March 18, 2024 12:10 a.m.", PARIS, "2024-03-17T23:10", "zone"),
        ("2024/3/18 下午 09:10:05", SHANGHAI, "2024-03-18T13:10:05", "zone"),
        ("2024年3月18日上午9点10分", SHANGHAI, "2024-03-18T01:10", "zone"),
        ("2024年3月18日 中午12:10", SHANGHAI, "2024-03-18T04:10", "zone"),
        ("18 Mar 2024", PARIS, "2024-03-17T23:00", "zone"),
        ("民國113年3月18日 21:10", SHANGHAI, "2024-03-18T13:10", "zone"),
        ("中華民國一一三年三月十八日", SHANGHAI, "2024-03-17T16:00", "zone"),
        ("民國 113 年 3 月 18 日 21 時 10 分", SHANGHAI, "2024-03-18T13:10", "zone"),
        ("113/03/18 21:10", SHANGHAI, "2024-03-18T13:10", "zone"),
        ("2024 年 3 月 18 日 21:10", SHANGHAI, "2024-03-18T13:10", "zone"),
        ("2024年3月18日晚上9点", SHANGHAI, "2024-03-18T13:00", "zone"),
        ("2024-03-18T21:10:05Z[UTC]", SHANGHAI, "2024-03-18T21:10:05", ""),
        ("18/Mar/2024:21:10:05 +0800", PARIS, "2024-03-18T13:10:05", ""),
        ("le 18 mars 2024 à 21h10", PARIS, "2024-03-18T20:10", "zone"),
        ("1710796205", PARIS, "2024-03-18T21:10:05", ""),
        ("18 mars 2024 21:10", PARIS, "2024-03-18T20:10", "zone"),
        ("lun., 18 mars 2024 21:10:05 +0100", SHANGHAI, "2024-03-18T20:10:05", ""),
        ("18 марта 2024", PARIS, "2024-03-17T23:00", "zone"),
        ("Mon, 18 Mar 2024 24:00:00 GMT", PARIS, "2024-03-19T00:00", ""),
        ("18.03.2024 21:10", PARIS, "2024-03-18T20:10", "zone"),
    ],
)
def test_a_date_may_be_written_in_many_ways(text: str, zone: ZoneInfo, moment: str, how: str) -> None:
    found = entry_date(text, NOW, zone, "stated")
    assert (found.moment.replace(microsecond=0), found.how) == (datetime.fromisoformat(moment).replace(tzinfo=UTC), how)


@pytest.mark.parametrize(
    "text", ["mars", "18 mars", "mars 2024", "3", "12:30", "+0800", "PM", "99 Mar 2024", "0", "2024年"]
)
def test_what_lacks_a_day_a_month_or_a_year_is_no_date(text: str) -> None:
    assert entry_date(text, NOW, PARIS, "stated").how == "missing"


def test_numbers_are_read_in_the_order_of_the_newsroom() -> None:
    assert entry_date("5/2/2024", NOW, ZoneInfo("UTC"), "stated", "dmy").moment == datetime(2024, 2, 5, tzinfo=UTC)
    assert entry_date("2/5/2024", NOW, ZoneInfo("UTC"), "stated", "mdy").moment == datetime(2024, 2, 5, tzinfo=UTC)
    assert entry_date("15/2/2024", NOW, ZoneInfo("UTC"), "stated", "mdy").moment == datetime(2024, 2, 15, tzinfo=UTC)


def test_a_feed_that_says_utc_and_means_local_is_read_so_when_it_is_set() -> None:
    for text in ("Wed, 20 Mar 2024 23:00:00 GMT", "2024-03-20T23:00:00Z", "2024-03-20T23:00:00+00:00"):
        found = entry_date(text, NOW, SINGAPORE, "local")
        assert (found.moment, found.how) == (datetime(2024, 3, 20, 15, tzinfo=UTC), "clock")
        assert entry_date(text, NOW, SINGAPORE, "stated").how == "future"
    assert entry_date("2024-03-20T23:00:00+08:00", NOW, PARIS, "local").how == ""


def entry(date: str, text: str = "") -> Entry:
    return Entry("", "https://one.example/1", "标题", "", date, f"<p>{text}</p>")


def test_a_clock_is_suggested_by_the_future_and_by_bracketed_days() -> None:
    ahead = suggest([entry("Wed, 20 Mar 2024 23:30:00 GMT"), entry("Wed, 20 Mar 2024 08:00:00 GMT")], NOW, SINGAPORE)
    assert ahead and ahead.clock == "local" and "1 of 2 entries that say UTC would lie in the future" in ahead.why
    # 20:00 of the 19th in UTC would be the 20th in Singapore; the text was written on the 19th there.
    bracket = suggest(
        [entry("Tue, 19 Mar 2024 20:00:00 GMT", "总理今天（19日）表示，大选将提前举行。")], NOW, SINGAPORE
    )
    assert bracket and bracket.clock == "local" and "days named in the text" in bracket.why
    right = suggest([entry("Tue, 19 Mar 2024 20:00:00 GMT", "总理今天（20日）表示，大选将提前举行。")], NOW, SINGAPORE)
    assert right and right.clock == "stated"


def test_no_clock_is_suggested_without_evidence() -> None:
    assert suggest([entry("Wed, 20 Mar 2024 08:00:00 GMT", "总理昨天（19日）表示。")], NOW, SINGAPORE) is None
    assert suggest([entry("Wed, 20 Mar 2024 23:30:00 +0000")], NOW, ZoneInfo("UTC")) is None
    assert suggest([entry("Wed, 20 Mar 2024 23:30:00 +0800"), entry("")], NOW, SINGAPORE) is None


@pytest.mark.parametrize(
    ("url", "dates", "language", "zone"),
    [
        ("https://www.zaobao.com.sg/rss", ["2024-03-20T15:00:00Z"], "zh-Hans", "Asia/Singapore"),
        ("https://news.example.de/rss", [], "en", "Europe/Berlin"),
        ("https://news.example.com.au/rss", ["2024-03-20T15:00:00+08:00"], "en", "Australia/Perth"),
        ("https://news.example.co.uk/rss", ["2024-03-20T15:00:00+00:00"], "en", "Europe/London"),
        ("https://news.example.io/rss", ["2024-03-20T15:00:00+08:00"], "zh-Hans", "Asia/Shanghai"),
        ("https://news.example.com/rss", ["2024-03-20T15:00:00-05:00"], "en", "Etc/GMT+5"),
        ("https://news.example.com/rss", ["2024-03-20T15:00:00-05:00", "2024-03-20T15:00:00+01:00"], "en", "UTC"),
        ("https://news.example.com/rss", ["nonsense"], "en", "UTC"),
    ],
)
def test_a_zone_is_guessed_with_its_reason(url: str, dates: list[str], language: str, zone: str) -> None:
    guess = guess_zone(url, dates, language, NOW)
    assert guess.zone == zone and guess.why
    assert ZoneInfo(zone)
