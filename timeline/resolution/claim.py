"""The value of a claim, as resolution sees it: no row, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from timeline.extraction.when import Days, When

TALK_TYPES = frozenset({"summit", "meeting"})
SEVERAL = 3  # countries


@dataclass(frozen=True, slots=True)
class ClaimValue:
    """One claim of one article. `identity` is unique and stable: published, digest of the address, offset and so on.

    `reported`: the day of the report.
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
    when: When
    status: str
    evidence: str = ""
    doubtful: bool = False  # the reader was not sure of it
    guessed: bool = False  # the learnt weights hold it for likely alone: the same sentence is misread alike everywhere
    url_digest: str = ""  # of its article
    probability: float = 1.0  # that the text means it

    @property
    def lists_several(self) -> bool:
        """Whether it names three countries or more as if all had met: mostly the stops of a journey, or its topics."""
        together = any(code.islower() for code in self.participants) or len(self.participants) < SEVERAL
        return self.type in TALK_TYPES and not together

    @property
    def is_plain(self) -> bool:
        """Whether the reader was sure of it."""
        return not self.doubtful


def ordinals_of(days: Days) -> tuple[int, int]:
    """Return both days as proleptic ordinals; an open end is the first or last day of the calendar."""
    low = days[0].toordinal() if days[0] else date.min.toordinal()
    high = days[1].toordinal() if days[1] else date.max.toordinal()
    return low, high
