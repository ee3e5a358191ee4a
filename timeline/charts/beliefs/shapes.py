"""The shapes of the belief chart as SVG paths: those of `shapes.py`, upright, with later days higher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from timeline.charts.shapes import FILLED, Piece

THICK = 6.0  # of a bar
HALF = 5.0  # half a dot


@dataclass(frozen=True, slots=True)
class Tips:
    """The ends of an upright shape: open (an arrow), cut by the edge, a deadline (a flag), lasting throughout."""

    open_top: bool = False
    open_bottom: bool = False
    cut_top: bool = False
    cut_bottom: bool = False
    flag: bool = False
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Paint:
    """How sure a claim is. `prefix` names the chart's gradients and patterns; a doubtful claim is hollow."""

    status: str
    doubtful: bool = False
    prefix: str = "belief"


def dot(x: float, y: float, half: float, paint: Paint) -> tuple[Piece, ...]:
    """Draw an exact day."""
    d = f"M{x:.1f} {y - half:.1f}l{half:.1f} {half:.1f}l-{half:.1f} {half:.1f}l-{half:.1f} -{half:.1f}z"
    signs = _sign(x, y - half, y + half, paint)
    return (_filled(d, paint, "solid"), *signs, *_arrow(x, y + half, paint))


def upright(
    x: float, segments: Sequence[tuple[float, float]], wide: float, paint: Paint, tips: Tips
) -> tuple[Piece, ...]:
    """Draw a window, a stay or a deadline: `segments` are (top, bottom), top down; several are alternatives."""
    top, bottom = segments[0][0], segments[-1][1]
    pieces = []
    for i, (a, b) in enumerate(segments):
        hard_top = tips.lasting or tips.cut_top or tips.flag or i > 0
        hard_bottom = tips.lasting or tips.cut_bottom or i < len(segments) - 1
        pieces.append(_filled(_box(x, a, b, wide, hard_top, hard_bottom), paint, _fade(tips)))
    pieces += [Piece("link", f"M{x:.1f} {a:.1f}V{b:.1f}") for (_, a), (b, _) in pairwise(segments) if b - a > 1]
    if tips.flag:
        pieces.append(_flag(x, top))
    return (*pieces, *_sign(x, top, bottom, paint), *_arrow(x, bottom, paint))


def open_line(x: float, top: float, bottom: float, paint: Paint, tips: Tips) -> tuple[Piece, ...]:
    """Draw an interval with an open end: dashes to the edge with an arrow, and a dot at the known end."""
    pieces = [Piece("dashes", f"M{x:.1f} {top:.1f}V{bottom:.1f}")]
    if tips.open_top:
        pieces.append(Piece("head", f"M{x:.1f} {top:.1f}l-4 6.5h8z"))
    if tips.open_bottom:
        pieces.append(Piece("head", f"M{x:.1f} {bottom:.1f}l-4 -6.5h8z"))
    if tips.flag:
        pieces.append(_flag(x, top))
    elif not tips.open_top and not tips.cut_top:
        pieces.append(Piece("stop", f"M{x - 5:.1f} {top:.1f}h10"))
    if not tips.open_bottom and not tips.cut_bottom:
        pieces.append(_filled(_circle(x, bottom - 3.5, 3.5), paint, "solid"))
    return (*pieces, *_sign(x, max(top, bottom - 12), bottom, paint), *_arrow(x, bottom, paint))


def _fade(tips: Tips) -> str:
    """Name the gradient.

    A window is surest in its middle, a deadline at its end, a stay throughout; a cut end does not fade.
    """
    if tips.lasting:
        return "solid"
    top = not (tips.cut_top or tips.flag)
    if tips.cut_bottom:
        return "fade-up" if top else "solid"
    return "fade" if top else "fade-down"


def _filled(d: str, paint: Paint, shade: str) -> Piece:
    if paint.status == "conditional":
        return Piece("dotted", d)
    if paint.doubtful or paint.status not in (*FILLED, "expected"):
        return Piece("hollow", d)
    if paint.status == "expected":
        return Piece("hatch", d, f"{paint.prefix}-hatch")
    return Piece("solid", d, "" if shade == "solid" else f"{paint.prefix}-{shade}")


def _sign(x: float, top: float, bottom: float, paint: Paint) -> tuple[Piece, ...]:
    """Draw a tick on what occurred, a stroke through what was cancelled."""
    middle = (top + bottom) / 2
    if paint.status == "occurred" and not paint.doubtful and bottom - top < 40:
        return (Piece("tick", f"M{x - 2.3:.1f} {middle:.1f}l1.7 1.9l3.1 -3.6"),)
    if paint.status == "cancelled":
        half = min(max((bottom - top) / 2, 6.0), 11.0)
        return (Piece("strike", f"M{x - 6:.1f} {middle + half:.1f}L{x + 6:.1f} {middle - half:.1f}"),)
    return ()


def _arrow(x: float, bottom: float, paint: Paint) -> tuple[Piece, ...]:
    """Draw an arrow up from below on what was postponed: it comes from an earlier day."""
    if paint.status != "postponed":
        return ()
    return (Piece("arrow", f"M{x:.1f} {bottom + 13:.1f}v-10m-3.2 3.4l3.2 -3.4l3.2 3.4"),)


def _flag(x: float, top: float) -> Piece:
    return Piece("flag", f"M{x - 4:.1f} {top:.1f}h8v-6.5l-4 2.6l-4 -2.6z")


def _box(x: float, top: float, bottom: float, wide: float, hard_top: bool, hard_bottom: bool) -> str:
    """Draw a bar: hard ends are square, the others round."""
    half, tall = wide / 2, bottom - top
    a = min(1.0 if hard_top else half, tall / 2)
    b = min(1.0 if hard_bottom else half, tall / 2)
    left, right = x - half, x + half
    return (
        f"M{left:.1f} {top + a:.1f}Q{left:.1f} {top:.1f} {left + a:.1f} {top:.1f}H{right - a:.1f}"
        f"Q{right:.1f} {top:.1f} {right:.1f} {top + a:.1f}V{bottom - b:.1f}Q{right:.1f} {bottom:.1f} {right - b:.1f} "
        f"{bottom:.1f}H{left + b:.1f}Q{left:.1f} {bottom:.1f} {left:.1f} {bottom - b:.1f}z"
    )


def _circle(x: float, y: float, radius: float) -> str:
    return f"M{x - radius:.1f} {y:.1f}a{radius} {radius} 0 1 1 {2 * radius} 0a{radius} {radius} 0 1 1 -{2 * radius} 0z"
