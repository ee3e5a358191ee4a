"""A look at an address that shall become a feed: what it is, what it gives, and what its settings should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from timeline.extraction.cleaning import clean
from timeline.extraction.reader import language_of
from timeline.fetching.dates import told
from timeline.fetching.feeds import NoFeedError, ParsedFeed, parse_feed
from timeline.fetching.http import Fetched, FetchOptions, fetch
from timeline.fetching.pages import NamedFeed, NoArticleError, article_markup, is_summary, named_feeds
from timeline.fetching.timestamps import Suggestion, suggest
from timeline.fetching.zones import ZoneGuess, guess_zone

READ = 50  # entries that are looked into
OFTEN = 0.5  # share of summaries from which on a feed is one of summaries


class NothingFoundError(ValueError):
    """No feed there; the message says why and what to do. `feeds`: those that the page names, where there are some."""

    def __init__(self, message: str, feeds: tuple[NamedFeed, ...] = ()) -> None:
        super().__init__(message)
        self.feeds = feeds


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found. `url`: where the feed is for good; `newest`: UTC, None where no entry has a date; `undated` and
    `unzoned`: entries without a date, and without a zone in it; `summaries`: the share of them; `page`: whether the
    page of a summary gave its article, None where none was asked."""

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


def discover(url: str, now: datetime, *, asking: FetchOptions, zone: str = "") -> Discovery:
    """Look at a feed, or at the one feed that a page names. `zone` overrides the guess. Raises NothingThere."""
    fetched = _got(url, now, asking)
    try:
        parsed = parse_feed(fetched.body, fetched.content_type, fetched.url)
    except NoFeedError as e:
        feed = _named(fetched, e)
        fetched = _got(feed, now, asking)
        url = feed
        try:
            parsed = parse_feed(fetched.body, fetched.content_type, fetched.url)
        except NoFeedError as second:
            raise NothingFoundError(f"{feed}, the feed that the page names, {second}") from second
    return _looked(fetched.moved_to or url, parsed, now, asking, zone)


def _got(url: str, now: datetime, asking: FetchOptions) -> Fetched:
    fetched = fetch(url, now, asking=asking)
    if fetched.kind != "new":
        raise NothingFoundError(f"{url} {fetched.reason}")
    return fetched


def _named(fetched: Fetched, error: NoFeedError) -> str:
    """The one feed of a page. Raises NothingFoundError where it is no page, or names none or several."""
    try:
        title, feeds = named_feeds(fetched.body, fetched.content_type, fetched.url)
    except NoArticleError as e:
        raise NothingFoundError(f"{fetched.url} {error}") from e
    if len(feeds) == 1:
        return feeds[0].url
    if feeds:
        raise NothingFoundError(f"{fetched.url} is a page ({title}) that names several feeds; choose one", tuple(feeds))
    raise NothingFoundError(f"{fetched.url} {error}, and names no feed by <link rel=alternate>")


def _looked(url: str, parsed: ParsedFeed, now: datetime, asking: FetchOptions, zone: str) -> Discovery:
    entries = parsed.entries[:READ]
    text = "\n".join(entry.title + " " + clean(entry.markup)[:200] for entry in entries)
    language = language_of(text) if text.strip() else parsed.language
    dates = [entry.date for entry in entries]
    guess = ZoneGuess(zone, "as you say") if zone else guess_zone(parsed.home or url, dates, language, now)
    here = ZoneInfo(guess.zone)
    moments = [told(date, now, here, "stated") for date in dates]
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
        page=_has_article(linked, now, asking) if linked and summaries > OFTEN else None,
        clock=suggest(entries, now, here),
    )


def _has_article(url: str, now: datetime, asking: FetchOptions) -> bool:
    fetched = fetch(url, now, asking=asking, accept="text/html")
    try:
        return fetched.kind == "new" and bool(article_markup(fetched.body, fetched.content_type, fetched.url))
    except NoArticleError:
        return False
