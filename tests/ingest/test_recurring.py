"""Lines that recur around the articles of a source are left out, and what its articles tell again is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from tests.support.articles import raw
from tests.support.users import with_permissions
from timeline.extraction.recurring import MIN_ARTICLES, LineCount, bit_of, without_lines
from timeline.fetching.posts import RawArticle
from timeline.ingest import recurring
from timeline.ingest.removal import close_source
from timeline.ingest.store import store_articles
from timeline.models import Article, Claim, LineSketch, RecurringLine, Source
from timeline.pipeline.process import process

pytestmark = pytest.mark.django_db
FOOTER = "本台的选举节目每个星期五晚上九点播出，敬请收看。"
PROMO = "关注我们的公众号，不错过下一次大选。"
BACKGROUND = "选举委员会早先决定把投票推迟到2027年9月5日举行。"
START = datetime.fromisoformat("2026-01-05T08:00:00+00:00")


def article(number: int, *lines: str, every: int = 6, host: str = "one.example") -> RawArticle:
    """One article of its own words, with further lines behind them, `every` days after the one before."""
    day = START + timedelta(days=number * every)
    own = [f"第{number}个港口的市长介绍了码头的情况。", f"工程编号{number * 7919}的栈桥已经修好。"]
    markup = "".join(f"<p>{line}</p>" for line in (*own, *lines))
    return replace(raw(f"r{number}", "2026-01-05", "", host), markup=markup, published=day)


def texts() -> list[str]:
    return list(Article.objects.order_by("published").values_list("text", flat=True))


def test_a_line_at_the_end_of_many_articles_is_left_out_of_the_next_ones() -> None:
    for number in range(MIN_ARTICLES + 3):
        store_articles([article(number, BACKGROUND, FOOTER)])
    found = texts()
    assert all(FOOTER in text for text in found[:MIN_ARTICLES])
    assert not any(FOOTER in text for text in found[MIN_ARTICLES:])
    assert all(BACKGROUND in text for text in found)  # it names a day: news that is told again
    assert all("市长" in text and "栈桥" in text for text in found)
    row = RecurringLine.objects.get(line=FOOTER)
    assert (row.articles, row.first_day, recurring.is_around(row)) == (9, date(2026, 1, 11), True)
    assert not recurring.is_around(RecurringLine.objects.get(line=BACKGROUND))


def test_articles_of_one_import_are_counted_too() -> None:
    store_articles([article(number, FOOTER) for number in range(10)])
    store_articles([article(20, FOOTER)])
    assert FOOTER not in texts()[-1]


@pytest.mark.parametrize(
    ("every", "line", "places"),
    [
        (1, FOOTER, "end"),  # a story of some days
        (6, FOOTER, "amid"),
        (6, "港口部", "end"),  # a name
        (6, "On March 3 the port was closed to all ships.", "end"),
    ],
)
def test_what_may_be_the_articles_own_is_kept(every: int, line: str, places: str) -> None:
    behind = [f"栈桥旁边的第{n}座仓库仍然空着。" for n in range(12)]
    for number in range(12):
        own = [f"{text}{number}" for text in behind]
        store_articles([article(number, *((line,) if places == "end" else (*own[:6], line, *own[6:])), every=every)])
    assert all(line in text for text in texts())


def test_an_edited_article_counts_once() -> None:
    for number in range(12):
        one = article(0, FOOTER)
        store_articles([replace(one, markup=one.markup + f"<p>补充{number}：栈桥的灯已经亮了。</p>")])
    assert not RecurringLine.objects.filter(line=FOOTER).exists()


def test_each_source_has_lines_of_its_own() -> None:
    for number in range(8):
        store_articles([article(number, FOOTER)])
    store_articles([article(9, FOOTER, host="two.example")])
    assert FOOTER in Article.objects.get(source__slug="two-example").text


def test_a_line_is_left_out_only_where_it_reaches_to_an_end() -> None:
    assert without_lines("甲\n乙\n丙\n甲", "甲".__eq__) == "乙\n丙"
    assert without_lines("乙\n甲\n丙", "甲".__eq__) == "乙\n甲\n丙"
    assert without_lines("甲\n甲", "甲".__eq__) == "甲\n甲"  # nothing else is left


def test_an_editor_decides_and_reading_again_applies_it() -> None:
    for number in range(8):
        store_articles([article(number, PROMO)])
    assert not recurring.is_around(RecurringLine.objects.get(line=PROMO)) or PROMO not in texts()[-1]
    client = Client()
    client.force_login(with_permissions("desk", "view_recurringline", "change_source"))
    page = client.get("/admin/timeline/recurringline/")
    assert PROMO in page.content.decode()
    row = RecurringLine.objects.get(line=PROMO)
    for action, kept in (("keep", 8), ("leave_out", 0), ("as_counted", 0)):
        client.post("/admin/timeline/recurringline/", {"action": action, "_selected_action": [row.pk]})
        call_command("reread", apply=True, stdout=StringIO())
        assert sum(PROMO in text for text in texts()) == kept
    assert Article.objects.filter(markup__contains=PROMO).count() == 8  # as received it is all there


def test_reading_again_cleans_what_was_stored_by_older_rules() -> None:
    one = article(1, "英国大选将于2026年7月4日举行。")
    ((_, pk),) = store_articles([one])
    process([pk])
    whole = Article.objects.get(pk=pk).text
    assert Claim.objects.count() == 1
    Article.objects.filter(pk=pk).update(text=f"{whole}\n14 分钟前\n法国大选将于2027年4月11日举行。")
    process([pk])
    out = StringIO()
    call_command("reread", stdout=out)
    assert Article.objects.get(pk=pk).text != whole  # only shown
    call_command("reread", apply=True, stdout=out)
    assert "1 texts were cleaned anew." in out.getvalue()
    assert Article.objects.get(pk=pk).text == whole
    kept = Claim.objects.get()
    assert whole[kept.evidence_start : kept.evidence_end] == kept.evidence


def test_an_article_without_its_original_keeps_its_text() -> None:
    ((_, pk),) = store_articles([article(1)])
    Article.objects.filter(pk=pk).update(markup="", text="英国大选将于2026年7月4日举行。")
    call_command("reread", apply=True, stdout=StringIO())
    assert Article.objects.get(pk=pk).text == "英国大选将于2026年7月4日举行。"


def test_what_is_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurring, "MAX_ROWS", 5)
    monkeypatch.setattr(recurring, "SKETCH_LINES", 40)
    for number in range(30):
        lines = [f"第{number // 2}号启事：仓库的钥匙在门房那里，{n}。" for n in range(3)]
        store_articles([article(number, *lines, FOOTER)])
    source = Source.objects.get()
    rows = RecurringLine.objects.filter(source=source)
    assert rows.count() <= 5 and rows.filter(line=FOOTER, articles__gte=25).exists()
    sketch = LineSketch.objects.get(source=source)
    assert sketch.lines <= 40 and len(sketch.bits) == len(sketch.before) == recurring.SKETCH_BYTES


def test_nothing_is_kept_of_a_removed_source() -> None:
    for number in range(3):
        store_articles([article(number, FOOTER)])
    close_source(Source.objects.get())
    assert not RecurringLine.objects.exists() and not LineSketch.objects.exists()


def test_days_are_counted_once_in_any_order() -> None:
    days = {number: START.date() + timedelta(days=number * 9) for number in (4, 0, 3, 1, 2, 4, 4)}
    bits = 0
    for day in days.values():
        bits |= bit_of(day)
    count = LineCount(FOOTER, 7, 0, bits, min(days.values()), max(days.values()))
    assert count.is_around
    assert not LineCount(FOOTER, 7, 1, bits, count.first, count.last).is_around
    assert not LineCount(FOOTER, 70, 0, bit_of(count.first), count.first, count.last).is_around
