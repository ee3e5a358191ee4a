"""The words by which a name is known to stand for someone who acts; see `[who]` in the lexicon of a language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class WhoWords:
    """One pattern for each list; those named `before_…` end right before the name.

    office: that speaks for a government (`总统`, `当局`); below: that does not, though a country is named (`媒体`);
    forces; envoy: what follows a country whose envoy is meant; member: of a bloc that is named for somebody else;
    before_place, before_topic, before_treated: before a name that is a place, a topic, or somebody's guest;
    announcing: who says what others have done; working_level, no_state: talks and deals that are none of governments;
    meddling: in the votes of others; american: words of American elections; voting; leaders: what may stand before
    `峰会` without naming it; gathering: of a bloc that is attended, not joined; held; widens: what a bloc does itself;
    something_else: between `访问` and a name.
    """

    office: re.Pattern[str]
    below: re.Pattern[str]
    forces: re.Pattern[str]
    envoy: re.Pattern[str]
    member: re.Pattern[str]
    before_place: re.Pattern[str]
    before_topic: re.Pattern[str]
    before_treated: re.Pattern[str]
    announcing: re.Pattern[str]
    working_level: re.Pattern[str]
    no_state: re.Pattern[str]
    meddling: re.Pattern[str]
    american: re.Pattern[str]
    voting: re.Pattern[str]
    leaders: re.Pattern[str]
    gathering: re.Pattern[str]
    held: re.Pattern[str]
    widens: re.Pattern[str]
    something_else: re.Pattern[str]

    @classmethod
    def of(cls, rows: Mapping[str, Sequence[str]]) -> WhoWords:
        """From a section of a lexicon. Raises KeyError for a list too many or too few, re.error for a wrong pattern."""
        names = {f.name for f in fields(cls)}
        if wrong := set(rows) ^ names:
            raise KeyError(f"unknown or absent: {sorted(wrong)}")
        return cls(**{name: _pattern(name, rows[name]) for name in names})


def _pattern(name: str, words: Sequence[str]) -> re.Pattern[str]:
    either = "|".join(words) or r"(?!)"
    return re.compile(f"(?:{either})$" if name.startswith("before_") else either)
