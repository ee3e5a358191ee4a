"""Find which entries of a feed are new or changed, with their dates and texts. Nothing is written."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from rapidfuzz import fuzz

from timeline.extraction.cleaning import clean
from timeline.fetching.dates import Clock, EntryDate, entry_date
from timeline.fetching.feeds import MAX_MARKUP_CHARS, Entry, ParsedFeed
from timeline.fetching.http import PAGE_TYPES, Fetched, FetchOptions, fetch
from timeline.fetching.identity import By, IdentifiedEntry, digest, identify
from timeline.fetching.newsrooms import text_of
from timeline.fetching.pages import NoArticleError, article_markup, is_better, is_summary, page_date
from timeline.fetching.posts import RawArticle
from timeline.fetching.sanitize import sanitize
from timeline.models import Article, Feed, FeedEntry
from timeline.resilience.forked import run_isolated, run_isolated_one

NOON = clock_time(12)
MAX_PAGES = 20  # fetched in one poll; the others follow with the next
MAX_PAGE_TRIES = 3  # of one page; then the summary is kept
MAX_SANITISED_CHARS = 2 * MAX_MARKUP_CHARS  # elements that are never closed are repeated in each paragraph
SAME_TEXT = 60  # of 100, how alike an edited text is to the one before
MAX_COMPARED_CHARS = 20_000
MIN_CHANGED_IDS = 3  # entries with a new id under the same link, from which on the ids of a feed count as unstable


@dataclass(slots=True)
class FeedChanges:
    """What changed in a feed.

    `fresh`: articles to store, each with its row (unsaved, with a pk if it is known). `rows`: rows of which only the
    keys changed. `seen`: pks of unchanged rows. `known`, `empty`, `costly`, `left`: numbers of entries that are
    unchanged, that have no text, whose text costs too much to read (the title alone is stored), that are left for the
    next poll. `changing_ids`: the feed gives its entries new ids at each poll; `changing_links`: new links as well.
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


class EntryText(NamedTuple):
    """The text of an entry: markup, plain text, and whether its page would have more."""

    markup: str
    words: str
    short: bool


TITLE_ONLY = EntryText("", "", False)


@dataclass(frozen=True, slots=True)
class PageBudget:
    """How pages are fetched: at most `most` of them, and none after `until` (monotonic seconds)."""

    options: FetchOptions
    until: float
    most: int = MAX_PAGES


def find_changes(feed: Feed, parsed: ParsedFeed, now: datetime, pages: PageBudget) -> FeedChanges:
    """Compare the entries of a feed with the stored ones. Fetches their pages where the feed wants full texts."""
    by: By = "id" if feed.identity == Feed.Identity.ID else "link"
    entries = identify(parsed.entries, parsed.home or feed.url, by)
    known = _known_rows(feed, entries)
    changes = FeedChanges(changing_ids=_ids_are_changing(entries, known))
    read = _PageReader(pages, now)
    entries_read = _read_entries(feed, [(one, known(one)) for one in entries], now, pages.until)
    changes.left = len(entries) - len(entries_read)
    by_content = _rows_by_words(
        feed, [one for one in entries_read if one.title and known(one.entry).pk is None], len(entries_read)
    )
    changes.changing_links = bool(by_content) and feed.identity != Feed.Identity.WORDS
    for one, when, text, title, said in entries_read:
        row = known(one)
        changes.costly += text is None
        if not title:
            changes.empty += 1
            continue
        if row.pk is None and by_content.get(said):
            row = by_content[said].pop(0)
        markup, _, short = text or TITLE_ONLY
        wants = feed.full_text and short and one.entry.link != ""
        if row.pk is not None and row.digest == said and not (wants and row.wanted and row.tries < MAX_PAGE_TRIES):
            changes.known += 1
            changes.seen.append(row.pk)
            _rekey(row, one, changes)
            continue
        if wants and read.spent():
            changes.left += 1
            continue
        page, day = read(one.url, markup, title) if wants else ("", None)
        again = row.pk is not None and row.digest == said
        if day is not None and when.how == "missing" and row.pk is None:
            when = dated_by_page(day, now, ZoneInfo(feed.source.zone))
        row.wanted = wants and not page
        row.tries = (row.tries if again else 0) + wants
        if again and not page:  # its page failed again; the summary is stored
            row.seen_at = now
            changes.rows.append(row)
            continue
        row.id_key, row.link_key, row.digest, row.seen_at = one.id_key, one.link_key, said, now
        changes.fresh.append((_raw_article(feed, one, row, title, page or markup, when), row))
    return changes


