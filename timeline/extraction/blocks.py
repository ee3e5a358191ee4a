"""The blocks of an article's markup in order, without what stands around an article: told by its structure.

A block is what begins on a line of its own. Left out with all that it holds: what is no text, what its name says is
an advert or a form, captions, galleries, lists of nothing but links.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

GONE = (
    "script,style,noscript,template,iframe,object,embed,form,select,textarea,svg,canvas,video,audio,"
    "head,title,nav,figcaption,share-button,share-modal,[hidden],[data-share-root],[data-root-share]"
)
GONE_WITHOUT_TEXT = "button,input"  # removed after they have shown where a form is
# Names of what newsrooms put around an article, as the words of classes and ids (`bottomArticleBanner`, `pic-info`).
AROUND = frozenset(
    "share social advert advertisement adslot ad ads dfp promo selfpromo newsletter subscribe subscription signup "
    "related recommend recommended recommendation breadcrumb breadcrumbs cookie banner toolbar insert inserta "
    "caption captions copyright picinfo figcaption gallery slideshow carousel tags tagcloud taglist keywords".split()
)
AROUND_NAMES = re.compile(r"(?:^|[\s_-])(?:moreArticle|trustBadge)", re.I)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
BLOCK = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figure footer h1 h2 h3 h4 "
    "h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul br".split()
)
HOLDERS = frozenset("div li section aside dd td span".split())  # that a picture and its caption stand in
FORM_HOLDERS = frozenset("div section aside label span p".split())
MAX_FIELDS = 100  # to fill in, that are looked at
MAX_LISTS = 8  # lists in one another that are looked at; each looks through all that it holds
MAX_MEASURED_CHARS = 20_000_000  # of nodes whose length is asked, since nodes in one another are measured again
MAX_NAMES = 1_000  # characters of the class and id of a node
MAX_FORM_CHARS = 200
MAX_CAPTION_CHARS = 200
MAX_GALLERY_CAPTION_CHARS = 1_500
MOST_OF_A_TEXT = 300  # characters, from which on what holds half of a text is the article, whatever it is named


class Block(NamedTuple):
    """A line of text. `linked`: its characters within links; `small`: all in small print, right behind a picture."""

    text: str
    linked: int = 0
    small: bool = False


class Page:
    """A parsed document: its blocks, and what its pictures say of themselves (`alts`)."""

    def __init__(self, markup: str, around: Collection[str] = ()) -> None:
        """`around`: CSS selectors of what the newsroom puts around its articles."""
        tree = LexborHTMLParser(markup)
        self.blocks: list[Block] = []
        self.alts: set[str] = set()
        self._left = MAX_MEASURED_CHARS
        if tree.body is None:
            return
        for node in tree.css(",".join([GONE, *around])):
            if node.tag not in ("body", "html"):
                node.decompose()
        self.alts = {" ".join((image.attributes.get("alt") or "").split()) for image in tree.css("img[alt]")} - {""}
        self._chars = len(tree.body.text(deep=True))
        for form in self._forms(tree.body):
            form.decompose()
        for node in tree.css(GONE_WITHOUT_TEXT):
            node.decompose()
        self._walk(tree.body)

    def _length(self, node: LexborNode) -> int:
        """Return the number of characters in a node; more than any limit once too much was measured."""
        if self._left <= 0:
            return MAX_MEASURED_CHARS
        found = len(node.text(deep=True).strip())
        self._left -= found
        return found

    def _forms(self, body: LexborNode) -> list[LexborNode]:
        """Return the short parts that exist for a field to fill in, with the words around it."""
        found: list[LexborNode] = []
        for field in body.css("input")[:MAX_FIELDS]:
            form, place = None, field.parent
            while place is not None and place.tag in FORM_HOLDERS:
                chars = self._length(place)
                if chars > MAX_FORM_CHARS or chars * 2 > self._chars:
                    break
                form, place = place, place.parent
            if form is not None and form not in found:
                found.append(form)
        return found

    def _walk(self, root: LexborNode) -> None:
        """Text in order; a block begins a line. A stack of its own: markup may be nested as deep as it likes."""
        line = _Line()
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        lists = 0  # around the node
        while stack:
            node, closing = stack.pop()
            tag = node.tag or ""
            if closing:
                lists -= tag in ("ul", "ol")
                line.closed(tag)
                if tag in BLOCK:
                    self._add(line)
                continue
            if tag == "-text":
                line.add(node.text_content or "")
                continue
            if tag == "img":
                self._add(line)
                line.pictured = True
                continue
            if node is not root and self._is_left_out(node, tag, lists):
                continue
            if tag in BLOCK:
                self._add(line)
            line.opened(tag)
            lists += tag in ("ul", "ol")
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
        self._add(line)

    def _add(self, line: _Line) -> None:
        if block := line.taken():
            self.blocks.append(block)

    def _is_left_out(self, node: LexborNode, tag: str, lists: int) -> bool:
        if tag.startswith(("-", "_")):
            return True  # comments and the like
        if tag in ("ul", "ol") and lists < MAX_LISTS and _only_links(node):
            return True
        return self._is_around(node, tag) or (tag in HOLDERS and self._is_caption(node))

    def _is_around(self, node: LexborNode, tag: str) -> bool:
        """Return whether its name says that it is no part of the article, and it does not hold most of the text."""
        if tag in ("body", "article", "main"):
            return False
        attributes = node.attributes
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if names.isspace() or not (AROUND_NAMES.search(names) or _words(names) & AROUND):
            return False
        chars = self._length(node)
        return chars < MOST_OF_A_TEXT or chars * 2 < self._chars

    def _is_caption(self, node: LexborNode) -> bool:
        """Return whether a node is a picture with its caption: a short one, or one of several side by side."""
        chars = self._pictured(node)
        if not chars:
            return False
        beside = (_beside(node, back=True), _beside(node, back=False))
        in_gallery = any(other is not None and self._pictured(other) for other in beside)
        return in_gallery or (chars <= MAX_CAPTION_CHARS and chars * 2 < self._chars)

    def _pictured(self, node: LexborNode) -> int:
        """Return the length of the text behind the picture with which a node begins; 0 if that is no caption."""
        if node.tag not in HOLDERS:
            return 0
        picture = False
        for child in node.iter(include_text=True):
            blank = child.tag == "-text" and not (child.text_content or "").strip()
            if child.tag == "img" or (child.tag in ("a", "picture") and child.css_first("img")):
                picture = True
            elif (not picture and not blank) or (child.tag in BLOCK and child.tag != "br"):
                return 0
        chars = self._length(node) if picture else 0
        return chars if chars <= MAX_GALLERY_CAPTION_CHARS else 0


class _Line:
    """The pieces of a line that is being read; they are joined once: adding to a string copies it."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.links = self.smalls = self.linked = self.large = 0
        self.pictured = False

    def add(self, text: str) -> None:
        self.pieces.append(text)
        chars = len(text.strip())
        self.linked += chars if self.links else 0
        self.large += 0 if self.smalls else chars

    def opened(self, tag: str) -> None:
        self.links += tag == "a"
        self.smalls += tag == "small"

    def closed(self, tag: str) -> None:
        self.links -= tag == "a"
        self.smalls -= tag == "small"

    def taken(self) -> Block | None:
        """Return the block that ends here, and begin the next; None if it is blank."""
        text = "".join(self.pieces)
        found = None
        if text and not text.isspace():
            found = Block(text, self.linked, self.pictured and not self.large)
            self.pictured = False
        self.pieces.clear()
        self.linked = self.large = 0
        return found


def _words(names: str) -> set[str]:
    names = names[:MAX_NAMES]
    return {word.lower() for word in WORD.findall(names)} | set(re.split(r"[\s_-]+", names.lower()))


def _beside(node: LexborNode, back: bool) -> LexborNode | None:
    """Return the next element on one side, blanks and comments left out."""
    other = node.prev if back else node.next
    for _ in range(3):
        if other is None or (not (other.tag or "-").startswith("-") and other.tag != "br"):
            return other
        if other.tag == "-text" and (other.text_content or "").strip():
            return None
        other = other.prev if back else other.next
    return None


def _only_links(node: LexborNode) -> bool:
    """Return whether every entry of a list is nothing but a link: headlines of other articles."""
    entries = node.css("li")
    if not entries:
        return False
    linked = sum(len(a.text(deep=True)) for a in node.css("li a"))
    return linked * 10 > 9 * max(1, len(node.text(deep=True).strip()))
