"""The value of a claim, as resolution sees it: no row, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Days = tuple[date | None, date | None]

MAX_EXACT_DAYS = 4  # a window of so many days still counts as exact: a summit lasts several


@dataclass(frozen=True, slots=True)
class ClaimValue:
    """One claim of one article. `identity` is unique and stable: published, digest of the address, offset and so on.

    `start` and `end`: inclusive, None is open. `reported`: the day of the report.
    """

    pk: int
    identity: str
    article: int
    source: int
    reported: date
    kind: str
    type: str
    stage: str
    place: str
    participants: tuple[str, ...]
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: str
    status: str
    alternatives: tuple[tuple[str | None, str | None], ...] = ()
    evidence: str = ""
    doubtful: bool = False  # the reader was not sure of it
    url_digest: str = ""  # of its article

    @property
    def days(self) -> Days:
        return self.start, self.end


def is_exact(claim: ClaimValue) -> bool:
    """Return whether the claim gives both ends of a window of at most MAX_EXACT_DAYS."""
    if claim.start is None or claim.end is None or claim.modifier in ("by", "after", "from", "since", "until"):
        return False
    return (claim.end - claim.start).days < MAX_EXACT_DAYS


def lasts_throughout(claim: ClaimValue) -> bool:
    """Return whether the event lasts for the whole window of several days, as in `6月11日至13日举行峰会`."""
    if claim.extent != "throughout" or claim.start is None or claim.end is None:
        return False
    return claim.start < claim.end


def ordinals_of(days: Days) -> tuple[int, int]:
    """Return both days as proleptic ordinals; an open end is the first or last day of the calendar."""
    low = days[0].toordinal() if days[0] else date.min.toordinal()
    high = days[1].toordinal() if days[1] else date.max.toordinal()
    return low, high
