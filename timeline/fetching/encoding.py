"""Decode the bytes of a feed or page: what is declared holds, unless the bytes speak against it clearly.

In this order: a byte order mark; UTF-8, where the bytes form its sequences (which no other encoding does by chance);
what the document declares (XML declaration, meta); what the header declares; a guess by charset-normalizer. A declared
encoding is overruled by GB18030 or Big5 where one of them gives Chinese text, told by the share of its commonest
characters. A byte that fits nowhere becomes one U+FFFD, and what surrounds it is read.
"""

from __future__ import annotations

import codecs
import re

import webencodings
from charset_normalizer import from_bytes

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
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNMARKED = re.compile(rb"\s?[<{\[]\x00[^\x00]|\x00[<{\[]\x00")  # UTF-16 without a mark: every other byte is NUL
# Supersets to use for what is declared (WHATWG, Encoding Standard), by the names of Python's codecs.
SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "ascii": "cp1252",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
NOT_OF_TEXTS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})
WIDE = ("utf-16", "utf-32")  # a document that declares them in single bytes is not written in them
SHIFTING = frozenset({"iso2022_jp", "hz"})  # written in ASCII alone, so valid UTF-8
OF_NEIGHBOURS = frozenset({"cp949", "cp932", "euc_jp"})  # whoever declares them writes Korean or Japanese
DOUBLE = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp"})
GUESSES = ("gb18030", "big5hkscs")
# What charset-normalizer chooses from: what newsrooms used to write in.
GUESSED = [
    *("cp949", "cp932", "euc_jp", "gb18030", "big5hkscs", "cp1252", "cp1251", "koi8_r", "cp1250", "iso8859_2"),
    *("cp1253", "cp1254", "cp1255", "cp1256", "cp874", "cp1257", "cp1258"),
]
MAX_CHAOS = 0.05  # more than the best guess has, by which charset-normalizer tells noise
# The commonest characters of news in both scripts: a wrong guess gives rare ones.
COMMON = frozenset(PHRASES["common"])
KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7a3]")
HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
HIGH_RUN = re.compile("[\x80-\U0010ffff]+")
PIECE = re.compile(
    rb"(?<![ -%'-:=?-\x7f])[ -%'-:=?-\x7f]*+[\x80-\xff][^<>&;\x00-\x1f]*+"
)  # of a text, without its markup
MIN_HAN_CHARS = 8  # for a judgement
MIN_RUN_CHARS = 2  # of Chinese on average between two characters of ASCII
MIN_COMMON_SHARE = 0.14  # of what is surely Chinese: measured, Chinese has 0.17 and more, others 0.11 and less
MAX_LOST_SHARE = 0.1  # of characters; from there on an encoding does not fit
FIRST_HALF = 0x40  # the least byte that may be the second of a character
MAX_STRAYS = 20  # bytes of a document that are looked at one by one
MAX_RUN_BYTES = 200  # that are tried again without one of them
MAX_GUESSED_BYTES = 20_000
SHORT = 20  # characters of UTF-8 that may be there by chance


class DecodeError(ValueError):
    """No encoding gives a text; the message says which were tried."""


def decode(data: bytes, content_type: str = "") -> str:
    """Return the text of a document, with U+FFFD for bytes that fit nowhere. Raises DecodeError."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace").removeprefix("\ufeff")
    if UNMARKED.match(data):
        return data.decode("utf-16-be" if data.startswith(b"\x00") else "utf-16-le", "replace")
    declared = _declared(data, content_type)
    text, well_formed, lost = _utf8(data)
    named = [name for name in declared if name != "utf-8"]
    if not lost:
        return data.decode(named[0], "replace") if named and _is_declared(data, text, named[0]) else text
    sure = 5 * lost if named else lost
    if well_formed >= max(sure, 1):
        return text
    chosen, name = next(((found, name) for name in named if (found := _fitting(data, name))), (None, ""))
    if name not in OF_NEIGHBOURS and (chinese := _chinese(data, chosen or "")):
        return chinese
    return chosen if chosen is not None else _guessed(data, ["utf-8", *named, *GUESSES])


def _declared(data: bytes, content_type: str) -> list[str]:
    """Return the encodings declared in the document, then in the header, as Python's names, without unknown ones."""
    head = data[:MAX_DECLARATION_BYTES]
    declarations = [m[1].decode("ascii") for m in (XML.search(head), META.search(head)) if m]
    if m := HEADER.search(content_type):
        declarations.append(m[1])
    names = []
    for label in declarations:
        known = webencodings.lookup(label)
        try:
            codec = known.codec_info if known is not None else codecs.lookup(label)
        except (LookupError, ValueError):
            continue
        is_text = getattr(codec, "_is_text_encoding", True) and codec.name not in NOT_OF_TEXTS
        if is_text and not codec.name.startswith(WIDE):
            names.append(SUPERSETS.get(codec.name, codec.name))
    return list(dict.fromkeys(names))


