"""Identify entries from one fetch to the next: by id, else by link, else by title.

Ids survive edited titles and moved links, where they are real ids. Where several entries of a feed share an id, it is
ignored for these; where ids change with each fetch (the poller detects that), the whole feed is identified by links.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_to_bytes, urlsplit, urlunsplit

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
# Parameters that say whence a reader comes, where their value is the feed.
CAME_FROM = frozenset("from ref source src cid feed via medium origin".split())
FEED_VALUES = frozenset("rss rss2 atom feed rssfeed".split())
PORTS = {"http": 80, "https": 443}
SLASHES = re.compile(r"//+")
ESCAPE = re.compile(r"((?:%[0-9a-fA-F]{2})+|[^\x21-\x7e]+)")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


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
    rows = _without_duplicates([(entry, canonical(entry.link) or canonical(entry.id)) for entry in entries])
    ids = Counter(entry.id for entry, _ in rows)
    links = Counter(page_of(link) for _, link in rows)
    found: dict[str, IdentifiedEntry] = {}
    for entry, link in rows:
        page = page_of(link)
        id_key = digest(f"id {entry.id}") if by == "id" and entry.id and ids[entry.id] == 1 else ""
        if link and links[page] == 1:
            one = IdentifiedEntry(entry, link, id_key, digest(f"link {page}"))
        else:
            link_key = digest(f"title {page} {entry.title}")
            place = link or canonical(home) or "https://feed.invalid/"
            one = IdentifiedEntry(entry, f"{place[: MAX_URL_CHARS - 20]}#{(id_key or link_key)[:16]}", id_key, link_key)
        found.setdefault(page_of(one.url), one)
    return list(found.values())


def _without_duplicates(rows: Sequence[tuple[Entry, str]]) -> list[tuple[Entry, str]]:
    """Drop entries that repeat another one: the same id, link and title, or the same page, title and text."""
    exact = {(entry.id, entry.link, entry.title): (entry, link) for entry, link in reversed(rows)}
    found: dict[tuple[str, ...], tuple[Entry, str]] = {}
    for (id_, _, title), (entry, link) in reversed(exact.items()):
        same = ("page", page_of(link), title, entry.markup) if link else ("id", id_, title, entry.link)
        found.setdefault(same, (entry, link))
    return list(found.values())


def canonical(link: str) -> str:
    """Return a link without tracking parameters and default port; "" where it is not http or https."""
    try:
        parts = urlsplit(address(link.strip().replace(" ", "%20")))
        place = parts.netloc.removesuffix(f":{PORTS[parts.scheme]}")
    except PostError:
        return ""
    return urlunsplit((parts.scheme, place, parts.path or "/", "&".join(_kept(parts.query)), ""))


def page_of(url: str) -> str:
    """Return what all spellings of one address have in common; the url itself where it is not http or https.

    They differ in http or https, `www.`, default port, empty steps and final slash of the path, percent-encoding,
    order of the parameters, and parameters that track. What stands behind `#` counts: articles may share a page.
    """
    before, mark, fragment = url.partition("#")
    try:
        parts = urlsplit(canonical(before))
        host = (parts.hostname or "").removesuffix(".").removeprefix("www.")
        port = f":{parts.port}" if parts.port and parts.port not in PORTS.values() else ""
    except ValueError:
        return url
    if not host:
        return url
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        pass
    path = SLASHES.sub("/", posixpath.normpath(_escaped(parts.path))).rstrip("/")
    query = sorted((_escaped(pair) for pair in _kept(parts.query) if pair), key=lambda pair: pair.partition("=")[0])
    return f"//{host}{port}{path}{'?' if query else ''}{'&'.join(query)}{mark}{fragment}"


def _kept(query: str) -> list[str]:
    """Return the parameters of a query that do not track."""
    pairs = [pair.partition("=") for pair in query.split("&")]
    return ["".join(pair) for pair in pairs if not _is_tracking(pair[0].lower(), pair[2].lower())]


def _escaped(text: str) -> str:
    """Return a part of an address with everything escaped that has to be, in one way."""
    return ESCAPE.sub(_encoded, text)


def _encoded(found: re.Match[str]) -> str:
    data = unquote_to_bytes(found[0].encode("utf-8", "surrogatepass"))
    return "".join(chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in data)


def _is_tracking(name: str, value: str) -> bool:
    return name in TRACKING or name.startswith(TRACKING_STARTS) or (name in CAME_FROM and value in FEED_VALUES)


def digest(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, 64 hexadecimal digits; lone surrogates are allowed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
