"""From markup to the text that is shown, stored, and pointed into by every offset.

One paragraph a line. What is no part of the article is left out: scripts, share links, adverts, lists of
other headlines, the archive's own tail. Works on anything, in linear time; never raises.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from timeline.extraction.markup import has_tag, is_parsable, unescaped, without_tags
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
GONE = (
    "script,style,noscript,template,iframe,object,embed,form,button,input,select,textarea,svg,canvas,video,audio,"
    "head,title,nav,share-button,share-modal,[hidden],[data-share-root],[data-root-share]"
)
# Class names and ids of what newsrooms put around an article.
AROUND = re.compile(
    r"(?:^|[-_ ])(?:share|social|advert|adslot|ad|ads|dfp|promo|selfpromo|newsletter|subscribe|related|"
    r"recommend|moreArticle|moreArticle-link|breadcrumb|cookie|banner|toolbar|trustBadge\w*|"
    r"bottomArticleBanner|inserta?)(?:$|[-_ ])",
    re.I,
)
BLOCK = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4 "
    "h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul br".split()
)
TAIL = re.compile(PHRASES["tail"])
DROPPED = re.compile(PHRASES["dropped"])
SPACE = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
MAX_LISTS = 8  # lists in one another that are looked at; each looks through all that it holds


def clean(markup: str, title: str = "") -> str:
    """Return the text of an article: paragraphs joined by newlines, without blank lines and control characters.

    `title` is left out where the text only repeats it at its beginning. Text without any tag is taken as it is.
    """
    markup = CONTROL.sub("", markup)
    lines = _paragraphs(markup) if has_tag(markup) else markup.split("\n")
    kept: list[str] = []
    for line in lines:
        if not line or line.isspace():
            continue
        line = SPACE.sub(" ", CONTROL.sub("", line)).strip()  # once more: an entity may have named one
        if TAIL.fullmatch(line) and kept:
            break
        if not line or DROPPED.search(line):
            continue
        if len(kept) < 3 and line == title:
            continue
        kept.append(line)
    return "\n".join(kept)


def _paragraphs(markup: str) -> list[str]:
    if not is_parsable(markup):
        return without_tags(markup)
    tree = LexborHTMLParser(markup)
    body = tree.body
    if body is None:
        return [unescaped(markup)]
    for node in tree.css(GONE):
        if node.tag not in ("body", "html"):
            node.decompose()
    return _walk(body)


def _walk(root: LexborNode) -> list[str]:
    """Text in order; a block begins a line. A stack of its own: markup may be nested as deep as it likes."""
    lines: list[str] = []
    line: list[str] = []  # pieces, joined once: adding to a string copies it
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    lists = 0  # around the node
    while stack:
        node, closing = stack.pop()
        if closing:
            lines.append("".join(line))
            line.clear()
            lists -= node.tag == "ul"
            continue
        if node.tag == "-text":
            line.append(node.text_content or "")
            continue
        if node is not root and (_is_around(node) or (node.tag == "ul" and lists < MAX_LISTS and _only_links(node))):
            continue
        block = node.tag in BLOCK
        if block:
            lines.append("".join(line))
            line.clear()
            stack.append((node, True))
            lists += node.tag == "ul"
        children = list(node.iter(include_text=True))
        stack.extend((child, False) for child in reversed(children))
    lines.append("".join(line))
    return lines


def _is_around(node: LexborNode) -> bool:
    if node.tag is None or node.tag.startswith(("-", "_")):
        return True  # comments and the like
    attributes = node.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return AROUND.search(names) is not None and node.tag not in ("body", "article", "main")


def _only_links(node: LexborNode) -> bool:
    """Return whether every entry of a list is nothing but a link: headlines of other articles."""
    entries = node.css("li")
    if not entries:
        return False
    linked = sum(len(a.text(deep=True)) for a in node.css("li a"))
    return linked * 10 > 9 * max(1, len(node.text(deep=True).strip()))
