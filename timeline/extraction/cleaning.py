"""From markup to the text that is shown, stored, and pointed into by every offset.

One paragraph a line. What is no part of the article is left out: scripts, share links, adverts, captions, lists of
other headlines, the archive's own tail, who edited it. Works on anything, in linear time; never raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from timeline.extraction.blocks import Block, Page
from timeline.extraction.markup import has_tag, is_parsable, without_tags
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
TAIL = re.compile(PHRASES["tail"], re.I)
DROPPED = re.compile(PHRASES["dropped"], re.I)
STAMP = re.compile(PHRASES["stamp"], re.I)
CREDITS = re.compile(PHRASES["credits"], re.I)
CREDIT_AT_END = re.compile(PHRASES["credit_at_end"], re.I)
CAPTION = re.compile(PHRASES["caption"], re.I)
AUTHOR = re.compile(PHRASES["author"], re.I)
SENTENCE = re.compile(PHRASES["sentence"])
SAID = re.compile(r"\w")  # what says anything
SPACE = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
MAX_LINES = 5_000  # that are looked at; of 20,000 articles none has more than 1,000
MAX_LINE = 400  # characters of a line that may be none of the article; a longer one is a paragraph
HEAD, END = 3, 8  # lines at the beginning that may repeat the title, at the end that may say who wrote it


@dataclass(frozen=True, slots=True)
class Around:
    """What one newsroom puts around its articles: CSS selectors of parts, and patterns of whole lines."""

    selectors: tuple[str, ...] = ()
    lines: re.Pattern[str] | None = None


NOTHING = Around()


def clean(markup: str, title: str = "", around: Around = NOTHING) -> str:
    """Return the text of an article: paragraphs joined by newlines, without blank lines and control characters.

    `title` is left out where the text only repeats it at its beginning. In text without any tag nothing but whole
    lines is left out. `around`: what its newsroom is known to put around its articles.
    """
    blocks, alts = _blocks(CONTROL.sub("", markup), around)
    kept: list[Block] = []
    for block in blocks[:MAX_LINES]:
        line = _line(block.text)
        if TAIL.fullmatch(line) and kept:
            return _text(kept)
        if not line or DROPPED.search(line) or _is_no_paragraph(line, around):
            continue
        if block.small or line in alts or (len(kept) < HEAD and line == title):
            continue
        kept.append(block._replace(text=line))
    if len(blocks) > MAX_LINES:
        lines = [block.text for block in kept] + [_line(block.text) for block in blocks[MAX_LINES:]]
        return "\n".join(line for line in lines if line)
    return _text(kept)


def _line(text: str) -> str:
    return SPACE.sub(" ", CONTROL.sub("", text)).strip()  # controls once more: an entity may have named one


def _text(blocks: list[Block]) -> str:
    return "\n".join(_without_ends([block.text for block in _without_headlines(blocks)]))


def _blocks(markup: str, around: Around) -> tuple[list[Block], set[str]]:
    if not has_tag(markup):
        return [Block(line) for line in markup.split("\n")], set()
    if not is_parsable(markup):
        return [Block(line) for line in without_tags(markup)], set()
    page = Page(markup, around.selectors)
    return page.blocks, page.alts


def _is_no_paragraph(line: str, around: Around) -> bool:
    """Return whether a line is a rule, a machine's stamp, a caption by its credit, or one its newsroom repeats."""
    if len(line) > MAX_LINE:
        return False
    if not SAID.search(line) or STAMP.fullmatch(line) or CAPTION.search(line):
        return True
    return around.lines is not None and around.lines.fullmatch(line) is not None


def _without_headlines(blocks: list[Block]) -> list[Block]:
    """Leave out runs of two and more blocks that are nothing but links: headlines of other articles."""
    are_links = [
        block.linked * 10 > 9 * len(block.text.replace(" ", "")) and not SENTENCE.search(block.text) for block in blocks
    ]
    kept = []
    for index, block in enumerate(blocks):
        beside = are_links[max(0, index - 1) : index + 2]
        if not (are_links[index] and sum(beside) > 1):
            kept.append(block)
    return kept


def _without_ends(lines: list[str]) -> list[str]:
    """Leave out who wrote, translated and edited the article, before its first and behind its last sentence."""
    for _ in range(END):
        if len(lines) < 2 or len(lines[-1]) > MAX_LINE or not (CREDITS.search(lines[-1]) or AUTHOR.match(lines[-1])):
            break
        lines = lines[:-1]
    return [line for line in (CREDIT_AT_END.sub("", line).rstrip() for line in lines) if line]
