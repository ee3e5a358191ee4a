"""Days as an editor types them: `2025年5月`, `by end of June`, `2025-05..2025-06`; also plain EDTF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from timeline.extraction.dates import find
from timeline.extraction.reader import language_of
from timeline.extraction.reason import Reasons
from timeline.models.dated import Precision, precision_of
from timeline.query.windows import WindowError, iso_interval

LONGEST = 80
# What is no day of its own: `2025-05?`, `~2025`, and the dots of an interval
APPROXIMATE = str.maketrans("", "", "?~%")
GRAINS = {Precision.DAY: "day", Precision.WEEK: "week", Precision.MONTH: "month", Precision.YEAR: "year"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and the days (both inclusive, None open) that it means, and why."""

    text: str
    start: date | None
    end: date | None
    grain: str
    reasons: Reasons = ()

    @property
    def value(self) -> dict[str, Any]:
        """As in `Correction.value` of the field `dates`."""
        start, end = (day.isoformat() if day else None for day in (self.start, self.end))
        return {"start": start, "end": end, "granularity": self.grain}


def typed_days(text: str, anchor: date) -> Typed:
    """The days that a text of one date means; relative ones count from `anchor`.

    Raises ValidationError with what to write instead.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise ValidationError(gettext("Write a date: 2025-05-03, 2025年5月, by end of June, 2025-05..2025-06."))
    return _iso(text) or _read(text, anchor)


def _iso(text: str) -> Typed | None:
    plain = text.translate(APPROXIMATE).replace(" ", "").upper()
    if ".." in plain and "/" not in plain:
        plain = plain.replace("..", "/", 1)
    try:
        start, end = iso_interval(plain)
    except WindowError:
        return None
    if start is None and end is None:
        raise ValidationError(gettext("At least one of first day and last day is needed."))
    return Typed(text, start, end, _grain(plain, start, end))


def _grain(plain: str, start: date | None, end: date | None) -> str:
    if "/" in plain:
        return "day" if start == end else "span"
    return {4: "year", 7: "month"}.get(len(plain), "day")


def _read(text: str, anchor: date) -> Typed:
    """By the rules for dates in articles. The whole text has to be one date."""
    found = [e for e in find(text, anchor, language=language_of(text)) if not e.vague]
    if len(found) != 1:
        several = [f"“{e.text}”" for e in found]
        if several:
            raise ValidationError(
                gettext("These are several dates: %(dates)s. Write one.") % {"dates": ", ".join(several)}
            )
        raise ValidationError(
            gettext("“%(text)s” is no date that can be read. Write 2025-05-03, 2025年5月 or 2025-05..2025-06.")
            % {"text": text}
        )
    one = found[0]
    if one.start and one.end and one.granularity not in GRAINS.values():
        grain = GRAINS.get(precision_of(one.start, one.end), "span") if one.start == one.end else one.granularity
    else:
        grain = one.granularity
    return Typed(text, one.start, one.end, grain, one.reasons)
