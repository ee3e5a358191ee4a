"""Decode the bytes of a feed or page. Declared encodings are often wrong, so the content decides first.

In this order: a byte order mark; UTF-8, where all of it is valid; what the document declares (XML declaration, meta);
what the header declares; then whichever of GB18030 and Big5 gives more of the commonest Chinese characters. A declared
encoding that gives far fewer of these than another one is taken for a mistake.
"""

from __future__ import annotations

import codecs
import re

from timeline.extraction.phrases import phrases_of
from timeline.extraction.script import EAST_ASIAN

PHRASES = phrases_of(__name__)
MAX_DECLARATION_BYTES = 4096  # bytes in which a document declares its encoding
XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*+=\s*+[\"']\s*+([\w.:-]{1,40})", re.I)
META = re.compile(rb"<meta[^>]{0,300}?charset\s*+=\s*+[\"']?+\s*+([\w.:-]{1,40})", re.I)
HEADER = re.compile(r"charset\s*+=\s*+[\"']?+\s*+([\w.:-]{1,40})", re.I)
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)
# Supersets to use for a declared encoding (WHATWG, Encoding Standard).
SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
}
NOT_OF_TEXTS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})
GUESSES = ("gb18030", "big5hkscs")
# The commonest characters of news in both scripts: a wrong guess gives rare ones.
COMMON = frozenset(PHRASES["common"])
MIN_HAN_CHARS = 8  # for a judgement
MAX_LOST_SHARE = 0.02  # of characters; from there on bytes are not text


class DecodeError(ValueError):
    """No encoding gives a text; the message says which were tried."""


def decode(data: bytes, content_type: str = "") -> str:
    """Return the text of a document. Raises DecodeError."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace").removeprefix("\ufeff")
    try:
        return codecs.getincrementaldecoder("utf-8")("strict").decode(data)  # drops an incomplete character at the end
    except UnicodeDecodeError:
        pass
    declared = list(dict.fromkeys(_declared(data, content_type)))
    texts = {name: data.decode(name, "replace") for name in dict.fromkeys((*declared, *GUESSES))}
    best = max(texts, key=lambda name: _commonness(texts[name]))
    chosen = next((name for name in declared if _lost(texts[name]) < MAX_LOST_SHARE), best)
    if _commonness(texts[best]) > 3 * _commonness(texts[chosen]):
        chosen = best
    if _lost(texts[chosen]) >= MAX_LOST_SHARE:
        tried = ", ".join(["utf-8", *texts])
        raise DecodeError(f"is in no encoding that gives a text (tried {tried})")
    return texts[chosen]


def _declared(data: bytes, content_type: str) -> list[str]:
    """Return the encodings declared in the document, then in the header, as Python's names, without unknown ones."""
    head = data[:MAX_DECLARATION_BYTES]
    declarations = [m[1].decode("ascii") for m in (XML.search(head), META.search(head)) if m]
    if m := HEADER.search(content_type):
        declarations.append(m[1])
    names = []
    for name in declarations:
        try:
            known = codecs.lookup(name)
        except (LookupError, ValueError):
            continue
        if getattr(known, "_is_text_encoding", True) and known.name not in NOT_OF_TEXTS:
            names.append(SUPERSETS.get(known.name, SUPERSETS.get(name.lower(), known.name)))
    return names


def _commonness(text: str) -> float:
    """Return the share of common characters among the Chinese ones, from 0 to 1, reduced for lost characters.

    0 where there are fewer than ENOUGH.
    """
    han = EAST_ASIAN.findall(text[:200_000])
    if len(han) < MIN_HAN_CHARS:
        return 0.0
    return sum(c in COMMON for c in han) / len(han) * (1 - min(1.0, 10 * _lost(text)))


def _lost(text: str) -> float:
    return text.count("\ufffd") / max(1, sum(not c.isascii() for c in text[:1_000_000]))
