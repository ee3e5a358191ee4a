"""Writes timeline/extraction/hant.txt: Traditional characters and, below, the Simplified ones, from opencc.

Only characters whose conversion is again one character; words are never converted, so offsets stay true.
"""

from __future__ import annotations

from pathlib import Path

import opencc

TARGET = Path(__file__).resolve().parents[1] / "timeline" / "extraction" / "hant.txt"
BLOCKS = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)]
BY_HAND = {
    "臺": "台",
    "週": "周",
    "裡": "里",
    "於": "于",
    "麽": "么",
    "妳": "你",
    "着": "着",
    "祕": "秘",
    "佈": "布",
    "嚐": "尝",
}


def main() -> None:
    convert = opencc.OpenCC("t2s").convert
    pairs = {}
    for first, last in BLOCKS:
        for code in range(first, last + 1):
            simple = convert(chr(code))
            if len(simple) == 1 and simple != chr(code):
                pairs[chr(code)] = simple
    pairs |= {t: s for t, s in BY_HAND.items() if t != s}
    TARGET.write_text("".join(pairs) + "\n" + "".join(pairs.values()) + "\n", "utf-8")
    print(f"{len(pairs)} characters")


if __name__ == "__main__":
    main()
