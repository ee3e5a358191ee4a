"""The shapes of marks as SVG paths: what the days are by outline, how sure they are by filling and signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

THICK = 13.0
FILLED = frozenset({"occurred", "scheduled", "postponed"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One path. `css` is its class; `fill` names a gradient or pattern of the picture, "" leaves it to the class."""

    css: str
    d: str
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Ends:
    """What the ends of a bar tell: open, cut by the edge of the picture, a deadline, or lasting throughout."""

    open_left: bool = False
    open_right: bool = False
    cut_left: bool = False
    cut_right: bool = False
    flag: bool = False
    lasting: bool = False


def needs_arrow(status: str) -> bool:
    """A postponed event has an arrow before it, which takes room."""
    return status == "postponed"


def diamond(x: float, y: float, half: float, group: str, status: str) -> tuple[Piece, ...]:
    """An exact day."""
    d = f"M{x:.1f} {y - half:.1f}l{half} {half}l-{half} {half}l-{half} -{half}z"
    return (*_arrow(x - half, y, status), _filled(d, group, status, "solid"), *_sign(x - half, x + half, y, status))


def bar(segments: Sequence[tuple[float, float]], y: float, group: str, status: str, ends: Ends) -> tuple[Piece, ...]:
    """A window, a stay, a deadline; several segments are alternatives, with a dotted link between."""
    left, right = segments[0][0], segments[-1][1]
    pieces = [*_arrow(left, y, status)]
    for i, (a, b) in enumerate(segments):
        inner_left, inner_right = i > 0, i < len(segments) - 1
        hard_left = ends.lasting or ends.cut_left or inner_left
        hard_right = ends.lasting or ends.cut_right or ends.flag or inner_right
        pieces.append(_filled(_box(a, b, y, hard_left, hard_right), group, status, _fade(ends)))
    for (_, a), (b, _) in pairwise(segments):
        pieces.append(Piece("divider", f"M{a:.1f} {y - 9:.1f}v18"))
        if b - a > 1:
            pieces.append(Piece("link", f"M{a:.1f} {y:.1f}H{b:.1f}"))
    if ends.flag:
        pieces.append(Piece("flag", f"M{right:.1f} {y + 10:.1f}v-20h10l-3.5 4.5l3.5 4.5h-10"))
    return (*pieces, *_sign(left, right, y, status))


def line(left: float, right: float, y: float, group: str, status: str, ends: Ends) -> tuple[Piece, ...]:
    """An interval with an open end: dashes run on to the edge, with an arrow there."""
    dashes = Piece("dashes", f"M{left:.1f} {y:.1f}H{right:.1f}")
    pieces = [*_arrow(left, y, status), dashes]
    if ends.open_right:
        pieces.append(Piece("head", f"M{right:.1f} {y:.1f}l-7 -4.5v9z"))
    if ends.open_left:
        pieces.append(Piece("head", f"M{left:.1f} {y:.1f}l7 -4.5v9z"))
    if ends.flag:
        pieces.append(Piece("flag", f"M{right:.1f} {y + 10:.1f}v-20h10l-3.5 4.5l3.5 4.5h-10"))
    elif not ends.open_right and not ends.cut_right:
        pieces.append(Piece("stop", f"M{right:.1f} {y - 7:.1f}v14"))
    if not ends.open_left and not ends.cut_left:
        pieces.append(_filled(_circle(left + 5, y, 5), group, status, "solid"))
    return (*pieces, *_sign(left, min(right, left + 10), y, status))


def _fade(ends: Ends) -> str:
    """A window is surest in its middle, a deadline at its end, a stay all through; a cut end does not fade."""
    if ends.lasting:
        return "solid"
    right = not (ends.cut_right or ends.flag)
    if ends.cut_left:
        return "fade-from" if right else "solid"
    return "fade" if right else "fade-to"


def _filled(d: str, group: str, status: str, paint: str) -> Piece:
    if status in FILLED:
        return Piece("solid", d, "" if paint == "solid" else f"{paint}-{group}")
    if status == "expected":
        return Piece("hatch", d, f"hatch-{group}")
    return Piece("dotted" if status == "conditional" else "hollow", d)


def _sign(left: float, right: float, y: float, status: str) -> tuple[Piece, ...]:
    """A tick in what occurred, a stroke through what was cancelled."""
    middle = (left + right) / 2
    if status == "occurred":
        return (Piece("tick", f"M{middle - 3:.1f} {y:.1f}l2.2 2.4l4 -4.6"),)
    if status == "cancelled":
        return (Piece("strike", f"M{left - 3:.1f} {y + 2.5:.1f}L{right + 3:.1f} {y - 2.5:.1f}"),)
    return ()


def _arrow(left: float, y: float, status: str) -> tuple[Piece, ...]:
    if not needs_arrow(status):
        return ()
    return (Piece("arrow", f"M{left - 17:.1f} {y:.1f}h13m-4.5 -4l4.5 4l-4.5 4"),)


def _box(left: float, right: float, y: float, hard_left: bool, hard_right: bool) -> str:
    """A bar: hard ends are square, the others round."""
    half = THICK / 2
    radius = min(half, (right - left) / 2)
    a, b = (2.0 if hard_left else radius), (2.0 if hard_right else radius)
    a, b = min(a, (right - left) / 2), min(b, (right - left) / 2)
    top, bottom = y - half, y + half
    return (
        f"M{left + a:.1f} {top:.1f}H{right - b:.1f}Q{right:.1f} {top:.1f} {right:.1f} {top + b:.1f}"
        f"V{bottom - b:.1f}Q{right:.1f} {bottom:.1f} {right - b:.1f} {bottom:.1f}H{left + a:.1f}"
        f"Q{left:.1f} {bottom:.1f} {left:.1f} {bottom - a:.1f}V{top + a:.1f}"
        f"Q{left:.1f} {top:.1f} {left + a:.1f} {top:.1f}z"
    )


def _circle(x: float, y: float, radius: float) -> str:
    return f"M{x - radius:.1f} {y:.1f}a{radius} {radius} 0 1 1 {2 * radius} 0a{radius} {radius} 0 1 1 -{2 * radius} 0z"