def _with_texts(
    entries: Sequence[tuple[IdentifiedEntry, FeedEntry]],
) -> Generator[tuple[IdentifiedEntry, EntryText | None], None, None]:
    """Yield each entry with its text; None where that costs too much to read, or did before."""
    fresh = [row.pk is None or row.digest != _costly_digest(one.entry) for one, row in entries]
    wanted = [one.entry for (one, _), is_fresh in zip(entries, fresh, strict=True) if is_fresh]
    with closing(run_isolated(_text_of, wanted, settings.ARTICLE_SECONDS)) as texts:
        for (one, _), is_fresh in zip(entries, fresh, strict=True):
            yield one, next(texts) if is_fresh else None


def _text_of(entry: Entry) -> EntryText | None:
    markup = sanitize(entry.markup)
    if len(markup) > MAX_SANITISED_CHARS:
        return None
    return EntryText(markup, clean(markup, entry.title), is_summary(markup, entry.title))


def _costly_digest(entry: Entry) -> str:
    """Return the digest under which an entry is stored whose text costs too much, so that it is not read again."""
    return digest(f"costly\n{entry.title}\n{entry.markup}")


def _raw_article(
    feed: Feed, one: IdentifiedEntry, row: FeedEntry, title: str, markup: str, when: EntryDate
) -> RawArticle:
    """Make the article of an entry. A known one keeps its address, and its time where the entry gives none.

    It keeps its time, too, where an edit moves the date of a text that is mostly the same: what was written on
    the first day means that day's tomorrow. The sentences that the edit brings count from its own date.
    """
    before = row.article if row.pk else None
    published, how, revised = when.moment, str(when.how), None
    if before is not None and how in ("missing", "future"):
        published = before.published
    elif before is not None and before.published != published and _is_edit(before, title, markup):
        published, how, revised = before.published, before.published_from, when.moment
    return RawArticle(
        name=one.id_key or one.link_key,
        title=title,
        url=before.url if before else one.url,
        published=published,
        author=one.entry.author,
        markup=markup,
        source=feed.source.slug,
        published_from=how,
        revised=revised,
    )


def _is_edit(before: Article, title: str, markup: str) -> bool:
    """Return whether a text is another than before, and mostly the same. The first one had a date of its own."""
    if before.published_from in (Article.PublishedFrom.MISSING, Article.PublishedFrom.FUTURE):
        return False
    text = text_of(markup, title, before.url)
    was, now = f"{before.title}\n{before.text}", f"{title}\n{text}"
    return was != now and fuzz.ratio(was[:MAX_COMPARED_CHARS], now[:MAX_COMPARED_CHARS]) >= SAME_TEXT


class _ReadEntry(NamedTuple):
    """An entry that was read. `digest`: of its content; `title`: "" where it has no text."""

    entry: IdentifiedEntry
    when: EntryDate
    text: EntryText | None
    title: str
    digest: str


def _read_entries(
    feed: Feed, entries: Sequence[tuple[IdentifiedEntry, FeedEntry]], now: datetime, until: float
) -> list[_ReadEntry]:
    """Read the entries in order; stop after the first that ends later than `until` (monotonic seconds)."""
    entries_read: list[_ReadEntry] = []
    with closing(_with_texts(entries)) as texts:
        for one, text in texts:
            entries_read.append(_read_entry(feed, one, now, text))
            if time.monotonic() > until:
                break
    return entries_read


def _read_entry(feed: Feed, one: IdentifiedEntry, now: datetime, text: EntryText | None) -> _ReadEntry:
    zone, clock = feed.source.zone, _clock(feed)
    when = entry_date(one.entry.date, now, ZoneInfo(zone), clock, feed.source.numeric_order)
    words = (text or TITLE_ONLY).words
    title = one.entry.title or words.split("\n")[0][:100]
    said = digest("\n".join([title, words, zone, clock, when.how])) if text else _costly_digest(one.entry)
    return _ReadEntry(one, when, text, title, said)


def _clock(feed: Feed) -> Clock:
    return "local" if feed.clock == Feed.Clock.LOCAL else "stated"


# --- known entries ----------------------------------------------------------------------------


