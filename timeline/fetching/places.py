"""Find where texts stand next in a feed, and search what lies between two questions once."""

from __future__ import annotations

import re

MAX_NAMES = 200  # of elements that hold texts, whose ends are searched for


class Places:
    """Where texts stand in another. Asked for rising positions, all answers together cost one pass for each text.

    Elements that are never closed would else be searched for to the end of the feed, each of them.
    """

    def __init__(self, text: str, edge: re.Pattern[str]) -> None:
        """`edge`: the pattern that `next_edge` finds."""
        self.text, self.pattern = text, edge
        self.known: dict[str, tuple[int, int]] = {}  # of a text: since where it was searched for, where it stands
        self.edge: tuple[int, int] = (-1, -1)

    def next(self, what: str, at: int) -> int:
        """Return where a text stands next, from `at` on; -1 if nowhere, or if more than MAX_NAMES were asked for."""
        since, place = self.known.get(what, (-1, -1))
        if since < 0 and len(self.known) >= MAX_NAMES:
            return -1
        if since < 0 or at < since or -1 < place < at:
            place = self.text.find(what, at)
            self.known[what] = at, place
        return place

    def next_edge(self, at: int) -> int:
        """Return where the pattern matches next, from `at` on; the length of the text if nowhere."""
        since, edge = self.edge
        if not since <= at <= edge:
            found = self.pattern.search(self.text, at)
            self.edge = at, edge = at, found.start() if found else len(self.text)
        return edge
