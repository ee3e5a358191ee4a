"""Strangers' markup as characters: has it tags, what is it without them. One pass each, whatever it holds."""

from __future__ import annotations

import html
import re

OPENING = re.compile(r"<[a-zA-Z!/]")
ENTITY = re.compile(r"&[a-zA-Z#][a-zA-Z0-9]*+;")
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^<>]*?(/?)>")
LONG_NUMBER = re.compile(r"&#[0-9]{20,}+;?")  # stands for no character, and Python refuses to read 4,301 digits


def has_tag(markup: str) -> bool:
    """Whether anything in it would be read as a tag, a comment or an entity."""
    opening = OPENING.search(markup)
    if opening is not None and markup.rfind(">") > opening.start():
        return True
    return ENTITY.search(markup) is not None


def unescaped(text: str) -> str:
    """`html.unescape` that never raises: a number too long to be read stands for no character."""
    return html.unescape(LONG_NUMBER.sub("\ufffd", text))
