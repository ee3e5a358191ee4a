"""What each country elects: whether it may hold a vote of a type at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from timeline.extraction.gazetteer.data import BadGazetteer, actors, ever_members, read

HEADS = frozenset({"people", "parliament", "crown", "none"})
CHAMBERS = frozenset({"people", "indirect", "none"})
KEYS = {"head", "chamber", "rounds", "since", "before", "until"}
ELECTED_PARLIAMENTS = ("eu", "mercosur", "sica")  # blocs of countries whose voters elect its parliament


@dataclass(frozen=True, slots=True)
class Offices:
    """How a country fills its highest offices.

    `head`: who elects the head of state, from `since` on; `before`: who did until then. `chamber`: who elects the
    national chamber. `rounds`: of the vote for president, 1 where there is never a second. `until`: the last day of
    national votes.
    """

    head: str
    chamber: str
    rounds: int = 2
    since: date | None = None
    before: str = ""
    until: date | None = None

    def head_on(self, day: date) -> str:
        """Return who elects the head of state on a day."""
        return self.before if self.since is not None and day < self.since else self.head


@cache
def offices() -> Mapping[str, Offices]:
    """Return the offices by country. Raises BadGazetteer."""
    found = {}
    for code, row in read("offices").items():
        if code not in actors() or set(row) - KEYS:
            raise BadGazetteer(f"offices.toml: {code}: expected are a known country and {sorted(KEYS)}")
        if row["head"] not in HEADS or row["chamber"] not in CHAMBERS or row.get("before", "none") not in HEADS:
            raise BadGazetteer(f"offices.toml: {code}: head is one of {sorted(HEADS)}, chamber of {sorted(CHAMBERS)}")
        if ("since" in row) != ("before" in row):
            raise BadGazetteer(f"offices.toml: {code}: `since` and `before` belong together")
        found[code] = Offices(**row)
    return found


def may_vote(country: str, type: str, stage: str, day: date) -> bool:
    """Return whether a country can hold such an election on a day.

    Only for offices that it has and fills by vote, be it of a parliament or of electors; a supranational vote only as a
    member of a bloc whose parliament is elected. Local votes, referendums and the contests of parties are held
    anywhere, and a country without a row may hold any other vote.
    """
    if type == "supranational":
        return not country.isupper() or any(country in ever_members(bloc) for bloc in ELECTED_PARLIAMENTS)
    known = offices().get(country)
    if known is None or type not in ("presidential", "legislative", "general"):
        return True
    if known.until is not None and day > known.until:
        return False
    head = known.head_on(day)
    if type == "presidential":
        by_people = head == "people" and not (stage == "runoff" and known.rounds == 1)
        return by_people or (head == "parliament" and stage != "runoff")
    if type == "legislative":
        return known.chamber != "none"
    return known.chamber == "people" or head == "people"
