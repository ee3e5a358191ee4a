"""The picture of real rows: lanes by choice, old places, counts that add up, the strip of all days, the list."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.support import rows
from timeline.charts.timeline.density import MAX_URL_CHARS, overview_of, ribbons_of
from timeline.charts.timeline.events import picture_of
from timeline.charts.timeline.layout import scale
from timeline.charts.timeline.legend import glyph
from timeline.display.event import EventView, view_beliefs, view_events, with_other_days
from timeline.models import Event
from timeline.pipeline.store import weight_of
from timeline.query import counts
from timeline.query.filter import EventFilter
from timeline.query.form import Look

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
START, END, TODAY = date(2024, 1, 1), date(2025, 6, 30), rows.TODAY


@pytest.fixture
def english() -> Client:
    return Client(headers={"Accept-Language": "en"})


def page(client: Client, url: str) -> LexborHTMLParser:
    response = client.get(url)
    assert response.status_code == 200
    return LexborHTMLParser(response.content.decode())


def texts(tree: LexborHTMLParser | LexborNode, selector: str) -> list[str]:
    return [node.text(strip=True) for node in tree.css(selector)]


def views() -> list[EventView]:
    return views_on(TODAY)


def views_on(day: date) -> list[EventView]:
    return view_events(Event.objects.order_by("day", "id"), day)


# --- lanes --------------------------------------------------------------------------------------


def test_the_lane_of_what_an_editor_calls_important_comes_first() -> None:
    rows.event("reported", ["AU"], "2025-01-01", source_count=9, weight=weight_of(9, False))
    rows.event("important", ["JP"], "2025-02-01", source_count=1, weight=weight_of(1, True, 2))
    (group,) = picture_of(views(), START, END, TODAY, None, lanes="country").groups
    assert [lane.key for lane in group.lanes] == ["JP", "AU"]


@pytest.mark.parametrize(
    ("lanes", "found"),
    [
        ("auto", {"EU": ["eu"], "France": ["vote"], "Hungary": ["talks"]}),
        ("country", {"Germany": ["eu"], "France": ["vote"], "Hungary": ["talks"]}),
        ("bloc", {"EU": ["eu"], "no bloc": ["talks", "vote"]}),
        ("type", {"Summit": ["eu"], "Meeting": ["talks"], "Presidential election": ["vote"]}),
    ],
)
def test_lanes_stand_for_what_the_reader_chooses(lanes: str, found: dict[str, list[str]]) -> None:
    rows.event("eu", ["eu", "DE"], "2024-05-01", kind="alliance", type="summit")
    rows.event("talks", ["HU", "CN"], "2024-05-02", kind="alliance", type="meeting")
    rows.event("vote", ["FR"], "2024-05-03", type="presidential")
    with translation.override("en"):
        picture = picture_of(views(), START, END, TODAY, None, lanes=lanes)
    drawn: dict[str, list[str]] = {}
    for group in picture.groups:
        for lane in group.lanes:
            drawn.setdefault(lane.full, []).extend(mark.id for mark in lane.marks)
    assert {name: sorted(ids) for name, ids in drawn.items()} == found


def test_a_label_names_who_acts_where_the_lane_does_not() -> None:
    rows.event("vote", ["FR"], "2024-05-03", type="presidential")
    with translation.override("en"):
        labels = [
            picture_of(views(), START, END, TODAY, None, lanes=lanes).marks[0].label.text
            for lanes in ("auto", "country", "bloc", "type")
        ]
    assert labels[:2] == ["Presidential election · 3 May"] * 2
    assert labels[2:] == ["France: presidential election · 3 May"] * 2


def test_a_day_that_only_a_law_gives_says_so_in_its_label() -> None:
    rows.event("us", ["US"], "2024-11-05", type="presidential", by_law=True)
    with translation.override("zh-hans"):
        (mark,) = picture_of(views(), START, END, TODAY, None).marks
    assert mark.label.text == "总统选举 · 11月5日（依法）"


# --- other days of the same event ---------------------------------------------------------------


def test_what_was_put_off_knows_its_days_before() -> None:
    row = rows.event("a", ["JP"], "2024-05-01")
    rows.believe(row, "2024-04-01", "2024-05-03", "2024-05-03")
    rows.believe(row, "2024-04-20", "2024-09-01", "2024-09-30", status="postponed")
    rows.event("b", ["FR"], "2024-05-01")
    now = {view.id: view.before for view in with_other_days(views())}
    assert now == {"a": (date(2024, 5, 3), date(2024, 5, 3)), "b": None}


def test_as_known_before_it_was_put_off_there_is_no_earlier_place() -> None:
    row = rows.event("a", ["JP"], "2024-05-01")
    rows.believe(row, "2024-04-20", "2024-09-01", "2024-09-30", status="postponed")
    known = view_beliefs(row.beliefs.filter(until__isnull=False).select_related("event"), TODAY, date(2024, 4, 1))
    assert [view.before for view in with_other_days(known)] == [None]


def test_what_was_only_narrowed_or_took_place_has_no_old_place() -> None:
    row = rows.event("a", ["JP"], "2024-05-01", "2024-05-31")
    rows.believe(row, "2024-04-20", "2024-05-20", "2024-05-20", change="narrowed")
    over = rows.event("b", ["JP"], "2024-05-01")
    rows.believe(over, "2024-05-20", "2024-05-20", "2024-05-20", status="occurred")
    assert [view.before for view in with_other_days(views())] == [None, None]


def test_a_day_by_law_knows_the_window_of_its_newest_claim() -> None:
    row = rows.event("us", ["US"], "2024-11-05", type="presidential", by_law=True)
    first, second = rows.article("美国今年大选。", on="2024-02-01"), rows.article("美国11月大选。", on="2024-03-01")
    rows.claim(row, first, "美国今年大选。", start=date(2024, 1, 1), end=date(2024, 12, 31))
    rows.claim(row, second, "美国11月大选。", start=date(2024, 11, 1), end=date(2024, 11, 30))
    (view,) = with_other_days(views())
    assert view.source_window == (date(2024, 11, 1), date(2024, 11, 30))


# --- counts -------------------------------------------------------------------------------------


def crowd(n: int) -> None:
    for i in range(n):
        kind = ("election", "alliance")[i % 3 == 0]
        rows.event(f"e{i:04}", ["JP"], str(date(2024, 1, 20) + timedelta(days=i % 500)), kind=kind, type="summit")


def test_marks_and_ribbons_together_count_every_event_that_begins_in_the_window() -> None:
    crowd(1200)
    for start, end in (("2024-01-10", "2025-06-20"), ("2024-03-01", "2024-05-15")):
        chosen = EventFilter.parse(QueryDict(f"from={start}&to={end}"))
        months = counts.by_month(chosen, TODAY)
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        shown = chosen.most_important(TODAY, 300)
        ribbons = ribbons_of(chosen, Look(), TODAY, months)
        picture = picture_of(shown, first, last, TODAY, None, ribbons=ribbons)
        counted = ribbons(scale(first, last), [view for view in shown if view.id in picture.ids])
        more = sum(b.count for bins in counted.values() for b in bins)
        assert len(picture.ids) + more == chosen.count(TODAY) and more > 0, start


def test_a_bin_leads_to_its_days_with_the_same_filter(english: Client) -> None:
    crowd(520)
    tree = page(english, "/?kind=election&from=2024-01-01&to=2025-06-30&group=type")
    bins = {title.text(): link.attributes["href"] for link in tree.css("a.bin") for title in link.css("title")}
    name = next(name for name in bins if name.startswith("May 2024: "))
    assert bins[name] == "/?kind=election&from=2024-05-01&to=2024-05-31&group=type"
    there = page(english, bins[name] or "")
    assert len(there.css("a.mark")) > 0


def test_a_long_filter_is_not_repeated_in_every_bin(english: Client) -> None:
    crowd(30)
    words = "+".join(["峰会"] * 30)
    chosen = EventFilter.parse(QueryDict(f"from=2024-01-01&to=2025-06-30&q={words}"))
    assert len(chosen.to_query()) > MAX_URL_CHARS
    months = counts.by_month(replace(chosen, words=""), TODAY)
    strip = overview_of(chosen, Look(), months, (START, END), TODAY)
    assert strip and {jump.url for jump in strip.jumps} == {""}


# --- the strip of all days ----------------------------------------------------------------------


def test_the_strip_holds_all_data_and_the_window(english: Client) -> None:
    rows.event("a", ["JP"], "2019-05-01")
    rows.event("b", ["JP"], "2027-05-01", kind="alliance", type="summit")
    tree = page(english, "/?from=2024-01-01&to=2025-06-30&kind=election")
    (strip,) = tree.css("svg.overview")
    assert (strip.attributes["data-start"], strip.attributes["data-end"]) == ("2018-01-01", "2025-12-31")
    names = [link.attributes["aria-label"] for link in strip.css("a.jump")]
    assert names[1] == "2019: 1 event" and names[-1] == "2025: 0 events"
    assert strip.css("a.jump")[1].attributes["href"] == "/?kind=election&from=2019-01-01&to=2019-12-31"
    (brush,) = strip.css(".brush")
    left, width = (float(brush.attributes[name] or 0) for name in ("x", "width"))
    per_day = (1266 - 158) / (8 * 365 + 2)
    assert left == pytest.approx(158 + (date(2024, 1, 1) - date(2018, 1, 1)).days * per_day, abs=0.2)
    assert width == pytest.approx(((END - START).days + 1) * per_day, abs=0.2)
    sides = {h.attributes["data-side"]: float(h.attributes["x"] or 0) + 4 for h in strip.css(".brush-handle")}
    assert sides == pytest.approx({"start": left, "end": left + width}, abs=0.2)


def test_centuries_are_shown_by_years_with_few_links() -> None:
    for year in (1066, 1815, 2024):
        rows.event(f"y{year}", ["GB"], f"{year}-06-01")
    chosen = EventFilter()
    strip = overview_of(chosen, Look(), counts.by_month(chosen, TODAY), (START, END), TODAY)
    assert strip and len(strip.jumps) <= 40 and strip.jumps[0].url == "/?from=1065-01-01&to=1099-12-31"
    assert len(re.findall("M", strip.bars["election"])) == 3


def test_the_window_moves_on_the_same_strip_and_a_far_one_widens_it() -> None:
    rows.event("a", ["JP"], "2024-06-01")
    months = counts.by_month(EventFilter(), TODAY)

    def strip(first: str, last: str) -> tuple[date, date]:
        window = (date.fromisoformat(first), date.fromisoformat(last))
        found = overview_of(EventFilter(), Look(), months, window, TODAY)
        assert found
        return found.start, found.end

    assert strip("2024-01-01", "2024-12-31") == (date(2023, 1, 1), date(2025, 12, 31))
    assert strip("2024-03-01", "2025-02-28") == (date(2023, 1, 1), date(2025, 12, 31))
    assert strip("1000-01-01", "1000-12-31") == (date(1000, 1, 1), date(2025, 12, 31))
    assert strip("2998-01-01", "2999-12-31") == (date(2023, 1, 1), date(2999, 12, 31))


def test_an_empty_calendar_has_no_strip() -> None:
    assert overview_of(EventFilter(), Look(), counts.by_month(EventFilter(), TODAY), (START, END), TODAY) is None


# --- the page -----------------------------------------------------------------------------------


def test_what_moves_with_the_days_stands_apart_from_what_names_the_lanes(english: Client) -> None:
    rows.event("a", ["JP"], "2024-05-01")
    tree = page(english, "/?from=2024-01-01&to=2025-06-30")
    (picture,) = tree.css("svg.picture")
    data = {name: picture.attributes[f"data-{name}"] for name in ("start", "end", "left", "right")}
    assert data == {"start": "2024-01-01", "end": "2025-06-30", "left": "158", "right": "1266"}
    (mark,) = picture.css("g[clip-path] > .plot a.mark")
    assert mark.attributes["data-id"] == "a" and mark.attributes["href"] == "/events/a/"
    assert texts(picture, ".gutter .lane") == ["Japan"] and not picture.css(".plot .lane")
    assert len(picture.css(".plot .grid")) == 1 and not picture.css(".gutter a")


def test_names_are_words_in_the_picture_too(english: Client) -> None:
    row = rows.event("a", ["JP"], "2024-05-01")
    actor = row.actors.get()
    actor.name_en = '"><script>&{{x}}</text>'
    actor.save()
    body = english.get("/?from=2024-01-01&to=2025-06-30&group=type").content.decode()
    assert "<script>&" not in body and 'aria-label="&quot;&gt;&lt;script&gt;' in body


def test_a_page_full_of_marks_stays_small(english: Client) -> None:
    codes = ["US", "GB", "FR", "DE", "JP"]
    for i in range(420):
        kind = ("election", "alliance")[i % 2]
        status = ("scheduled", "expected", "occurred", "cancelled", "postponed")[i % 5]
        first = date(2024, 1, 1) + timedelta(days=i * 41 % 540)
        last = first + timedelta(days=(0, 0, 0, 40)[i % 4])
        more = {"kind": kind, "type": "summit", "status": status, "since": "2023-12-01"}
        rows.event(f"abcdefgh{i:08}", [codes[i * 3 % 5]], str(first), str(last), **more)
    response = english.get("/?from=2024-01-01&to=2025-06-30")
    tree = LexborHTMLParser(response.content.decode())
    assert len(tree.css("a.mark")) > 100 and tree.css("a.bin")
    picture = next(svg.html or "" for svg in tree.css("svg.picture"))
    assert len(picture.encode()) <= 110_000 and len(response.content) <= 200_000


# --- the list -----------------------------------------------------------------------------------


def test_the_list_is_cut_by_months_and_marks_today(english: Client) -> None:
    today = timezone.localdate()
    earlier, later = (today.replace(day=1) - timedelta(days=40)), today + timedelta(days=70)
    for pk, day in (("a", earlier), ("b", earlier + timedelta(days=1)), ("c", later)):
        rows.event(pk, ["JP"], str(day), since=str(earlier))
    tree = page(english, f"/?from={earlier}&to={later}")
    days = (earlier, earlier + timedelta(days=1), later)
    assert texts(tree, ".month") == list(dict.fromkeys(f"{day:%b} {day.year}" for day in days))
    assert len(tree.css("ol.events > li.event")) == 3
    assert texts(tree, ".now")[0].startswith("Today")
    body = tree.html or ""
    assert body.index("/events/b/") < body.index('class="now"')


def test_rows_show_the_sign_of_their_mark(english: Client) -> None:
    rows.event("a", ["JP"], "2024-05-01", status="cancelled")
    rows.event("b", ["JP"], "2024-05-01", "2024-05-31", status="expected")
    rows.event("c", ["JP"], "2024-05-02", status="cancelled")
    tree = page(english, "/?from=2024-01-01&to=2025-06-30&as_of=2024-03-20")
    used = [use.attributes["href"] for use in tree.css("ol.events svg.sign use")]
    assert used[0] == used[2] != used[1] and {f"#{s.attributes['id']}" for s in tree.css("symbol")} == set(used)
    signs = {view.id: {piece.css for piece in glyph(view)} for view in views_on(date(2024, 4, 1))}
    assert signs == {"a": {"hollow", "strike"}, "b": {"hatch"}, "c": {"hollow", "strike"}}


# --- in a browser -------------------------------------------------------------------------------

OUTSIDE = """() => [...document.querySelectorAll("svg.picture a.mark")].filter((mark) => {
  const [words, box] = ["text", "rect"].map((name) => mark.querySelector(name).getBBox());
  return words.x < box.x - 1 || words.x + words.width > box.x + box.width + 1;
}).map((mark) => mark.textContent)"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW", "en"])
def test_words_are_as_wide_as_was_reckoned(chromium: Browser, live_server: LiveServer, locale: str) -> None:
    codes = ["NZ", "CO", "PH", "KR", "TT", "MM", "LI", "WS"]
    for i in range(40):
        more: dict[str, str] = {"kind": "alliance", "type": ("summit", "agreement", "exercise", "accession")[i % 4]}
        several = [codes[i % 8], codes[(i + 3) % 8], ("nato", "sco", "asean")[i % 3]]
        rows.event(f"e{i}", several, str(date(2024, 1, 20) + timedelta(days=i * 13)), **more)
    context = chromium.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    reader = context.new_page()
    reader.goto(f"{live_server.url}/?from=2024-01-01&to=2025-06-30")
    assert reader.locator("svg.picture a.mark").count() == 40
    assert reader.evaluate(OUTSIDE) == []
    context.close()
