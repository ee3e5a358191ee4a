"""Texts of feeds as HTML: whether they were written as escaped text, sections, child elements or XHTML."""

from __future__ import annotations

import html
import re

import nh3

SECTION = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.S)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
TYPE = re.compile(r"\s(?:type|mode)\s*=\s*(\"[^\"]*\"|'[^']*')")
PREFIX = re.compile(r"(</?)[A-Za-z_][\w.-]*:(?=[A-Za-z])")
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
SELF_CLOSED = re.compile(r"<([A-Za-z][A-Za-z0-9]*+)((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
BREAKS = frozenset("br p div li hr tr h1 h2 h3".split())
NAMES = frozenset(nh3.ALLOWED_TAGS) | frozenset("font nobr script style center u s".split())
CLOSING = re.compile(r"</([A-Za-z][A-Za-z0-9]*)\s*>")
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?=[\s/>])[^<>]*>")


def as_html(inner: str) -> str:
    """Return what stands in an element, as written in XML, as the escaped text of HTML."""
    if "<" not in inner:
        return inner
    stripped = inner.strip()
    if stripped.startswith("<![CDATA[") and stripped.find("]]>") == len(stripped) - 3:
        return stripped
    rest = SECTION.sub("", inner)
    if "<" not in rest:  # sections, and text that is escaped
        return SECTION.sub(lambda found: html.escape(found[1], quote=False), inner)
    markup = SECTION.sub(lambda found: found[1], COMMENT.sub("", inner))
    markup = SELF_CLOSED.sub(_opened, PREFIX.sub(r"\1", markup))
    return html.escape(markup.strip(), quote=False)


def _opened(found: re.Match[str]) -> str:
    """Write an element that XML closes in its begin as HTML does: void, or with an end of its own."""
    name, rest = found[1], found[2]
    if not rest.endswith("/") or name.lower() in VOID:
        return found[0]
    return f"<{name}{rest[:-1]}></{name}>"


def is_type(attributes: str, *types: str) -> bool:
    """Return whether the attributes of an element say that it is of one of these types."""
    return any(value.strip("\"'").lower() in types for value in TYPE.findall(attributes))


def without_type(attributes: str) -> str:
    """Return attributes that say HTML where they say a type."""
    return TYPE.sub(' type="html"', attributes, count=1) if TYPE.search(attributes) else attributes


def plain_title(text: str) -> str:
    """Return a title without the tags of HTML; what else stands between angle brackets is text."""
    if "<" not in text:
        return text
    closed = {name.lower() for name in CLOSING.findall(text)}

    def rest(found: re.Match[str]) -> str:
        name = found[1].lower()
        is_tag = name in NAMES and (name in closed or name in VOID)
        return found[0] if not is_tag else " " if name in BREAKS else ""

    return TAG.sub(rest, text)
