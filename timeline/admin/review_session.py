"""An editor's session in the inbox: postponed items, decided items, and decisions that can be undone.

It is kept in the login session, so it is private and ends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from timeline.curation.inbox.queue import InboxFilter, Item, items

STATE = "inbox"  # session key
MAX_POSTPONED = 500
MAX_UNDO = 50


@dataclass(slots=True)
class ReviewSession:
    """The stored state. `undo` and `redo`: the ids of the decisions of one action each, the newest last."""

    request: HttpRequest

    @property
    def _state(self) -> dict[str, list]:  # type: ignore[type-arg]
        kept = self.request.session.get(STATE)
        return kept if isinstance(kept, dict) else {}

    @property
    def later(self) -> list[str]:
        return list(self._state.get("later", []))

    @property
    def done(self) -> list[str]:
        return list(self._state.get("done", []))

    @property
    def undo(self) -> list[list[int]]:
        return list(self._state.get("undo", []))

    @property
    def redo(self) -> list[list[int]]:
        return list(self._state.get("redo", []))

    def _keep(self, **parts: list) -> None:  # type: ignore[type-arg]
        self.request.session[STATE] = {**self._state, **parts}

    def put_off(self, key: str) -> None:
        self._keep(later=[*(k for k in self.later if k != key), key][-MAX_POSTPONED:])

    def bring_back(self) -> None:
        self._keep(later=[], done=[])

    def decided(self, key: str, ids: list[int]) -> None:
        """Record that an item was decided by these decisions (none where nothing can be undone)."""
        done = [*(k for k in self.done if k != key), key][-MAX_POSTPONED:]
        undo = [*self.undo, ids][-MAX_UNDO:] if ids else self.undo
        self._keep(done=done, undo=undo, redo=[])

    def decided_together(self, keys: list[str], ids: list[int]) -> None:
        """Record that several items were decided by one act."""
        done = [*(k for k in self.done if k not in keys), *keys][-MAX_POSTPONED:]
        self._keep(done=done, undo=[*self.undo, ids][-MAX_UNDO:] if ids else self.undo, redo=[])

    def taken_back(self) -> None:
        *rest, last = self.undo
        self._keep(undo=rest, redo=[*self.redo, last][-MAX_UNDO:])

    def done_again(self) -> None:
        *rest, last = self.redo
        self._keep(redo=rest, undo=[*self.undo, last][-MAX_UNDO:])


def back_of(request: HttpRequest) -> str:
    """Return the path of this site from which the editor came (`?back=`), "" where the inbox was."""
    back = request.GET.get("back", "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, None) else ""


def with_back(url: str, back: str) -> str:
    """Add to a path of the review screen where the editor came from."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'back': back})}" if back else url


def next_url(request: HttpRequest, asked: InboxFilter, today: date, but: str = "") -> str:
    """Return the page from which the editor came, else the most pressing item other than `but`, else the inbox."""
    if back := back_of(request):
        return back
    waiting = items(asked, today, {*ReviewSession(request).later, but})
    return item_url(waiting[0], asked) if waiting else inbox_url(asked)


def item_url(item: Item, asked: InboxFilter) -> str:
    """Return the path of the review screen of an item; the filter of the inbox is kept."""
    return address("event" if item.event else "claim", asked, item.event or item.claim)


def inbox_url(asked: InboxFilter, name: str = "changelist") -> str:
    """Return the path of the inbox with this filter, or of another of its pages by the last part of its URL name."""
    return address(name, asked)


def address(name: str, asked: InboxFilter, *args: object) -> str:
    """Return the path of a page of the inbox, by the last part of its URL name, with the filter as query."""
    query = asked.to_query()
    return reverse(f"admin:timeline_attention_{name}", args=args) + (f"?{query}" if query else "")


def review_url(event: str) -> str:
    """Return the path of the review screen of an event, whether or not it is in the inbox."""
    return reverse("admin:timeline_attention_event", args=[event])


def progress(request: HttpRequest, asked: InboxFilter, today: date, key: str) -> str:
    """Return `3 of 57`, counted from the start of the session; "" for an item that is in no list."""
    session = ReviewSession(request)
    left = items(asked, today, session.later)
    if key not in {item.key for item in left}:
        return ""
    before = len([k for k in session.done if k != key])
    return gettext("%(number)d of %(all)d") % {"number": before + 1, "all": before + len(left)}