def _known_rows(feed: Feed, entries: Sequence[IdentifiedEntry]) -> Callable[[IdentifiedEntry], FeedEntry]:
    """Return a function that gives the row of an entry: by id, else by link if the row is free, else a new one."""
    ids, links = {one.id_key for one in entries} - {""}, {one.link_key for one in entries}
    rows = FeedEntry.objects.filter(Q(id_key__in=ids) | Q(link_key__in=links), feed=feed).order_by("pk")
    found = list(rows.select_related("article").defer("article__markup", "article__text"))
    by_id = {row.id_key: row for row in found if row.id_key in ids}
    by_link = {row.link_key: row for row in found}
    claimed = {row.pk for key, row in by_id.items()}

    def row_of(one: IdentifiedEntry) -> FeedEntry:
        if one.id_key in by_id:
            return by_id[one.id_key]
        row = by_link.get(one.link_key)
        return row if row is not None and row.pk not in claimed else FeedEntry(feed=feed)

    return row_of


def _ids_are_changing(entries: Sequence[IdentifiedEntry], known: Callable[[IdentifiedEntry], FeedEntry]) -> bool:
    """Return whether most entries that are known by their links have another id than before."""
    rows = [(one, known(one)) for one in entries if one.id_key]
    before = [(one, row) for one, row in rows if row.pk and row.id_key]
    other = sum(row.id_key != one.id_key for one, row in before)
    return other >= MIN_CHANGED_IDS and other * 2 > len(before)


def _rows_by_words(feed: Feed, unknown: Sequence[_ReadEntry], entries: int) -> dict[str, list[FeedEntry]]:
    """Return rows of unknown entries by the digest of their content, where ids and links of the feed are unstable.

    They count as unstable where most entries are unknown by id and link, and most of these have known contents.
    """
    such = feed.identity == Feed.Identity.WORDS
    if not such and (len(unknown) < MIN_CHANGED_IDS or len(unknown) * 2 <= entries):
        return {}
    rows = FeedEntry.objects.filter(feed=feed, digest__in={one.digest for one in unknown}).order_by("pk")
    found = defaultdict[str, list[FeedEntry]](list)
    for row in rows.select_related("article").defer("article__markup", "article__text"):
        found[row.digest].append(row)
    alike = sum(one.digest in found for one in unknown)
    return found if such or (alike >= MIN_CHANGED_IDS and alike * 2 > len(unknown)) else {}


def _rekey(row: FeedEntry, one: IdentifiedEntry, changes: FeedChanges) -> None:
    if (row.id_key, row.link_key) != (one.id_key, one.link_key):
        row.id_key, row.link_key = one.id_key, one.link_key
        changes.rows.append(row)


# --- pages --------------------------------------------------------------------------------------


class _PageReader:
    """Fetches the pages of articles within the budget of one poll."""

    def __init__(self, pages: PageBudget, now: datetime) -> None:
        self.pages, self.now, self.read = pages, now, 0

    def spent(self) -> bool:
        """Return whether the budget is used up. One page is always read, so that each poll makes progress."""
        return self.read > 0 and (self.read >= self.pages.most or time.monotonic() > self.pages.until)

    def __call__(self, url: str, summary: str, title: str) -> tuple[str, date | None]:
        """Return the markup of the article of a page and its day; "" if it cannot be had or is no better."""
        self.read += 1
        fetched = fetch(url, self.now, options=self.pages.options, accept=PAGE_TYPES)
        if fetched.kind != "new":
            return "", None
        asked = (fetched, summary, title, self.now.date())
        return run_isolated_one(_article_of, asked, settings.ARTICLE_SECONDS) or ("", None)


def _article_of(asked: tuple[Fetched, str, str, date]) -> tuple[str, date | None]:
    page, summary, title, today = asked
    day = page_date(page.body, page.content_type, page.url, today)
    try:
        markup = article_markup(page.body, page.content_type, page.url)
    except NoArticleError:
        return "", day
    return markup if len(markup) <= MAX_SANITISED_CHARS and is_better(markup, summary, title) else "", day


def dated_by_page(day: date, now: datetime, zone: ZoneInfo) -> EntryDate:
    """Return the time of an entry by the day of its page: at noon there, at the latest now."""
    noon = datetime.combine(day, NOON, zone)
    return EntryDate(min(now, noon.astimezone(UTC)), "page")