def _utf8(data: bytes) -> tuple[str, int, int]:
    """Return the text in UTF-8, the number of its characters beyond ASCII, and of its wrong bytes.

    A character that is cut off at the end is left out.
    """
    try:
        text = codecs.getincrementaldecoder("utf-8")("strict").decode(data)
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    else:
        return text, 0, 0
    beyond = sum(map(len, HIGH_RUN.findall(text)))
    lost = text.count("\ufffd")
    return text, beyond - lost, lost


def _is_declared(data: bytes, text: str, name: str) -> bool:
    """Return whether the declared encoding is meant, although the bytes are valid UTF-8, with this text."""
    if name in SHIFTING:
        return b"\x1b" in data or b"~{" in data
    # A few characters of two bytes, none of them alone: words of Korean or Chinese that are UTF-8 by chance.
    runs = HIGH_RUN.findall(text) if name in DOUBLE else []
    return bool(runs) and max(map(max, runs)) < "\u0800" and min(map(len, runs)) > 1 and sum(map(len, runs)) < SHORT


def _fitting(data: bytes, name: str) -> str | None:
    """Return the text in an encoding; None where too much of it fits nowhere."""
    text = _tolerant(data, name)
    lost = text.count("\ufffd")
    return text if lost <= 2 or lost <= MAX_LOST_SHARE * sum(map(len, HIGH_RUN.findall(text))) else None


def _tolerant(data: bytes, name: str) -> str:
    """Decode; in an encoding of two bytes a stray one does not shift the pairs behind it."""
    if name not in DOUBLE:
        return data.decode(name, "replace")
    parts, strays = list[str](), 0
    for piece in data.split(b"]]>"):  # which a stray byte in front of it would take apart
        at = 0
        while True:
            try:
                parts.append(piece[at:].decode(name))
                break
            except UnicodeDecodeError as e:
                wrong, strays = at + e.start, strays + 1
            if strays > MAX_STRAYS:
                parts.append(piece[at:].decode(name, "replace"))
                break
            begin, end = _run(piece, at, wrong)
            parts.append(piece[at:begin].decode(name, "replace"))
            parts.append(_without_stray(piece[begin:end], name) or piece[begin:end].decode(name, "replace"))
            at = end
        parts.append("]]>")
    return "".join(parts[:-1])


def _run(data: bytes, first: int, wrong: int) -> tuple[int, int]:
    """Return where the bytes begin and end around a wrong one that may all be halves of characters."""
    begin, end = wrong, wrong + 1
    while begin > max(first, wrong - MAX_RUN_BYTES) and data[begin - 1] >= FIRST_HALF:
        begin -= 1
    while end < min(len(data), wrong + MAX_RUN_BYTES) and data[end] >= FIRST_HALF:
        end += 1
    return begin, end


def _without_stray(run: bytes, name: str) -> str:
    """Return the text of a run of bytes without the one that fits worst, U+FFFD in its place; "" where none helps."""
    best, text = -1, ""
    for left_out in range(len(run)):
        try:
            before, after = run[:left_out].decode(name), run[left_out + 1 :].decode(name)
        except UnicodeDecodeError:
            continue
        usual = sum(c in COMMON for c in before + after) + len(KANA_OR_HANGUL.findall(before + after))
        if usual > best:
            best, text = usual, f"{before}\ufffd{after}"
    return text


def _chinese(data: bytes, chosen: str) -> str:
    """Return the text in GB18030 or Big5 where that is Chinese and the chosen one is not; "" otherwise."""
    texts = {name: _tolerant(data, name) for name in GUESSES}
    shares = {name: _commonness(text) for name, text in texts.items()}
    best = max(shares, key=lambda name: shares[name])
    clear = shares[best] >= MIN_COMMON_SHARE and shares[best] > 3 * _commonness(chosen)
    runs = HIGH_RUN.findall(texts[best][:1_000_000])
    # What is read out of letters with accents stands alone between others.
    return texts[best] if clear and sum(map(len, runs)) >= MIN_RUN_CHARS * len(runs) else ""


def _guessed(data: bytes, tried: list[str]) -> str:
    """Return the text in the encoding that charset-normalizer finds. Raises DecodeError."""
    pieces = b"\n".join(PIECE.findall(data[:1_000_000]))[:MAX_GUESSED_BYTES]
    found = from_bytes(pieces, cp_isolation=GUESSED)
    # Encodings of one alphabet differ in few letters: the most fitting language decides between them.
    alike = [match for match in found if match.chaos <= found[0].chaos + MAX_CHAOS]
    for match in sorted(alike, key=lambda match: -match.coherence)[:1]:
        if (text := _fitting(data, match.encoding)) is not None:
            return text
    if sum(map(len, HIGH_BYTES.findall(data))) * 10 < len(data):  # a few bytes of a text that is ASCII otherwise
        return data.decode("cp1252", "replace")
    raise DecodeError(f"is in no encoding that gives a text (tried {', '.join(dict.fromkeys(tried))})")


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
