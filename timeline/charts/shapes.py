"""The shapes of marks as SVG paths: the outline shows the days, filling and signs show the certainty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from timeline.charts.text import joined

THICK = 13.0
FILLED = frozenset({"occurred", "scheduled", "postponed"})
GHOST = 5.5  # half of the small outline at an event's former place


@dataclass(frozen=True, slots=True)
class Piece:
    """One path. `css` is its class; `fill` names a gradient or pattern, "" leaves it to the class."""

    css: str
    d: str
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of a bar: open, cut by the edge of the picture, a deadline (a flag), or lasting throughout."""

    open_left: bool = False
    open_right: bool = False
    cut_left: bool = False
    cut_right: bool = False
    flag: bool = False
    lasting: bool = False


def markup(pieces: Iterable[Piece]) -> str:
    """Return the paths as SVG. Safe to embed: it consists of numbers and of names from the code."""
    return "".join(
        f'<path class="{p.css}" d="{p.d}" fill="url(#{p.fill})"/>' if p.fill else f'<path class="{p.css}" d="{p.d}"/>'
        for p in pieces
    )


def diamond(x: float, y: float, half: float, group: str, status: str) -> tuple[Piece, ...]:
    """Draw an exact day."""
    d = joined("M", x, y - half, "l", half, half, -half, half, -half, -half, "z")
    return (_filled(d, group, status, "solid"), *_sign(x - half, x + half, y, status))


def bar(segments: Sequence[tuple[float, float]], y: float, group: str, status: str, ends: Ends) -> tuple[Piece, ...]:
    """Draw a window, a stay or a deadline; several segments are alternatives, joined by a dotted line."""
    left, right = segments[0][0], segments[-1][1]
    pieces = []
    for i, (a, b) in enumerate(segments):
        inner_left, inner_right = i > 0, i < len(segments) - 1
        hard_left = ends.lasting or ends.cut_left or inner_left
        hard_right = ends.lasting or ends.cut_right or ends.flag or inner_right
        pieces.append(_filled(_box(a, b, y, hard_left, hard_right), group, status, _fade(ends)))
    for (_, a), (b, _) in pairwise(segments):
        pieces.append(Piece("divider", joined("M", a, y - 9, "v18")))
        if b - a > 1:
            pieces.append(Piece("link", joined("M", a, y, "H", b)))
    if ends.flag:
        pieces.append(_flag(right, y))
    return (*pieces, *_sign(left, right, y, status))


def line(left: float, right: float, y: float, group: str, status: str, ends: Ends) -> tuple[Piece, ...]:
    """Draw an interval with an open end: dashes to the edge, with an arrow there."""
    pieces = [Piece("dashes", joined("M", left, y, "H", right))]
    if ends.open_right:
        pieces.append(Piece("head", joined("M", right, y, "l-7-4.5v9z")))
    if ends.open_left:
        pieces.append(Piece("head", joined("M", left, y, "l7-4.5v9z")))
    if ends.flag:
        pieces.append(_flag(right, y))
    elif not ends.open_right and not ends.cut_right:
        pieces.append(Piece("stop", joined("M", right, y - 7, "v14")))
    if ends.open_left or ends.cut_left:
        middle, half = (left + right) / 2, min(9.0, (right - left) / 2)
        signs = _sign(middle - half, middle + half, y, status)
        return (*pieces, *(Piece(f"{p.css} bare", p.d) for p in signs))
    return (*pieces, _filled(_circle(left + 5, y, 5), group, status, "solid"), *_sign(left, left + 10, y, status))


def arrow(left: float, y: float) -> tuple[Piece, ...]:
    """Draw an arrow of 18 px before a postponed event whose former place is not in the picture."""
    return (Piece("arrow", joined("M", left - 17, y, "h13m-4.5-4l4.5 4-4.5 4")),)


def inner_arrow(left: float, right: float, y: float, bare: bool) -> tuple[Piece, ...]:
    """Draw the same arrow within a mark that fills the picture; `bare`: on a line, not in a bar."""
    return (Piece("tick bare" if bare else "tick", joined("M", (left + right) / 2 - 7, y, "h13m-4-3.5l4 3.5-4 3.5")),)


def ghost(left: float, right: float, y: float, mark_left: float, mark_right: float) -> tuple[Piece, ...]:
    """Draw the former place of a moved event, hollow, and a thin arrow from there to the mark."""
    if right - left < 4 * GHOST:
        x = (left + right) / 2
        left, right = x - GHOST, x + GHOST
        old = joined("M", x, y - GHOST, "l", GHOST, GHOST, -GHOST, GHOST, -GHOST, -GHOST, "z")
    else:
        old = _box(left, right, y, False, False, THICK - 3)
    if right < mark_left:
        way = joined("M", right + 2, y, "H", mark_left - 3, "m-5-3.5l5 3.5-5 3.5")
    else:
        way = joined("M", left - 2, y, "H", mark_right + 3, "m5-3.5l-5 3.5 5 3.5")
    return Piece("ghost", old), Piece("way", way)


def source_window(left: float, right: float, y: float) -> Piece:
    """Draw the faint window that the sources give, under the day that a law gives."""
    return Piece("source-window", _box(left, right, y, False, False, 6.0))


def _flag(x: float, y: float) -> Piece:
    return Piece("flag", joined("M", x, y + 10, "v-20h10l-3.5 4.5 3.5 4.5h-10"))


def _fade(ends: Ends) -> str:
    """Name the gradient.

    A window is surest in its middle, a deadline at its end, a stay throughout; a cut end does not fade.
    """
    if ends.lasting:
        return "solid"
    if ends.flag:
        return "fade-to"
    if ends.cut_left and ends.cut_right:
        return "even"
    if ends.cut_left:
        return "fade-from"
    return "fade-to" if ends.cut_right else "fade"


def _filled(d: str, group: str, status: str, paint: str) -> Piece:
    if status in FILLED and paint == "even":
        return Piece("even", d)
    if status in FILLED:
        return Piece("solid", d, "" if paint == "solid" else f"{paint}-{group}")
    if status == "expected":
        return Piece("hatch", d, f"hatch-{group}")
    return Piece("dotted" if status == "conditional" else "hollow", d)


def _sign(left: float, right: float, y: float, status: str) -> tuple[Piece, ...]:
    """Draw a tick in what occurred, a stroke through what was cancelled."""
    middle = (left + right) / 2
    if status == "occurred":
        return (Piece("tick", joined("M", middle - 3, y, "l2.2 2.4 4-4.6")),)
    if status == "cancelled":
        return (Piece("strike", joined("M", left - 3, y + 2.5, "l", right - left + 6, -5.0)),)
    return ()


def _box(left: float, right: float, y: float, hard_left: bool, hard_right: bool, thick: float = THICK) -> str:
    """Draw a bar: hard ends are square, the others round."""
    most = (right - left) / 2
    a, b = (min(2.0 if hard else thick / 2, most) for hard in (hard_left, hard_right))
    return joined(
        *("M", left + a, y - thick / 2, "h", right - left - a - b),
        *("q", b, 0.0, b, b, "v", thick - 2 * b, "q", 0.0, b, -b, b),
        *("h", a + b - right + left, "q", -a, 0.0, -a, -a, "v", 2 * a - thick, "q", 0.0, -a, a, -a, "z"),
    )


def _circle(x: float, y: float, radius: float) -> str:
    turn = joined("a", radius, radius, 0.0, 1.0, 1.0)
    return joined("M", x - radius, y) + turn + joined(" ", 2 * radius, 0.0) + turn + joined(-2 * radius, 0.0, "z")
