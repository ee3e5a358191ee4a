"""Parse days that an editor types: `2025年5月`, `by end of June`, `2025-05..2025-06`, EDTF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from timeline.curation.values import value_of_days
from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates import find
from timeline.extraction.languages import language_of
from timeline.extraction.reason import Reasons
from timeline.extraction.when import When
from timeline.models.dated import Precision, precision_of
from timeline.query.windows import WindowError, iso_interval

MAX_CHARS = 80  # of the text
# EDTF's qualifiers, which are ignored: `2025-05?`, `~2025`
APPROXIMATE = str.maketrans("", "", "?~%")
PRECISION_GRAINS = {Precision.DAY: "day", Precision.WEEK: "week", Precision.MONTH: "month", Precision.YEAR: "year"}


@dataclass(frozen=True, slots=True)
class ParsedDays:
    """The typed text and the days that it means. `reasons`: why."""

    text: str
    when: When
    reasons: Reasons = ()

    @property
    def value(self) -> dict[str, Any]:
        """The value for `Correction.value` of the field `dates`."""
        return value_of_days(self.when)


def parse_days(text: str, anchor: date) -> ParsedDays:
    """Parse a text of one date; relative dates count from `anchor`.

    Raises ValidationError with what to write instead.
    """
    text = text.strip()
    if not text or len(text) > MAX_CHARS:
        raise ValidationError(gettext("Write a date: 2025-05-03, 2025年5月, by end of June, 2025-05..2025-06."))
    return _parse_edtf(text) or _parse_words(text, anchor)


def _parse_edtf(text: str) -> ParsedDays | None:
    plain = text.translate(APPROXIMATE).replace(" ", "").upper()
    if ".." in plain and "/" not in plain:
        plain = plain.replace("..", "/", 1)
    try:
        start, end = iso_interval(plain)
    except WindowError:
        return None
    if start is None and end is None:
        raise ValidationError(gettext("Enter a first day, a last day or both."))
    return ParsedDays(text, When(start, end, _grain(plain, start, end)))


def _grain(plain: str, start: date | None, end: date | None) -> str:
    if "/" in plain:
        return "day" if start == end else "span"
    return {4: "year", 7: "month"}.get(len(plain), "day")


def _parse_words(text: str, anchor: date) -> ParsedDays:
    """Parse by the rules for dates in articles. Exactly one date is expected."""
    found = [e for e in find(text, anchor, language=language_of(text)) if not e.vague]
    if len(found) != 1:
        several = [f"“{e.text}”" for e in found]
        if several:
            raise ValidationError(gettext("Several dates: %(dates)s. Enter one.") % {"dates": ", ".join(several)})
        raise ValidationError(
            gettext("“%(text)s” is not a date. Use 2025-05-03, 2025年5月 or 2025-05..2025-06.") % {"text": text}
        )
    one = found[0]
    if one.start and one.end and one.granularity not in PRECISION_GRAINS.values():
        grain = (
            PRECISION_GRAINS.get(precision_of(one.start, one.end), "span") if one.start == one.end else one.granularity
        )
    else:
        grain = one.granularity
    if one.modifier == "by" and grain == "part" and one.end and one.end == cal.month(one.end.year, one.end.month)[1]:
        grain = "month"  # by the end of June, not some time in June
    return ParsedDays(text, When(one.start, one.end, grain, one.modifier), one.reasons)
