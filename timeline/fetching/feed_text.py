"""Rewrite the text of an XML feed into one that any parser reads alike, in one bounded pass.

Feeds are often not well-formed, and hostile ones cost a parser minutes or gigabytes. So no parser sees what arrives.
The pass copies the elements of a feed from its root on, and

- ends at MAX_ENTRIES and at MAX_TAGS; leaves out entries of more attributes, elements or depth than any real one;
- closes what is left open, drops ends without a begin, quotes attributes, declares the usual prefixes;
- writes texts that hold markup (titles, descriptions, contents) as escaped HTML, whichever of the many ways was used;
- replaces each date by a number, since parsers turn dates into UTC and lose whether they had a zone;
- drops what other vocabularies (media, itunes) say of an entry, unless the entry has no text of its own.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.entities import html5

from timeline.fetching.markup_text import COMMENT, as_html, is_type, without_type
from timeline.fetching.places import Places

MAX_ENTRIES = 500  # of one feed; the first ones are the newest
MAX_TAGS = 200_000  # of one feed; what follows is not read
MAX_ENTRY_TAGS = 5_000  # of one entry, without those in its texts
MAX_ATTRIBUTES = 100  # of one element
MAX_DEPTH = 100
MAX_JUNK_CHARS = 100_000  # before the root
FIRST = datetime(1980, 1, 1, tzinfo=UTC)  # the date that stands for number 0
NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "atom": "http://www.w3.org/2005/Atom",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
ATOM, ATOM_03, RSS_100 = NAMESPACES["atom"], "http://purl.org/atom/ns#", "http://purl.org/rss/1.0/"
FOREIGN = frozenset({"media", "itunes", "googleplay", "podcast"})  # vocabularies whose texts are second to the feed's
FOREIGN_URIS = ("search.yahoo.com/mrss", "www.itunes.com/dtds/podcast", "www.google.com/schemas/play-podcasts")
ROOTS = {"rss": "rss", "feed": "atom", "rdf": "rdf"}
DATES = frozenset({"pubdate", "date", "published", "updated", "issued", "modified", "created", "lastbuilddate"})
TEXTS = frozenset(
    {"title", "description", "summary", "content", "encoded", "subtitle", "tagline", "rights", "copyright"}
)
BODIES = frozenset({"description", "summary", "content", "encoded"})
LEAVES = frozenset({"link", "guid", "id", "comments", "category", "language", "creator", "name", "email", "uri"})
ENTRIES = frozenset({"item", "entry"})
SPELLINGS = {"pubdate": "pubDate", "lastbuilddate": "lastBuildDate"} | {
    name: name for name in ("rss channel item title link description guid author category image".split())
}
REFERENCE = r"&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]{1,10}|[xX][0-9a-fA-F]{1,8});|([a-zA-Z][a-zA-Z0-9]{1,30});)?"
BARE_AMPERSAND = re.compile(REFERENCE)
IN_NO_SECTION = re.compile(rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|{REFERENCE}", re.S)
QUOTES = "\"'"
C1 = re.compile("[\x80-\x9f]")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
TOKEN = re.compile(r"<(?:!--|!\[CDATA\[|\?|(/?)([A-Za-z_][^\s<>/\"'=]*)((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)(>?))")
ATTRIBUTE = re.compile(r"(?<![\w:.-])([A-Za-z_][\w:.-]*+)\s*+=\s*+(\"[^\"<]*+\"|'[^'<]*+'|[^\s\"'<>]++)")
WELL_WRITTEN = re.compile(r"(?:\s++[A-Za-z_][\w:.-]*+\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+\s*+/?")
DECLARED = re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"']([^\"']*)")
DEFAULT = re.compile(r"\sxmlns\s*=\s*(\"[^\"<]*\"|'[^'<]*')")
ROOT = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf))(?=[\s>/])", re.I)
# Where an entry, or a text that is never closed, ends at the latest.
EDGE = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])", re.I)
NEXT = re.compile(
    r"<(?:/?(?:item|entry|channel|feed|rss)|link|guid|pubDate|description|title|author|category|enclosure|comments|id|updated"
    r"|published|summary|content|content:encoded|dc:\w+|media:\w+)(?=[\s>/])",
    re.I,
)
LINK_TEXT = re.compile(r"\s*(https?://[^\s<]+)")
PAGE = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.I)


class BoundsError(ValueError):
    """The text is no feed, or exceeds the bounds outside of its entries; the message has no subject."""


@dataclass(slots=True)
class FeedText:
    """A feed whose text is well-formed. `attributes`: of its root.

    `dates`: as written, in the order of their numbers; `entries`: how many it has; `left_out`: those over MAX_ENTRIES;
    `too_large`: those over another bound; `links`: of the feed itself, by their relation.
    """

    root: str = ""
    attributes: str = ""
    text: str = ""
    dates: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    entries: int = 0
    left_out: int = 0
    too_large: int = 0


def rewritten(text: str) -> FeedText:
    """Rewrite the text of a feed. Raises BoundsError with the reason."""
    text = NO_XML.sub("", C1.sub(lambda found: _windows(ord(found[0])), text))
    begin = _root(text)
    sections = text.rfind("]]>") + 3  # what opens after the last end is no section: it would swallow the rest
    whole, rest = text[begin : max(begin, sections)], text[max(begin, sections) :]
    return _Pass(IN_NO_SECTION.sub(_ampersand, whole) + BARE_AMPERSAND.sub(_ampersand, rest)).run()


def _root(text: str) -> int:
    """Return where the root of the feed begins. Raises BoundsError where there is none."""
    head = COMMENT.sub(lambda found: " " * len(found[0]), text[:MAX_JUNK_CHARS])
    found = ROOT.search(head)
    before = head[: found.start()] if found else head
    if PAGE.search(before):
        raise BoundsError("is a web page, not a feed; `manage.py add_source` looks for the feed of a page")
    if re.search(r"<!entity|<!doctype[^<>]*\[", before, re.I):
        raise BoundsError("declares entities of its own, which are not read")
    if found:
        return found.start()
    if other := re.search(r"<([A-Za-z_][\w:.-]*)", before):
        raise BoundsError(f"is XML, but not a feed: it begins with <{other[1][:40]}>")
    raise BoundsError("is neither XML nor JSON")


def _windows(code: int) -> str:
    """Return the character that a number of the C1 range means: that of Windows, as in HTML (13.2.5.80)."""
    return html.unescape(f"&#{code};") if code >= 0x80 else ""


def _ampersand(found: re.Match[str]) -> str:
    """Replace a bare `&`, entities that HTML has and XML has not, numbers that XML forbids; keep a CDATA section."""
    if not found[0].startswith("&"):
        return found[0]
    number, name = found[1], found[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        char = _windows(code) if 0x80 <= code < 0xA0 else chr(code) if code <= 0x10FFFF else "\ufffd"
        return "\ufffd" if NO_XML.match(char) else html.escape(char)
    if name and (char := html5.get(f"{name};", "")) and char not in "<>&\"'":
        return char
    return "&amp;" + (f"{name};" if name else "")


def _quoted(attributes: str) -> str:
    """Return attributes, each once, with quotes around their values; what has no value is left out."""
    pairs = dict(reversed(ATTRIBUTE.findall(attributes)))
    return "".join(f' {name}="{value.strip(QUOTES)}"' for name, value in pairs.items())


class _Pass:
    """One pass over the text of a feed, from its root on."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.tags = text, 0, 0
        self.out: list[str] = []
        self.stack: list[str] = []  # names of open elements, as written
        self.feed = FeedText()
        self.foreign = FOREIGN
        self.begun = -1  # where the present entry begins in `out`
        self.outside = 0  # open elements around the present entry
        self.entry_tags = 0
        self.dates = 0  # before the present entry
        self.own, self.other = False, dict[str, str]()  # has the entry text? what do other vocabularies say?
        self.places = Places(text, EDGE)

    def run(self) -> FeedText:
        for found in iter(self._token, None):
            if not self._step(found):
                break
            self.tags += 1
            if self.tags > MAX_TAGS:
                break
        self._close_to(0)
        self.feed.text = "".join(self.out)
        return self.feed

    def _token(self) -> re.Match[str] | None:
        """Return the next tag, comment, section or instruction; copy the text before it."""
        while True:
            at = self.text.find("<", self.at)
            if at < 0:
                return None
            if at > self.at and self.stack:
                self.out.append(self.text[self.at : at])
            found = TOKEN.match(self.text, at)
            if found is not None:
                self.at = found.end()
                return found
            self.at = at + 1
            self.tags += 1
            if self.tags > MAX_TAGS:
                return None
            self.out.append("&lt;")

    def _step(self, found: re.Match[str]) -> bool:
        """Copy one token; return whether the pass goes on."""
        end, name = found[1], found[2]
        if name is None:
            return self._skip(found[0])
        return self._end(name) if end else self._begin(name, found[3])

    def _skip(self, opening: str) -> bool:
        """Leave out a comment or instruction; copy a section."""
        closing = {"<!--": "-->", "<?": "?>"}.get(opening, "]]>")
        end = self.text.find(closing, self.at)
        inner = self.text[self.at : end if end >= 0 else len(self.text)]
        if closing == "]]>":
            self.out.append(html.escape(inner, quote=False))
        self.at = end + len(closing)
        return end >= 0

    # --- begins and ends of elements -----------------------------------------------------------

    def _begin(self, name: str, attributes: str) -> bool:
        prefix, _, local = name.rpartition(":")
        local = local.lower()
        if not self.stack:
            return self._begin_root(name, attributes)
        empty = attributes.endswith("/")
        if local in ENTRIES and prefix not in self.foreign:
            self._close_to(self.outside) if self.begun >= 0 else self._close_leaf()
            if self.feed.entries >= MAX_ENTRIES:
                return self._cut(name)
            if empty:
                return True
            self.begun, self.outside, self.entry_tags = len(self.out), len(self.stack), 0
            self.dates, self.own, self.other = len(self.feed.dates), False, {}
        self.entry_tags += self.begun >= 0
        if attributes.count("=") > MAX_ATTRIBUTES and len(ATTRIBUTE.findall(attributes)) > MAX_ATTRIBUTES:
            return self._refuse("attributes in one element", MAX_ATTRIBUTES)
        if len(self.stack) >= MAX_DEPTH:
            return self._refuse("elements within each other", MAX_DEPTH)
        if self.entry_tags > MAX_ENTRY_TAGS:
            return self._refuse("elements in one entry", MAX_ENTRY_TAGS)
        if prefix in self.foreign and self.begun >= 0:
            if local in TEXTS and local != "content" and not empty:
                self.other.setdefault(local, self._text_of(name, ""))
            return True
        self._close_leaf()
        if local == "link" and not self._link(prefix, attributes, empty):
            return True
        self._copy(name, local, attributes, empty)
        return True

    def _link(self, prefix: str, attributes: str, empty: bool) -> bool:
        """Note what the feed links to; return whether the link is copied: others than those of RSS hide them there."""
        said = {key: html.unescape(value.strip(QUOTES)) for key, value in ATTRIBUTE.findall(attributes)}
        relations = said.get("rel", "alternate").lower().split()
        for relation in relations if self.begun < 0 else ():
            self.feed.links.setdefault(relation, said.get("href", ""))
        if self.feed.root == "atom":
            return True
        if prefix and "alternate" in relations and self.begun >= 0 and said.get("href"):
            self.out.append(f"<link>{html.escape(said['href'])}</link>")  # Atom's form of the link of an RSS entry
            return False
        if behind := LINK_TEXT.match(self.text, self.at) if empty and not said else None:  # HTML: <link/>address
            self.out.append(f"<link>{behind[1]}</link>")
            self.at = behind.end()
        return not prefix and not behind

    def _copy(self, name: str, local: str, attributes: str, empty: bool) -> None:
        """Copy the begin of an element, and all of it where it holds text or a date."""
        if not WELL_WRITTEN.fullmatch(attributes):
            attributes = _quoted(attributes) + ("/" if empty else "")
        written, name = name, SPELLINGS.get(name.lower(), name)
        if empty:
            self.out.append(f"<{name}{attributes}>")
            return
        if local in TEXTS:
            text = self._text_of(written, attributes)
            self.own = self.own or (local in BODIES and bool(text.strip()))
            self.out.append(f"<{name}{without_type(attributes)}>{text}</{name}>")
        elif local in DATES:
            self.feed.dates.append(html.unescape(self._inner(written)).replace("<![CDATA[", "").replace("]]>", ""))
            moment = FIRST + timedelta(seconds=len(self.feed.dates) - 1)
            self.out.append(f"<{name}>{moment:%Y-%m-%dT%H:%M:%SZ}</{name}>")
        else:
            self.out.append(f"<{name}{attributes}>")
            self.stack.append(name)

    def _begin_root(self, name: str, attributes: str) -> bool:
        if attributes.count("=") > MAX_ATTRIBUTES:
            return self._refuse("attributes in one element", MAX_ATTRIBUTES)
        local = name.rpartition(":")[2].lower()
        attributes = attributes.removesuffix("/")
        if not WELL_WRITTEN.fullmatch(attributes):
            attributes = _quoted(attributes)
        declared = dict(DECLARED.findall(attributes))
        self.foreign = FOREIGN | {p for p, uri in declared.items() if any(known in uri for known in FOREIGN_URIS)}
        self.feed.root, self.feed.attributes = ROOTS[local], attributes
        written = DEFAULT.search(attributes)
        default = {"rdf": RSS_100}.get(local, "")
        if local == "feed" and ":" not in name:
            default = ATOM_03 if written and "purl.org/atom" in written[1] else ATOM
        attributes = DEFAULT.sub("", attributes) + (f' xmlns="{default}"' if default else "")
        for prefix in NAMESPACES.keys() - declared.keys():
            attributes += f' xmlns:{prefix}="{NAMESPACES[prefix]}"'
        self.stack.append(name)
        self.out.append(f"<{name}{attributes}>")
        return True

    def _end(self, name: str) -> bool:
        """Copy the end of an element with the ends that are missing before it; return False at that of the root."""
        local = name.rpartition(":")[2].lower()
        name = SPELLINGS.get(name.lower(), name)
        if name.rpartition(":")[0] in self.foreign:
            return True
        if name in self.stack[self.outside if self.begun >= 0 else 0 :]:
            self._close_to(len(self.stack) - 1 - self.stack[::-1].index(name))
        elif local in ENTRIES and self.begun >= 0:
            self._close_to(self.outside)
        else:
            self._close_leaf()
        return bool(self.stack)

    def _close_leaf(self) -> None:
        """Close an element that holds nothing but a word: another one begins."""
        if self.stack and self.stack[-1].rpartition(":")[2].lower() in LEAVES:
            self.out.append(f"</{self.stack.pop()}>")

    def _close_to(self, depth: int) -> None:
        while len(self.stack) > depth:
            if self.begun >= 0 and len(self.stack) == self.outside + 1:
                self._end_entry()
            self.out.append(f"</{self.stack.pop()}>")

    def _end_entry(self) -> None:
        """Give an entry without a text that of another vocabulary."""
        for local in ("title", "description", "summary"):
            if (said := self.other.get(local)) and (local == "title" or not self.own):
                name = local if local == "title" or self.feed.root != "atom" else "summary"
                empty = f"<{name}></{name}>"
                had = any(part.startswith(f"<{name}") and part != empty for part in self.out[self.begun :])
                if local != "title" or not had:
                    self.out.append(f"<{name}>{said}</{name}>")
                    self.own = self.own or local != "title"
        self.feed.entries += 1
        self.begun, self.outside = -1, 0

    # --- bounds --------------------------------------------------------------------------------

    def _refuse(self, what: str, most: int) -> bool:
        """Leave out the present entry. Raises BoundsError outside of entries."""
        if self.begun < 0:
            raise BoundsError(f"has more than {most} {what}")
        del self.out[self.begun :], self.stack[self.outside :], self.feed.dates[self.dates :]
        self.feed.too_large += 1
        self.begun, self.outside = -1, 0
        edge = EDGE.search(self.text, self.at)
        if edge is None:
            return False
        end = self.text.find(">", edge.end())
        self.at = edge.start() if not edge[1] else end + 1
        return end >= 0

    def _cut(self, name: str) -> bool:
        """Leave out this entry and all that follow; the feed goes on behind the last of them."""
        rest = self.text[self.at :]
        self.feed.left_out = 1 + sum(rest.count(f"<{name}{sign}") for sign in (">", " ", "/", "\n"))
        last = rest.rfind(f"</{name}>")
        self.at += last + len(name) + 3 if last >= 0 else len(rest)
        return True

    # --- texts ---------------------------------------------------------------------------------

    def _text_of(self, name: str, attributes: str) -> str:
        """Return the text of an element, escaped, and go behind its end."""
        inner = self._inner(name)
        if is_type(attributes, "text", "text/plain") and "<" not in inner:
            return inner.replace("&", "&amp;")
        return as_html(inner)

    def _inner(self, name: str) -> str:
        """Return what stands in an element, as written, and go behind its end, or to where it must have ended."""
        begin, closing = self.at, f"</{name}"
        end = self._find_end(closing, begin)
        if end < 0:
            found = NEXT.search(self.text, begin)
            end = found.start() if found else len(self.text)
            self.at = end
        else:
            self.at = self.text.find(">", end) + 1 or len(self.text)
        return self.text[begin:end]

    def _find_end(self, closing: str, begin: int) -> int:
        """Return where an element ends; -1 where its entry, or the next element of the feed, comes before its end."""
        at, end = begin, self.places.next(closing, begin)
        while end >= 0 and 0 <= (section := self.places.next("<![CDATA[", at)) < end:
            at = self.places.next("]]>", section) + 3
            if at < 3:
                return -1
            if at > end:  # the end that was found stood in a section
                end = self.places.next(closing, at)
        if end < 0:
            return -1
        return -1 if self.text.find("<", at, end) >= 0 and self.places.next_edge(at) < end else end
