"""Claims as values, each of an article of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from timeline.extraction.when import When
from timeline.resolution.claim import ClaimValue

numbers = count(1)


def said(reported: str, start: str | None, end: str | None, status: str = "scheduled", **more: object) -> ClaimValue:
    """A claim that Britain votes; every call is another article."""
    n = next(numbers)
    first, last = (date.fromisoformat(day) if day else None for day in (start, end))
    claim = ClaimValue(
        pk=n,
        identity=f"{reported}|{n:05}",
        article=n,
        source=n % 3,
        reported=date.fromisoformat(reported),
        kind="election",
        type="general",
        stage="vote",
        place="",
        participants=("GB",),
        when=When(first, last, "day" if start == end else "month"),
        status=status,
    )
    days = {name: more.pop(name) for name in ("modifier", "extent", "alternatives") if name in more}
    return replace(claim, when=replace(claim.when, **days), **more)  # type: ignore[arg-type]


def words_of_its_own() -> str:
    """A sentence unlike any other."""
    n = next(numbers)
    return "".join(chr(0x4E00 + (n * n * 7919 + i * i * 104729 + n * i) % 20000) for i in range(40))


def told(
    day: str, *who: str, type: str = "meeting", until: str = "", probability: float = 1.0, **more: Any
) -> ClaimValue:
    """A report of that day, in words of its own, that these did so."""
    values: dict[str, Any] = {"kind": "alliance", "type": type, "stage": "", "participants": who}
    stay = {"extent": "throughout"} if until else {}
    claim = said(day, day, until or day, "occurred", evidence=words_of_its_own(), **values | stay | more)
    return replace(claim, probability=probability)
