"""Examine a URL before it is added as a feed: what it is, what it contains, and which settings fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from timeline.extraction.cleaning import clean
from timeline.extraction.languages import language_of
from timeline.fetching.dates import entry_date
from timeline.fetching.feeds import NoFeedError, ParsedFeed, parse_feed
from timeline.fetching.http import Fetched, FetchOptions, fetch
from timeline.fetching.numeric_order import OrderGuess, numeric_order
from timeline.fetching.pages import NamedFeed, NoArticleError, article_markup, is_summary, named_feeds
from timeline.fetching.timestamps import Suggestion, suggest
from timeline.fetching.zones import ZoneGuess, guess_zone

MAX_EXAMINED_ENTRIES = 50
SUMMARY_FEED_SHARE = 0.5  # share of summaries above which one page is tried for its article


class NothingFoundError(ValueError):
    """No feed was found; the message says why and what to do. `feeds`: the feeds that a page names, if several."""

    def __init__(self, message: str, feeds: tuple[NamedFeed, ...] = ()) -> None:
        super().__init__(message)
        self.feeds = feeds


@dataclass(frozen=True, slots=True)
class Discovery:
    """The result. `url`: the feed's permanent URL; `newest`: UTC, None where no entry has a date.

    `undated`, `unzoned` and `future`: entries without a date, without a zone in it, and dated in the future;
    `summaries`: the share of entries that are summaries; `page`: whether the page of a summary gave its article, None
    where none was tried.
    """

    url: str
    parsed: ParsedFeed
    zone: ZoneGuess
    language: str
    newest: datetime | None
    undated: int
    unzoned: int
    future: int
    summaries: float
    page: bool | None
    clock: Suggestion | None
    order: OrderGuess


def discover(url: str, now: datetime, *, options: FetchOptions, zone: str = "") -> Discovery:
    """Examine a feed, or the one feed that a page names. `zone` overrides the guess. Raises NothingFoundError."""
    fetched = _fetch_new(url, now, options)
    try:
        parsed = parse_feed(fetched.body, fetched.content_type, fetched.url)
    except NoFeedError as e:
        feed = _only_feed(fetched, e)
        fetched = _fetch_new(feed, now, options)
        url = feed
        try:
            parsed = parse_feed(fetched.body, fetched.content_type, fetched.url)
        except NoFeedError as second:
            raise NothingFoundError(f"{feed}, the feed that the page names, {second}") from second
    return _examine(fetched.moved_to or url, parsed, now, options, zone)


def _fetch_new(url: str, now: datetime, options: FetchOptions) -> Fetched:
    fetched = fetch(url, now, options=options)
    if fetched.kind != "new":
        raise NothingFoundError(f"{url} {fetched.reason}")
    return fetched


def _only_feed(fetched: Fetched, error: NoFeedError) -> str:
    """Return the URL of a page's one feed. Raises NothingFoundError where it is no page, or names none or several."""
    try:
        title, feeds = named_feeds(fetched.body, fetched.content_type, fetched.url)
    except NoArticleError as e:
        raise NothingFoundError(f"{fetched.url} {error}") from e
    if len(feeds) == 1:
        return feeds[0].url
    if feeds:
        raise NothingFoundError(f"{fetched.url} is a page ({title}) that names several feeds; choose one", tuple(feeds))
    raise NothingFoundError(f"{fetched.url} {error}, and names no feed by <link rel=alternate>")


def _examine(url: str, parsed: ParsedFeed, now: datetime, options: FetchOptions, zone: str) -> Discovery:
    entries = parsed.entries[:MAX_EXAMINED_ENTRIES]
    text = "\n".join(entry.title + " " + clean(entry.markup)[:200] for entry in entries)
    language = language_of(text) if text.strip() else parsed.language
    dates = [entry.date for entry in entries]
    guess = ZoneGuess(zone, "as you say") if zone else guess_zone(parsed.home or url, dates, language, now)
    here = ZoneInfo(guess.zone)
    moments = [entry_date(date, now, here, "stated") for date in dates]
    short = [entry for entry in entries if is_summary(entry.markup, entry.title)]
    summaries = len(short) / len(entries) if entries else 0.0
    linked = next((entry.link for entry in short if entry.link), "")
    return Discovery(
        url=url,
        parsed=parsed,
        zone=guess,
        language=language,
        newest=max((m.moment for m in moments if m.how not in ("missing", "future")), default=None),
        undated=sum(m.how == "missing" for m in moments),
        unzoned=sum(m.how == "zone" for m in moments),
        future=sum(m.how == "future" for m in moments),
        summaries=summaries,
        page=_has_article(linked, now, options) if linked and summaries > SUMMARY_FEED_SHARE else None,
        clock=suggest(entries, now, here),
        order=numeric_order(entry.title + " " + clean(entry.markup) for entry in entries),
    )


def _has_article(url: str, now: datetime, options: FetchOptions) -> bool:
    fetched = fetch(url, now, options=options, accept="text/html")
    try:
        return fetched.kind == "new" and bool(article_markup(fetched.body, fetched.content_type, fetched.url))
    except NoArticleError:
        return False
