"""The belief chart as numbers: where marks, bands and words stand, what is thinned, and that nothing collides."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timeline.charts.beliefs.axes import Words
from timeline.charts.beliefs.frame import BeliefBand, ClaimPoint, Size, bundles, frame
from timeline.charts.beliefs.layout import Chart, draw
from timeline.extraction.when import When, day_of

WIDE, NARROW = Size(880, 300, 84), Size(372, 300, 74, most=60)
TODAY = date(2026, 1, 1)


def day(iso: str) -> date:
    return date.fromisoformat(iso)


def said(id: int, on: str, start: str | None, end: str | None, status: str = "scheduled", **more: object) -> ClaimPoint:
    days = {name: more.pop(name) for name in ("modifier", "alternatives") if name in more}
    return ClaimPoint(id, day(on), When(day_of(start), day_of(end), **days), status, **more)  # type: ignore[arg-type]


def chart(claims: list[ClaimPoint], held: list[BeliefBand], size: Size = WIDE, now: date = TODAY) -> Chart:
    framed = frame(claims, held, now, size)
    words = Words(
        across={d: str(d.year) for d in framed.across.ticks()},
        headings={d: str(d.year) for d in framed.across.headings()},
        up={d: d.isoformat() for d in framed.up.ticks()},
        notes={belief.since: f"moved to {belief.when.start}" for belief in held},
        now="Today",
        past="already past when reported",
    )
    shown, _ = bundles(framed, claims, frozenset(b.claim for b in held if b.claim))
    return draw(framed, shown, held, words)


SLIPPING = [
    said(1, "2024-06-10", "2025-01-01", "2025-12-31", "expected"),
    said(2, "2024-12-05", "2025-05-01", "2025-05-31"),
    said(3, "2025-02-11", "2025-05-03", "2025-05-03"),
    said(4, "2025-04-08", "2025-09-01", "2025-09-30", "postponed"),
    said(5, "2025-06-12", "2025-09-01", "2025-09-30", "cancelled"),
]
UNTIL = [claim.reported for claim in SLIPPING[1:]]
BELIEVED = [
    BeliefBand(c.reported, until, c.when, c.status, "first", c.id)
    for c, until in zip(SLIPPING, [*UNTIL, None], strict=True)
]


def css(of: Chart, id: int) -> list[str]:
    return [piece.css for mark in of.marks if mark.id == id for piece in mark.pieces]


def test_the_day_of_the_report_goes_across_and_the_days_claimed_go_up() -> None:
    drawn = {mark.id: mark.box for mark in chart(SLIPPING, BELIEVED).marks}
    assert [drawn[n].left for n in range(1, 6)] == sorted(drawn[n].left for n in range(1, 6))
    assert drawn[4].bottom < drawn[3].top  # September lies above May
    assert drawn[1].top < drawn[2].top < drawn[2].bottom < drawn[1].bottom  # May lies within the year


def test_a_cancelled_belief_is_struck_and_no_other() -> None:
    assert [bool(step.strike) for step in chart(SLIPPING, BELIEVED).steps] == [False] * 4 + [True]


def test_steps_of_belief_join_without_a_gap() -> None:
    steps = chart(SLIPPING, BELIEVED).steps
    assert all(a.box.right == pytest.approx(b.box.left) for a, b in pairwise(steps))


def test_status_has_a_shape_as_well_as_a_filling() -> None:
    drawn = chart(SLIPPING, BELIEVED)
    assert css(drawn, 1) == ["hatch"]
    assert css(drawn, 3) == ["solid"]
    assert css(drawn, 4) == ["solid", "arrow"]
    assert css(drawn, 5) == ["hollow", "strike"]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (said(9, "2025-01-01", "2025-05-03", "2025-05-03", doubtful=True), ["hollow"]),
        (said(9, "2025-01-01", "2025-05-03", "2025-05-03", "occurred"), ["solid", "tick"]),
        (said(9, "2025-01-01", "2025-01-01", "2025-06-30", modifier="by"), ["solid", "flag"]),
        (said(9, "2025-01-01", "2025-04-01", None), ["dashes", "head", "solid"]),
        (said(9, "2025-01-01", None, "2025-04-01", "conditional"), ["dashes", "head", "stop"]),
        (
            said(
                9,
                "2025-01-01",
                "2025-02-01",
                "2025-06-30",
                alternatives=((day("2025-02-01"), day("2025-02-28")), (day("2025-06-01"), day("2025-06-30"))),
            ),
            ["solid", "solid", "link"],
        ),
    ],
)
def test_the_outline_shows_what_the_days_are(claim: ClaimPoint, expected: list[str]) -> None:
    assert css(chart([*SLIPPING, claim], BELIEVED), 9) == expected


def test_the_diagonal_runs_where_the_day_of_the_report_is_the_day_claimed() -> None:
    drawn = chart(SLIPPING, BELIEVED)
    x, y = (float(n) for n in drawn.diagonal.removeprefix("M").partition("L")[2].split())
    framed = drawn.frame
    last = min(framed.across.end, framed.up.end)
    assert (x, y) == pytest.approx((framed.across.behind(last), framed.above(last)), abs=0.1)
    far = chart(
        [said(1, "2024-01-01", "2050-01-01", "2050-01-02"), said(2, "2024-02-01", "2050-01-03", "2050-01-03")], []
    )
    assert (far.diagonal, far.past) == ("", "")


def test_who_says_the_same_at_the_same_time_is_one_mark_and_all_are_counted() -> None:
    claims = [said(n, "2025-01-01", "2025-05-03", "2025-05-03") for n in range(1, 40)] + SLIPPING
    framed = frame(claims, [], TODAY, WIDE)
    shown, left = bundles(framed, [*claims[:39], said(99, "2025-01-01", "2025-05-04", "2025-05-04")], frozenset())
    assert (sorted(b.count for b in shown), left) == ([1, 39], 0)


def test_two_thousand_claims_are_thinned_all_over_and_what_decided_stays() -> None:
    claims = [
        said(
            n,
            str(day("2006-01-01") + timedelta(days=3 * n)),
            *[str(day("2020-01-01") + timedelta(days=7 * n % 3000))] * 2,
        )
        for n in range(2000)
    ]
    framed = frame(claims, [], TODAY, WIDE)
    shown, left = bundles(framed, claims, frozenset({7, 1234}))
    assert len(shown) == 200
    assert sum(b.count for b in shown) + left == 2000
    assert {7, 1234} <= {b.newest.id for b in shown}
    columns = {b.column for b in shown}
    assert len(columns) == framed.column(claims[-1].reported) - framed.column(claims[0].reported) + 1


def test_a_rare_claim_far_off_does_not_press_the_others_flat() -> None:
    claims = [said(n, f"2025-01-{n % 28 + 1:02}", "2025-05-03", "2025-05-03") for n in range(1, 60)]
    drawn = chart([*claims, said(99, "2025-01-20", "1990-01-01", "2099-12-31")], [])
    assert drawn.frame.up.days < 200
    assert any(mark.id == 99 for mark in drawn.marks)


def test_today_is_drawn_where_it_is_near_and_not_where_it_would_press_the_rest_aside() -> None:
    assert chart(SLIPPING, BELIEVED, now=day("2025-07-01")).now is not None
    assert chart(SLIPPING, BELIEVED, now=day("2031-07-01")).now is None


DAYS = st.dates(date(1000, 1, 1), date(2999, 12, 31))
NEAR = st.dates(date(2024, 1, 1), date(2026, 12, 31))
STATES = st.sampled_from(["scheduled", "expected", "conditional", "occurred", "postponed", "cancelled"])


@st.composite
def spans(draw_: st.DrawFn) -> tuple[date | None, date | None]:
    a, b = sorted([draw_(st.one_of(NEAR, DAYS)), draw_(st.one_of(NEAR, DAYS))])
    kind = draw_(st.sampled_from(["both", "day", "open", "start"]))
    return {"both": (a, b), "day": (a, a), "open": (a, None), "start": (None, b)}[kind]


@st.composite
def courses(draw_: st.DrawFn) -> tuple[list[ClaimPoint], list[BeliefBand]]:
    claims = []
    for n in range(draw_(st.integers(1, 30))):
        start, end = draw_(spans())
        when = When(start, end, modifier=draw_(st.sampled_from(["", "by"])))
        claims.append(ClaimPoint(n, draw_(NEAR), when, draw_(STATES), draw_(st.booleans())))
    since = sorted(draw_(st.sets(NEAR, max_size=8)))
    held = []
    for n, first in enumerate(since):
        until = since[n + 1] if n + 1 < len(since) else None
        held.append(
            BeliefBand(
                first, until, When(*draw_(spans())), draw_(STATES), draw_(st.sampled_from(["first", "moved", "status"]))
            )
        )
    return claims, held


@settings(max_examples=60)
@given(courses(), st.sampled_from([WIDE, NARROW]), st.dates(date(2026, 1, 1), date(2030, 1, 1)))
def test_words_never_collide_and_nothing_leaves_the_plot(
    course: tuple[list[ClaimPoint], list[BeliefBand]], size: Size, now: date
) -> None:
    drawn = chart(*course, size=size, now=now)
    words = [text for name, text in drawn.texts if name != "line-label"] + list(drawn.notes)
    for a, b in combinations(words, 2):
        assert not a.box.meets(b.box), (a, b)
    for text in words:
        assert text.box.left >= 0 and text.box.right <= size.width + 4, text
    for note in drawn.notes:
        assert not [mark for mark in drawn.marks if note.box.meets(mark.box)]
    for mark in drawn.marks:
        assert size.left - 9 <= mark.box.left and mark.box.right <= size.width
        assert size.top - 5 <= mark.box.top < mark.box.bottom <= size.bottom + 5
