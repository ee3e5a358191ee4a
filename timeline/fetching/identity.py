"""Identify entries from one fetch to the next: by id, else by link, else by title.

Ids survive edited titles and moved links, where they are real ids. Where several entries of a feed share an id, it is
ignored for these; where ids change with each fetch (the poller detects that), the whole feed is identified by links.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from timeline.fetching.feeds import Entry
from timeline.fetching.posts import MAX_URL_CHARS, PostError, address

By = Literal["id", "link"]

# Parameters that track clicks and do not change the content.
TRACKING = frozenset(
    "fbclid gclid gclsrc dclid msclkid yclid twclid igshid mc_cid mc_eid ref_src ref_url spm scm share_token "
    "at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4 ns_campaign ns_mchannel ns_source ns_linkname "
    "cmpid smid smtyp wt.mc_id wt_mc _ga _gl oc cmp xtor ocid".split()
)
TRACKING_STARTS = ("utm_", "pk_", "piwik_", "mtm_", "hsa_")


@dataclass(frozen=True, slots=True)
class IdentifiedEntry:
    """An entry with its identity. `url`: the URL it is stored under.

    `id_key` and `link_key`: digests of its id and of its link, "" where they do not identify it.
    """

    entry: Entry
    url: str
    id_key: str
    link_key: str


def identify(entries: Sequence[Entry], home: str, by: By = "id") -> list[IdentifiedEntry]:
    """Return the entries with their identities, without duplicates, at most one for each URL.

    An entry without a link is stored under the URL of its feed, with a digest of its id or title after `#`; so are
    several entries of one link, under that link.
    """
    rows = [(entry, canonical(entry.link) or canonical(entry.id)) for entry in _without_duplicates(entries)]
    ids = Counter(entry.id for entry, _ in rows)
    links = Counter(link for _, link in rows)
    found: dict[str, IdentifiedEntry] = {}
    for entry, link in rows:
        id_key = digest(f"id {entry.id}") if by == "id" and entry.id and ids[entry.id] == 1 else ""
        if link and links[link] == 1:
            one = IdentifiedEntry(entry, link, id_key, digest(f"link {link}"))
        else:
            link_key = digest(f"title {link} {entry.title}")
            place = link or canonical(home) or "https://feed.invalid/"
            one = IdentifiedEntry(entry, f"{place[: MAX_URL_CHARS - 20]}#{(id_key or link_key)[:16]}", id_key, link_key)
        found.setdefault(one.url, one)
    return list(found.values())


def _without_duplicates(entries: Sequence[Entry]) -> list[Entry]:
    """Drop entries that repeat another one exactly."""
    return list({(entry.id, entry.link, entry.title): entry for entry in reversed(entries)}.values())[::-1]


def canonical(link: str) -> str:
    """Return a link without tracking parameters; "" where it is not http or https."""
    try:
        parts = urlsplit(address(link))
    except PostError:
        return ""
    kept = [pair for pair in parts.query.split("&") if not _is_tracking(pair.partition("=")[0].lower())]
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "&".join(kept), ""))


def _is_tracking(name: str) -> bool:
    return name in TRACKING or name.startswith(TRACKING_STARTS)


def digest(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, 64 hexadecimal digits; lone surrogates are allowed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
