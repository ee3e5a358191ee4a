"""Lines of dates, and entries that are the same article or another one."""

# ruff: noqa: E501 - a document stands on one line

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from bench.feed_cases import Case
from timeline.fetching.dates import entry_date
from timeline.fetching.feeds import Entry
from timeline.fetching.identity import identify

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def cases() -> Iterator[Case]:
    for line, zone, right in OFFSETS:
        yield _moment("offsets", line, zone, right)
    for line, zone, right in HALVES:
        yield _moment("halves of the day", line, zone, right)
    for line, zone, right in FORMS:
        yield _moment("forms of dates", line, zone, right)
    for line in NONE:
        yield _moment("no dates", line, "Europe/Paris", "")
    yield from _same()
    yield from _several()


def _moment(kind: str, line: str, zone: str, right: str) -> Case:
    return Case(kind, line, partial(_is_wrong, line, zone, right))


def _is_wrong(line: str, zone: str, right: str) -> str:
    found = entry_date(line, NOW, ZoneInfo(zone), "stated")
    got = "" if found.how in ("missing", "future") else f"{found.moment:%Y-%m-%d %H:%M}"
    return "" if got == right else f"{got or found.how!r}, not {right!r}"


S, P, T, N, K = "Asia/Shanghai", "Europe/Paris", "Asia/Taipei", "America/New_York", "Asia/Kolkata"
OFFSETS = [
    ("Tue Jun 09 18:05:11 +0000 2026", S, "2026-06-09 18:05"),
    ("Tue Jun 09 18:05:11 +0800 2026", P, "2026-06-09 10:05"),
    ("Tue Jun  9 18:05:11 UTC 2026", S, "2026-06-09 18:05"),
    ("Tue Jun 09 2026 18:05:11 GMT+0000 (Coordinated Universal Time)", S, "2026-06-09 18:05"),
    ("Tue Jun 09 2026 18:05:11 GMT+0800 (中国标准时间)", P, "2026-06-09 10:05"),
    ("Tue Jun 09 2026 18:05:11 GMT-0400 (Eastern Daylight Time)", S, "2026-06-09 22:05"),
    ("2026-06-09T18:05:11+00", S, "2026-06-09 18:05"),
    ("2026-06-09T18:05:11+08", P, "2026-06-09 10:05"),
    ("2026-06-09T18:05:11-0330", P, "2026-06-09 21:35"),
    ("2026-06-09T18:05:11.25+05:30", P, "2026-06-09 12:35"),
    ("2026-06-09 18:05:11+08:00", P, "2026-06-09 10:05"),
    ("2026-06-09 18:05:11 +08:00", P, "2026-06-09 10:05"),
    ("2026-06-09T18:05:11 Z", S, "2026-06-09 18:05"),
    ("2026-06-09 18:05:11Z", S, "2026-06-09 18:05"),
    ("Tue, 09 Jun 2026 18:05:11 GMT+8", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 UTC+8", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 GMT+08:00", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 +08", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 +8", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 UTC-5", P, "2026-06-09 23:05"),
    ("2026-06-09 18:05:11 +0800 CST", P, "2026-06-09 10:05"),
    ("2026-06-09 18:05:11 +0000 UTC", S, "2026-06-09 18:05"),
    ("2026-06-09 18:05:11.123456 +0000 UTC", S, "2026-06-09 18:05"),
    ("Tue, 09 Jun 2026 18:05:11 (CST)", S, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 (GMT+8)", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 +0800 (CST)", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 (UTC)", S, "2026-06-09 18:05"),
    ("2026-06-09 18:05 (UTC+8)", P, "2026-06-09 10:05"),
    ("2026-06-09 18:05 UTC+08:00", P, "2026-06-09 10:05"),
    ("2026/06/09 18:05:11 +0900", P, "2026-06-09 09:05"),
    ("2026年6月9日 18:05 (GMT+8)", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 EDT", P, "2026-06-09 22:05"),
    ("Tue, 09 Jun 2026 18:05:11 PDT", P, "2026-06-10 01:05"),
    ("Tue, 09 Jun 2026 18:05:11 CST", T, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 IST", K, "2026-06-09 12:35"),
    ("Tue, 09 Jun 2026 18:05:11 HKT", P, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:11 gmt", S, "2026-06-09 18:05"),
    ("Tue, 9 Jun 2026 18:05 +0200", S, "2026-06-09 16:05"),
    ("Tue, 09 Jun 2026 18:05:11 −0400", S, "2026-06-09 22:05"),
    ("Tue, 09 Jun 2026 18:05:11 +0545", S, "2026-06-09 12:20"),
    ("09 Jun 2026 18:05:11 Z", S, "2026-06-09 18:05"),
    ("20260609T180511Z", S, "2026-06-09 18:05"),
    ("20260609T180511+0800", P, "2026-06-09 10:05"),
]
HALVES = [
    ("Tue, Jun 09 2026 06:05:11 PM +0000", S, "2026-06-09 18:05"),
    ("Tue, 09 Jun 2026 06:05 PM", S, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 06:05 AM", S, "2026-06-08 22:05"),
    ("2026/6/9 下午 06:05:11", T, "2026-06-09 10:05"),
    ("2026年6月9日 下午6:05", S, "2026-06-09 10:05"),
    ("2026年6月9日 上午6:05", S, "2026-06-08 22:05"),
    ("2026年6月9日下午6时05分", S, "2026-06-09 10:05"),
    ("2026-06-09 06:05:11 PM", P, "2026-06-09 16:05"),
    ("2026-06-09 06:05 pm", P, "2026-06-09 16:05"),
    ("2026-06-09 06:05 p.m.", P, "2026-06-09 16:05"),
    ("6/9/2026 6:05:11 PM", N, "2026-06-09 22:05"),
    ("06/13/2026 06:05 AM", N, "2026-06-13 10:05"),
    ("June 9, 2026 6:05 PM", N, "2026-06-09 22:05"),
    ("Jun 9, 2026 12:05 AM", P, "2026-06-08 22:05"),
    ("Jun 9, 2026 12:05 PM", P, "2026-06-09 10:05"),
    ("Jun 9 2026 6:05PM", P, "2026-06-09 16:05"),
    ("Jun 9, 2026, 6:05 PM EDT", P, "2026-06-09 22:05"),
    ("2026/06/09 PM 06:05", T, "2026-06-09 10:05"),
    ("2026年6月9日 晚上8:05", S, "2026-06-09 12:05"),
    ("2026年6月9日 凌晨2:05", S, "2026-06-08 18:05"),
    ("2026年6月9日 中午12:05", S, "2026-06-09 04:05"),
    ("2026-06-09 上午 12:05", T, "2026-06-08 16:05"),
    ("2026-06-09 下午 12:05", T, "2026-06-09 04:05"),
    ("2026/6/9 上午 11:05:09", T, "2026-06-09 03:05"),
    ("2026-06-09 18:05 PM", P, "2026-06-09 16:05"),
    ("2026年6月9日下午6点5分", S, "2026-06-09 10:05"),
    ("2026年6月9日 早上7:05", S, "2026-06-08 23:05"),
    ("2026년 6월 9일 오후 6:05", "Asia/Seoul", "2026-06-09 09:05"),
    ("9 June 2026 at 6:05 pm", "Europe/London", "2026-06-09 17:05"),
    ("Tuesday, June 9, 2026 - 6:05pm", N, "2026-06-09 22:05"),
]
FORMS = [
    ("9 Jun 2026", P, "2026-06-08 22:00"),
    ("09 June 2026", S, "2026-06-08 16:00"),
    ("June 9, 2026", N, "2026-06-09 04:00"),
    ("9-Jun-2026", P, "2026-06-08 22:00"),
    ("9 Jun 2026 18:05", P, "2026-06-09 16:05"),
    ("Tuesday, 9 June 2026 18:05", P, "2026-06-09 16:05"),
    ("Tue, 9 Jun 26 18:05:00 GMT", P, "2026-06-09 18:05"),
    ("民國115年6月9日", T, "2026-06-08 16:00"),
    ("民國115年06月09日 18:05", T, "2026-06-09 10:05"),
    ("民国115年6月9日 下午6时05分", T, "2026-06-09 10:05"),
    ("中華民國一一五年六月九日", T, "2026-06-08 16:00"),
    ("中華民國115年6月9日 18:05:11", T, "2026-06-09 10:05"),
    ("二〇二六年六月九日", S, "2026-06-08 16:00"),
    ("2026年06月09日", S, "2026-06-08 16:00"),
    ("2026.06.09 18:05", S, "2026-06-09 10:05"),
    ("2026. 6. 9. 18:05", "Asia/Seoul", "2026-06-09 09:05"),
    ("2026년 6월 9일 18:05", "Asia/Seoul", "2026-06-09 09:05"),
    ("20260609", S, "2026-06-08 16:00"),
    ("202606091805", S, "2026-06-09 10:05"),
    ("20260609180511", S, "2026-06-09 10:05"),
    ("1781028311", S, "2026-06-09 18:05"),
    ("1781028311000", S, "2026-06-09 18:05"),
    ("9 juin 2026 18:05", P, "2026-06-09 16:05"),
    ("mar., 09 juin 2026 18:05:11 +0200", S, "2026-06-09 16:05"),
    ("9. März 2026", "Europe/Berlin", "2026-03-08 23:00"),
    ("Di, 9 Dez 2025 18:05:11 +0100", S, "2025-12-09 17:05"),
    ("9 de junio de 2026", "Europe/Madrid", "2026-06-08 22:00"),
    ("9 июня 2026 18:05", "Europe/Moscow", "2026-06-09 15:05"),
    ("9 giugno 2026", "Europe/Rome", "2026-06-08 22:00"),
    ("9 czerwca 2026 18:05", "Europe/Warsaw", "2026-06-09 16:05"),
    ("9 Haziran 2026", "Europe/Istanbul", "2026-06-08 21:00"),
    ("13/06/2026 18:05", P, "2026-06-13 16:05"),
    ("13.06.2026 18:05", P, "2026-06-13 16:05"),
    ("06/13/2026", N, "2026-06-13 04:00"),
    ("Tue Jun 9 18:05:11 2026", P, "2026-06-09 16:05"),
    ("2026-06-09T18:05", P, "2026-06-09 16:05"),
    ("Tue, 09 Jun 2026 24:00:00 GMT", P, "2026-06-10 00:00"),
    ("2026-W24-2", P, "2026-06-08 22:00"),
    ("2026-160", P, "2026-06-08 22:00"),
    ("Tues, 09 Jun 2026 18:05:11 GMT", P, "2026-06-09 18:05"),
    ("Sept 9, 2026", N, "2026-09-09 04:00"),
    ("发布时间：2026-06-09 18:05", S, "2026-06-09 10:05"),
    ("2026-06-09 星期二 18:05", S, "2026-06-09 10:05"),
    ("2026年6月9日（星期二）18:05", S, "2026-06-09 10:05"),
    ("2026-06-09 18時05分", T, "2026-06-09 10:05"),
    ("２０２６年６月９日　１８：０５", S, "2026-06-09 10:05"),
    ("Tue, 09 Jun 2026 18:05:60 GMT", P, "2026-06-09 18:05"),
]
NONE = [
    "", " ", "heute", "昨天", "soon", "n/a", "0000-00-00 00:00:00", "0", "2026-13-45", "99 Jun 2026 10:00:00 GMT", "Mon, 30 Feb 2026 10:00:00 GMT",
    "2026年", "juin", "3", "-1", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00", "上午", "PM", "+0800", "12:30", "null", "Invalid Date", "January",
]  # fmt: skip


# --- Identity -----------------------------------------------------------------------------------


def _entries(rows: list[tuple[str, str, str, str]]) -> list[Entry]:
    return [Entry(id, link, title, "", "", f"<p>{text}</p>") for id, link, title, text in rows]


def _count(rows: list[tuple[str, str, str, str]], right: int) -> str:
    got = len(identify(_entries(rows), "https://n.example/"))
    return "" if got == right else f"{got} articles, not {right}"


def _later(before: str, after: str, same: bool) -> str:
    """Whether the article of one fetch is found again in the next, which links to it in another way."""
    (first,), (second,) = (identify(_entries([("", link, "T", "x")]), "https://n.example/") for link in (before, after))
    return "" if (first.link_key == second.link_key) == same else "is another" if same else "is the same"


SPELLINGS = [
    ("http://n.example/a1", "https://n.example/a1"), ("https://www.n.example/a1", "https://n.example/a1"),
    ("https://n.example:443/a1", "https://n.example/a1"), ("http://n.example:80/a1", "https://n.example/a1"),
    ("https://n.example/a1/", "https://n.example/a1"), ("https://n.example", "https://n.example/"),
    ("https://n.example/中", "https://n.example/%E4%B8%AD"), ("https://n.example/%e4%b8%ad", "https://n.example/%E4%B8%AD"),
    ("https://n.example/%7Ea", "https://n.example/~a"), ("https://n.example/a1?from=rss", "https://n.example/a1"),
    ("https://n.example/a1?x=1&y=2", "https://n.example/a1?y=2&x=1"), ("https://n.example/a1?utm_source=rss&utm_medium=f", "https://n.example/a1"),
    ("https://n.example/a1?id=3&utm_campaign=x", "https://n.example/a1?id=3"), ("https://N.Example/a1", "https://n.example/a1"),
    ("https://n.example/a1#top", "https://n.example/a1"), ("https://n.example/a1?", "https://n.example/a1"),
    ("https://n.example/a1?fbclid=2", "https://n.example/a1"), ("https://n.example/a1?ref=rss", "https://n.example/a1"),
    ("https://n.example/./a1", "https://n.example/a1"), ("https://n.example/b/../a1", "https://n.example/a1"),
    ("https://n.example/a b", "https://n.example/a%20b"), ("https://新聞.example/a", "https://xn--efvv70d.example/a"),
    ("https://n.example./a1", "https://n.example/a1"), ("https://n.example/a1?source=rss", "https://n.example/a1"),
    ("https://n.example/?p=5&from=rss", "http://www.n.example/?p=5"), ("https://n.example/a?q=%E4%B8%AD", "https://n.example/a?q=中"),
    ("HTTPS://n.example/a1", "https://n.example/a1"), ("https://n.example/a1?feed=rss2", "https://n.example/a1"),
    ("https://n.example/a1?cid=rss&x=1", "https://n.example/a1?x=1"), ("https://n.example//a1", "https://n.example/a1"),
]  # fmt: skip
OTHERS = [
    ("https://n.example/a1", "https://n.example/a2"),
    ("https://n.example/a?id=1", "https://n.example/a?id=2"),
    ("https://n.example/A", "https://n.example/a"),
    ("https://n.example/a?x=1&x=2", "https://n.example/a?x=2&x=1"),
    ("https://n.example/a%2Fb", "https://n.example/a/b"),
    ("https://m.example/a", "https://n.example/a"),
    ("https://n.example:8080/a", "https://n.example/a"),
    ("https://n.example/a?from=2026", "https://n.example/a?from=2025"),
    ("https://n.example/?p=1", "https://n.example/?p=2"),
    ("https://n.example/a?q=%26", "https://n.example/a?q=&"),
    ("https://n.example/a?source=reuters", "https://n.example/a?source=afp"),
    ("https://de.n.example/a", "https://n.example/a"),
]


def _same() -> Iterator[Case]:
    for before, after in SPELLINGS:
        yield Case("spellings of one address", f"{before} {after}", partial(_later, before, after, True))
        yield Case(
            "spellings of one address",
            f"{before} {after} at once",
            partial(_count, [("", before, "T", "x"), ("", after, "T", "x")], 1),
        )
    for before, after in OTHERS:
        yield Case("other addresses", f"{before} {after}", partial(_later, before, after, False))
    link = "https://n.example/a1"
    for ids in [("1001", "1002"), (link + "#0", link + "#3"), ("", "7"), (link, link + "?x"), ("a", "b", "c"), ("1", "", "2"),
                             ("tag:n.example,2026:1", "tag:n.example,2026:2"), ("urn:1", "urn:2"), ("7", " 7 "), ("A", "a")]:  # fmt: skip
        yield Case("several ids", str(ids), partial(_count, [(one, link, "T", "x") for one in ids], 1))
        yield Case(
            "several ids",
            f"{ids} spelt",
            partial(_count, [(one, link + ("?utm_source=a" if k else ""), "T", "x") for k, one in enumerate(ids)], 1),
        )


def _several() -> Iterator[Case]:
    live = "https://n.example/live"
    for n in range(2, 8):
        rows = [(f"{k}", f"{live}#{k}", f"Um {k} Uhr", f"Stand {k}") for k in range(n)]
        yield Case("live pages", f"{n} with ids", partial(_count, rows, n))
        yield Case("live pages", f"{n} without ids", partial(_count, [("", live, *row[2:]) for row in rows], n))
        yield Case(
            "live pages", f"{n} of one title", partial(_count, [(row[0], live, "Ticker", row[3]) for row in rows], n)
        )
        yield Case("live pages", f"{n} of one text", partial(_count, [(row[0], live, row[2], "x") for row in rows], n))
