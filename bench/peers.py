"""Run by speed.py in the peers' own environment: `peers.py NAME JOB.json` prints the seconds for all texts."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import datetime


def jionlp_reader(words: list[str]) -> Callable[[str, datetime], object]:
    import jionlp  # noqa: PLC0415

    def read(text: str, anchor: datetime) -> object:
        return jionlp.ner.extract_time(text, time_base=time.mktime(anchor.timetuple()))

    return read


def dateparser_reader(words: list[str]) -> Callable[[str, datetime], object]:
    from dateparser.search import search_dates  # noqa: PLC0415

    return lambda text, anchor: search_dates(text, languages=["zh"], settings={"RELATIVE_BASE": anchor})


def re_reader(words: list[str]) -> Callable[[str, datetime], object]:
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
    return lambda text, anchor: pattern.findall(text)


def re2_reader(words: list[str]) -> Callable[[str, datetime], object]:
    import re2  # noqa: PLC0415

    pattern = re2.compile("|".join(map(re2.escape, sorted(words, key=len, reverse=True))))
    return lambda text, anchor: pattern.findall(text)


def aho_reader(words: list[str]) -> Callable[[str, datetime], object]:
    import ahocorasick  # noqa: PLC0415

    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return lambda text, anchor: list(automaton.iter(text))


READERS = {
    "JioNLP": jionlp_reader,
    "dateparser search": dateparser_reader,
    "re, words alone": re_reader,
    "google-re2, words alone": re2_reader,
    "Aho-Corasick, words alone": aho_reader,
}


def main(name: str, path: str) -> None:
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    read = READERS[name](job["words"])
    texts = [(text, datetime.fromisoformat(day)) for text, day in job["texts"]]
    read(*texts[0])
    begun = time.perf_counter()
    for text, anchor in texts:
        try:
            read(text, anchor)
        except Exception:  # a peer that fails on a text has still spent its time
            continue
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
