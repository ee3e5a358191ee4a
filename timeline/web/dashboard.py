"""The dashboard `/desk/`, and the feed of silent sources. Its other lists have the feeds of their filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from timeline.display.dates import day_words
from timeline.display.sentences import local_moment
from timeline.feeds.base import language_of, public
from timeline.http.pages import render_page
from timeline.http.preferences import tag
from timeline.http.problems import bad_filter, bad_filter_page
from timeline.models import Article, Event, Source
from timeline.query.filter import parse_as_of
from timeline.query.parser import LANG, FilterError
from timeline.web.dashboard_lists import Section, ahead, is_old, newest_report, news
from timeline.web.silent_sources import Silence, silent_sources

VERSION = "https://jsonfeed.org/version/1.1"


@dataclass(frozen=True, slots=True)
class SilentSource:
    """A source with its last article: when that was, for how long there was none since, and the usual gap."""

    source: Source
    article: Article
    last: str
    quiet: str
    usual: str


@dataclass(frozen=True, slots=True)
class DashboardPage:
    """The variables of `timeline/dashboard.html`, as known on `as_of`, else now.

    `newest`: the day of the latest report, `old` where it is long ago; `later`: None where there is no day after.
    """

    as_of: date | None
    day: str
    earlier: date
    later: date | None
    newest: date | None
    newest_words: str
    old: bool
    anything: bool
    ahead: list[Section]
    news: dict[str, Section]
    silent: list[SilentSource]


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """`/desk/`: the dashboard, with `as_of` as it was on that day."""
    today = timezone.localdate()
    try:
        as_of = parse_as_of(request.GET)
    except FilterError as error:
        return bad_filter_page(request, error)
    base, newest = as_of or today, newest_report(today)
    page = DashboardPage(
        as_of=as_of,
        day=day_words(base),
        earlier=base - timedelta(days=1),
        later=base + timedelta(days=1) if as_of and as_of < today else None,
        newest=newest,
        newest_words=day_words(newest) if newest else "",
        old=is_old(newest, base),
        anything=newest is not None or Event.objects.exists(),
        ahead=ahead(today, as_of),
        news=news(today, as_of),
        silent=[_silent_source(silence, _moment(as_of)) for silence in silent_sources(_moment(as_of))],
    )
    return render_page(request, "timeline/dashboard.html", page)


def _moment(as_of: date | None) -> datetime:
    """Return now, or the end of the day `as_of` if that is earlier."""
    now = timezone.now()
    return min(now, datetime.combine(as_of, time.max, UTC)) if as_of else now


def _silent_source(silence: Silence, now: datetime) -> SilentSource:
    return SilentSource(
        source=silence.source,
        article=silence.article,
        last=local_moment(silence.article.published, silence.source.zone),
        quiet=_duration(now - silence.article.published),
        usual=_duration(silence.usual),
    )


def _duration(length: timedelta) -> str:
    """Format hours up to two days, then days: weeks or months would be too coarse, and `1月` is January."""
    if length < timedelta(days=2):
        hours = max(1, round(length.total_seconds() / 3600))
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s day", "%(count)s days", length.days) % {"count": length.days}


# --- feed of silent sources ---------------------------------------------------------------------


@require_safe
def silent_feed(request: HttpRequest, form: str) -> HttpResponseBase:
    """`/desk/silent.json` (JSON Feed 1.1) and `.atom` (RFC 4287), with `as_of` and `lang`.

    400 as problem+json for other or invalid parameters.
    """
    try:
        as_of, language = parse_as_of(request.GET, LANG), language_of(request)
    except FilterError as error:
        return bad_filter(error)
    with translation.override(language):
        write = _atom if form == "atom" else _json
        response = write(request, silent_sources(_moment(as_of)), tag(language))
    return public(response, language)


def _json(request: HttpRequest, silences: list[Silence], language: str) -> HttpResponse:
    document = {
        "version": VERSION,
        "title": _title(),
        "home_page_url": request.build_absolute_uri(reverse("dashboard")),
        "feed_url": request.build_absolute_uri(),
        "description": _description(),
        "language": language,
        "items": [
            {
                "id": _id(silence),
                "url": request.build_absolute_uri(silence.article.get_absolute_url()),
                "title": _words(silence),
                "content_text": _content(silence),
                "date_published": silence.unusual_from.replace(microsecond=0).isoformat(),
                "language": language,
            }
            for silence in silences
        ],
    }
    return HttpResponse(orjson.dumps(document), content_type="application/feed+json; charset=utf-8")


def _atom(request: HttpRequest, silences: list[Silence], language: str) -> HttpResponse:
    home, own = request.build_absolute_uri(reverse("dashboard")), request.build_absolute_uri()
    feed = Atom1Feed(_title(), home, _description(), language, feed_url=own, feed_guid=own, author_name="newsdesk")
    for silence in silences:
        feed.add_item(
            title=_words(silence),
            link=request.build_absolute_uri(silence.article.get_absolute_url()),
            description=_content(silence),
            unique_id=_id(silence),
            pubdate=silence.unusual_from,
            updateddate=silence.unusual_from,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _title() -> str:
    return gettext("newsdesk: silent sources")


def _description() -> str:
    return gettext("Sources that have been silent for unusually long.")


def _id(silence: Silence) -> str:
    """Return an id for each silence: a source that is silent again is a new entry."""
    return f"urn:newsdesk:silent:{silence.source.slug}:{silence.article.pk}"


def _words(silence: Silence) -> str:
    words = {"source": silence.source.name, "moment": local_moment(silence.article.published, silence.source.zone)}
    return gettext("%(source)s: no article since %(moment)s") % words


def _content(silence: Silence) -> str:
    words = {"title": silence.article.title, "usual": _duration(silence.usual)}
    return gettext("Last article: %(title)s. Usually one every %(usual)s.") % words
