"""Strangers' markup as characters: has it tags, may a parser see it, what is it without them. One pass each."""

from __future__ import annotations

import html
import re
from collections import Counter

OPENING = re.compile(r"<[a-zA-Z!/]")
ENTITY = re.compile(r"&[a-zA-Z#][a-zA-Z0-9]*+;")
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^<>]*?(/?)>")
LONG_NUMBER = re.compile(r"&#[0-9]{20,}+;?")  # stands for no character, and Python refuses to read 4,301 digits

# What an HTML parser does is squared in each of these (it looks through all open elements at every tag, opens all
# unclosed styles anew in every paragraph, compares each attribute of a tag with the others). Of 20,000 articles, none
# has more than 826 tags.
MAX_TAGS = 40_000
MAX_DEPTH = 1_000
MAX_CLONES = 600_000  # elements that a parser may make of styles that are left open
MAX_PAIRS = 50_000_000  # of attributes of one tag, in all tags together
NAME = re.compile(r"(/?)([a-zA-Z][^\s/>]*+)")
WELL_FORMED = re.compile(  # what follows `<`, up to its `>`, where no two parsers can differ about which that is
    r"/?[a-zA-Z][^\s\"'<>=/]*+"
    r"(?:[\s/]++(?:[^\s\"'<>=/]++(?:\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'<>=`]++))?+)?+)*+>"
)
ATTRIBUTE = re.compile(r"[\s/\"']+")  # each attribute but the first of a tag stands behind one
STYLES = frozenset("b big code em font i nobr s small strike strong tt u".split())
# Void, or closed by the next of their kind: they nest only with others between; and the empty shapes of SVG.
UNNESTED = frozenset("area base br col embed hr img input link meta source track wbr param frame".split()) | frozenset(
    "html head body p li dt dd td th tr thead tbody tfoot option path circle ellipse line polygon polyline rect "
    "stop use g".split()
)


def has_tag(markup: str) -> bool:
    """Whether anything in it would be read as a tag, a comment or an entity."""
    opening = OPENING.search(markup)
    if opening is not None and markup.rfind(">") > opening.start():
        return True
    return ENTITY.search(markup) is not None


def is_parsable(markup: str) -> bool:
    """Whether a parser of HTML gets through it in a time and memory that are bounded by its length.

    Counts from above: what may be a tag is one, what may be unclosed is open.
    """
    if markup.count("<") > MAX_TAGS:
        return False
    pieces = markup.split("<")[1:]
    unclosed = Counter[str]()
    depth = pairs = of_page = odd = 0
    styles = set[str]()
    sure = True  # that a piece does not begin within a tag
    for index, piece in enumerate(pieces):
        named = NAME.match(piece)
        tag = WELL_FORMED.match(piece) if named is not None else None
        sure = sure and (named is None or tag is not None)
        name = named[2].lower() if named is not None else ""
        written = piece if not sure else tag[0] if tag is not None else ""
        attributes = len(ATTRIBUTE.findall(written))
        of_page += attributes if name in ("html", "body") else 0  # there is one, with the attributes of all
        pairs += attributes * (of_page if name in ("html", "body") else attributes)
        if named is not None and named[1]:
            depth -= unclosed[name] > 0
            unclosed[name] -= unclosed[name] > 0
        elif name and name not in UNNESTED:
            depth += 1
            unclosed[name] += 1
            if name in STYLES and not (tag is not None and _closes(name, pieces[index + 1 : index + 2])):
                odd += tag is None
                styles.add(tag[0] if tag is not None else str(odd))
        # a parser keeps at most three unclosed styles that are written alike
        if depth > MAX_DEPTH or pairs > MAX_PAIRS or 3 * len(styles) * len(pieces) > MAX_CLONES:
            return False
    return True


def _closes(name: str, pieces: list[str]) -> bool:
    """Whether the piece right behind a tag closes it."""
    return any(piece[: len(name) + 2].lower() == f"/{name}>" for piece in pieces)


def without_tags(markup: str) -> list[str]:
    """Return the text between the tags in pieces, without blank ones: for markup that no parser should see."""
    return [piece for piece in unescaped(TAG.sub("\n", markup)).split("\n") if piece.strip()]


def unescaped(text: str) -> str:
    """`html.unescape` that never raises: a number too long to be read stands for no character."""
    return html.unescape(LONG_NUMBER.sub("\ufffd", text))
