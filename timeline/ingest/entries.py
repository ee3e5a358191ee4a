"""Entries of a feed → articles to take in: which are new, what their dates mean, and their pages' texts.

Part of `polling`; reads rows and writes none.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from timeline.extraction.cleaning import clean
from timeline.fetching.dates import Clock, Told, told
from timeline.fetching.feeds import MAX_MARKUP_CHARS, Entry, ParsedFeed
from timeline.fetching.http import PAGE_TYPES, Fetched, FetchOptions, fetch
from timeline.fetching.identity import By, Named, digest, named
from timeline.fetching.pages import NoArticleError, article_markup, is_summary
from timeline.fetching.posts import RawArticle
from timeline.fetching.sanitize import sanitize
from timeline.models import Feed, FeedEntry
from timeline.resilience.forked import isolated, isolated_one

MOST_PAGES = 20  # read in one poll; the others follow with the next
TRIES = 3  # of one page; then the summary is all there is
MOST_SANITISED = 2 * MAX_MARKUP_CHARS  # characters: elements that are never closed come again in each paragraph
FEWEST = 3  # entries with another id under the same link, from which on ids are taken to change


@dataclass(slots=True)
class Gathered:
    """What of a feed is to be taken in.

    `fresh`: articles with the rows that will remember them (unsaved; with a pk where there is one already); `rows`:
    rows that only changed their keys; `known`: entries that say nothing new; `empty`: entries without any words;
    `costly`: entries whose texts cost too much to read, so that the title alone is taken; `left`: entries that are
    still to be read, or their pages; `changing_ids`: this feed gives its entries new ids; `changing_links`: it gives
    them new links as well.
    """

    fresh: list[tuple[RawArticle, FeedEntry]] = field(default_factory=list)
    rows: list[FeedEntry] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    known: int = 0
    empty: int = 0
    costly: int = 0
    left: int = 0
    changing_ids: bool = False
    changing_links: bool = False


class Text(NamedTuple):
    """What an entry says: its markup, its words, and whether its page would say more."""

    markup: str
    words: str
    short: bool


TITLE_ALONE = Text("", "", False)


@dataclass(frozen=True, slots=True)
class Pages:
    """How pages are read: as many, and until (monotonic seconds)."""

    asking: FetchOptions
    until: float
    most: int = MOST_PAGES


def gather(feed: Feed, parsed: ParsedFeed, now: datetime, pages: Pages) -> Gathered:
    """Compare what a feed says with what is known of it. Asks for pages where the feed wants full texts."""
    by: By = "id" if feed.identity == Feed.Identity.ID else "link"
    entries = named(parsed.entries, parsed.home or feed.url, by)
    known = _known(feed, entries)
    gathered = Gathered(changing_ids=_ids_change(entries, known))
    read = _Reader(pages, now)
    telling = _all_told(feed, [(one, known(one)) for one in entries], now, pages.until)
    gathered.left = len(entries) - len(telling)
    by_words = _known_by_words(
        feed, [one for one in telling if one.title and known(one.named).pk is None], len(telling)
    )
    gathered.changing_links = bool(by_words) and feed.identity != Feed.Identity.WORDS
    for one, when, text, title, said in telling:
        row = known(one)
        gathered.costly += text is None
        if not title:
            gathered.empty += 1
            continue
        if row.pk is None and by_words.get(said):
            row = by_words[said].pop(0)
        markup, _, short = text or TITLE_ALONE
        wants = feed.full_text and short and one.entry.link != ""
        if row.pk is not None and row.digest == said and not (wants and row.wanted and row.tries < TRIES):
            gathered.known += 1
            gathered.seen.append(row.pk)
            _rekey(row, one, gathered)
            continue
        if wants and read.spent():
            gathered.left += 1
            continue
        page, again = read(one.url) if wants else "", row.pk is not None and row.digest == said
        row.wanted = wants and not page
        row.tries = (row.tries if again else 0) + wants
        if again and not page:  # its page fails once more; the summary is known
            row.seen_at = now
            gathered.rows.append(row)
            continue
        row.id_key, row.link_key, row.digest, row.seen_at = one.id_key, one.link_key, said, now
        gathered.fresh.append((_raw(feed, one, row, title, page or markup, when), row))
    return gathered


def _with_texts(entries: Sequence[tuple[Named, FeedEntry]]) -> Generator[tuple[Named, Text | None], None, None]:
    """Each entry with its text; without one where that costs too much to read, or did so before."""
    fresh = [row.pk is None or row.digest != _costly_digest(one.entry) for one, row in entries]
    wanted = [one.entry for (one, _), is_fresh in zip(entries, fresh, strict=True) if is_fresh]
    with closing(isolated(_text_of, wanted, settings.ARTICLE_SECONDS)) as texts:
        for (one, _), is_fresh in zip(entries, fresh, strict=True):
            yield one, next(texts) if is_fresh else None


def _text_of(entry: Entry) -> Text | None:
    markup = sanitize(entry.markup)
    if len(markup) > MOST_SANITISED:
        return None
    return Text(markup, clean(markup, entry.title), is_summary(markup, entry.title))


def _costly_digest(entry: Entry) -> str:
    """Under it an entry is remembered whose text costs too much: the same one is not read again."""
    return digest(f"costly\n{entry.title}\n{entry.markup}")


def _raw(feed: Feed, one: Named, row: FeedEntry, title: str, markup: str, when: Told) -> RawArticle:
    """A moment that the entry does not tell stays that of the first time; a link that moved leaves the address."""
    before = row.article if row.pk else None
    published = before.published if before and when.how in ("missing", "future") else when.moment
    return RawArticle(
        name=one.id_key or one.link_key,
        title=title,
        url=before.url if before else one.url,
        published=published,
        author=one.entry.author,
        markup=markup,
        source=feed.source.slug,
        published_from=when.how,
    )


class _Telling(NamedTuple):
    """What an entry says; `said` is the digest of it, `title` is "" where it says nothing."""

    named: Named
    when: Told
    text: Text | None
    title: str
    said: str


def _all_told(feed: Feed, entries: Sequence[tuple[Named, FeedEntry]], now: datetime, until: float) -> list[_Telling]:
    """What the entries say, in order, as far as there is time (until monotonic seconds)."""
    telling: list[_Telling] = []
    with closing(_with_texts(entries)) as texts:
        for one, text in texts:
            telling.append(_telling(feed, one, now, text))
            if time.monotonic() > until:
                break
    return telling


def _telling(feed: Feed, one: Named, now: datetime, text: Text | None) -> _Telling:
    zone, clock = feed.source.zone, _clock(feed)
    when = told(one.entry.date, now, ZoneInfo(zone), clock)
    words = (text or TITLE_ALONE).words
    title = one.entry.title or words.split("\n")[0][:100]
    said = digest("\n".join([title, words, zone, clock, when.how])) if text else _costly_digest(one.entry)
    return _Telling(one, when, text, title, said)


def _clock(feed: Feed) -> Clock:
    return "local" if feed.clock == Feed.Clock.LOCAL else "stated"


# --- Which are known ----------------------------------------------------------------------------


def _known(feed: Feed, entries: Sequence[Named]) -> Callable[[Named], FeedEntry]:
    """The row of an entry: by its id, else by its link where no other entry has that row; else a new one."""
    ids, links = {one.id_key for one in entries} - {""}, {one.link_key for one in entries}
    rows = FeedEntry.objects.filter(Q(id_key__in=ids) | Q(link_key__in=links), feed=feed).order_by("pk")
    found = list(rows.select_related("article").defer("article__markup", "article__text"))
    by_id = {row.id_key: row for row in found if row.id_key in ids}
    by_link = {row.link_key: row for row in found}
    claimed = {row.pk for key, row in by_id.items()}

    def row_of(one: Named) -> FeedEntry:
        if one.id_key in by_id:
            return by_id[one.id_key]
        row = by_link.get(one.link_key)
        return row if row is not None and row.pk not in claimed else FeedEntry(feed=feed)

    return row_of


def _ids_change(entries: Sequence[Named], known: Callable[[Named], FeedEntry]) -> bool:
    """Whether most entries that are known by their links come with another id than before."""
    rows = [(one, known(one)) for one in entries if one.id_key]
    before = [(one, row) for one, row in rows if row.pk and row.id_key]
    other = sum(row.id_key != one.id_key for one, row in before)
    return other >= FEWEST and other * 2 > len(before)


def _known_by_words(feed: Feed, unknown: Sequence[_Telling], entries: int) -> dict[str, list[FeedEntry]]:
    """The rows of entries that are known neither by id nor by link, by what they said; where the feed is such a one.

    That it is one shows when most of its entries are unknown and most of these say what others said before.
    """
    such = feed.identity == Feed.Identity.WORDS
    if not such and (len(unknown) < FEWEST or len(unknown) * 2 <= entries):
        return {}
    rows = FeedEntry.objects.filter(feed=feed, digest__in={one.said for one in unknown}).order_by("pk")
    found = defaultdict[str, list[FeedEntry]](list)
    for row in rows.select_related("article").defer("article__markup", "article__text"):
        found[row.digest].append(row)
    alike = sum(one.said in found for one in unknown)
    return found if such or (alike >= FEWEST and alike * 2 > len(unknown)) else {}


def _rekey(row: FeedEntry, one: Named, gathered: Gathered) -> None:
    if (row.id_key, row.link_key) != (one.id_key, one.link_key):
        row.id_key, row.link_key = one.id_key, one.link_key
        gathered.rows.append(row)


# --- Pages --------------------------------------------------------------------------------------


class _Reader:
    """Reads the pages of articles, within what one poll may cost."""

    def __init__(self, pages: Pages, now: datetime) -> None:
        self.pages, self.now, self.read = pages, now, 0

    def spent(self) -> bool:
        """One page is always read, so that each poll comes further."""
        return self.read > 0 and (self.read >= self.pages.most or time.monotonic() > self.pages.until)

    def __call__(self, url: str) -> str:
        """The article of a page; "" where it cannot be had."""
        self.read += 1
        fetched = fetch(url, self.now, asking=self.pages.asking, accept=PAGE_TYPES)
        if fetched.kind != "new":
            return ""
        return isolated_one(_article_of, fetched, settings.ARTICLE_SECONDS) or ""


def _article_of(page: Fetched) -> str:
    try:
        markup = article_markup(page.body, page.content_type, page.url)
    except NoArticleError:
        return ""
    return markup if len(markup) <= MOST_SANITISED else ""
