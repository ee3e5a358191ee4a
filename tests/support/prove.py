"""Take away each entry of the language data in turn, and name those whose loss no example notices.

An entry is a rule, a row, a word of a list or a table, an alternative of a regular expression, one character of a class
of Chinese characters, or a whole key. What the format itself needs (its loss is refused) is not counted.

    python -m tests.support.prove                            every part; hours
    python -m tests.support.prove events-zh dates-zh         these parts
    python -m tests.support.prove dates-zh --share 1/8       the first eighth of the entries of each part
    python -m tests.support.prove dates-zh --only words      entries below a key
    python -m tests.support.prove --rules                    whole rules, modifiers and triggers: some minutes

Countries, blocs, persons, places and laws are no parts: they are facts, right whether an example names them or not.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import re
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support import date_examples, event_examples
from timeline.extraction.dates.grammar import load
from timeline.extraction.events import found
from timeline.extraction.events.lexicon import Lexicon
from timeline.extraction.script import fold

LANGUAGES = ("zh", "en")
EXTRACTION = Path("timeline/extraction")
HAN = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[^\[\](){}|?*+.\\^$]+")
LISTED = re.compile(r"[^\[\](){}|?*+.\\^$ ]+(?: [^\[\](){}|?*+.\\^$ ]+)+")  # words with blanks between them
LABELS = frozenset({"name", "language"})  # which no text needs
NAMES = frozenset(
    "name language kind type stage form rule traits level meaning status role".split()
)  # keys of the program itself, whose values are no words of a text


@dataclass(frozen=True)
class Entry:
    """What is taken away: what lies at `path`; of a text there, the characters of `cut` (half-open)."""

    path: tuple[str | int, ...]
    text: str
    cut: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.text[:80]}"

    @property
    def word(self) -> str:
        """The entry as the word of a text, folded; "" for a pattern, a row, or a name of the program's own."""
        own = any(key in NAMES for key in self.path)
        is_word = self.cut is None and not own and WORD.fullmatch(self.text) and not self.text.startswith("=")
        return fold(self.text).lower() if is_word else ""


# --- entries ------------------------------------------------------------------------------------


def entries(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[Entry]:
    """Every entry of a parsed file, outer ones first."""
    pairs: Iterator[tuple[str | int, Any]] = iter(data.items() if isinstance(data, dict) else enumerate(data))
    for key, value in pairs:
        here = (*path, key)
        if key in LABELS:
            continue
        if isinstance(value, dict):
            yield Entry(here, f"= {value.get('name', key)}")
            yield from entries(value, here)
        elif isinstance(value, list):
            yield Entry(here, "= whole list")
            yield from entries(value, here)
        elif isinstance(value, str) and isinstance(data, list):
            yield Entry(here, value)
            yield from (Entry(here, value[a:b].strip("|"), (a, b)) for a, b in alternatives(value))
        else:
            yield Entry(here, str(key))
            if isinstance(value, str):
                yield from (Entry(here, value[a:b].strip("|"), (a, b)) for a, b in alternatives(value))


def alternatives(pattern: str) -> list[tuple[int, int]]:
    """The spans to cut out of a regular expression, one for each alternative and each character of a Chinese class."""
    spans: list[tuple[int, int]] = []
    if HAN.search(pattern) and LISTED.fullmatch(pattern):
        return [match.span() for match in re.finditer(r"\S+(?: |$)", pattern)]
    opened: list[list[int]] = [[0]]  # of each open group: where its alternatives begin
    place = 0
    while place < len(pattern):
        sign = pattern[place]
        if sign == "\\":
            place += 1
        elif sign == "[" and (end := pattern.find("]", place + 1)) > 0:
            inside = pattern[place + 1 : end]
            if len(inside) > 1 and all(map(HAN.match, inside)):
                spans += [(i, i + 1) for i in range(place + 1, end)]
            place = end
        elif sign == "(":
            begin = re.compile(r"\((\?(?::|=|!|<=|<!|>|P<\w+>))?").match(pattern, place)
            assert begin is not None
            opened.append([begin.end()])
            place = begin.end() - 1
        elif sign == "|":
            opened[-1].append(place + 1)
        elif sign == ")" and len(opened) > 1:
            spans += _cuts(opened.pop(), place)
        place += 1
    return sorted(spans + _cuts(opened[0], len(pattern)))


def _cuts(begins: Sequence[int], end: int) -> list[tuple[int, int]]:
    """The spans of alternatives that begin at these places, each with the bar behind it, the last with that before."""
    if len(begins) < 2:
        return []
    ends = [*begins[1:], end]
    return [*zip(begins[:-1], ends[:-1], strict=True), (begins[-1] - 1, end)]


def without(data: Any, entry: Entry) -> Any:
    """The data without an entry; the rest is shared, not copied."""
    return _without(data, entry.path, entry.cut)


def _without(data: Any, path: Sequence[str | int], cut: tuple[int, int] | None) -> Any:
    key, *rest = path
    copied = dict(data) if isinstance(data, Mapping) else list(data)
    if rest:
        copied[key] = _without(data[key], rest, cut)  # type: ignore[index]
    elif cut is not None:
        copied[key] = data[key][: cut[0]] + data[key][cut[1] :]  # type: ignore[index]
    else:
        del copied[key]  # type: ignore[arg-type]
    return copied


# --- parts --------------------------------------------------------------------------------------

Check = Callable[[Any], bool]  # of an example: whether the changed data still give what it says


@dataclass(frozen=True)
class Part:
    """A file of data with the examples that prove it, and how they are checked with changed data."""

    path: Path
    examples: Callable[[], Sequence[Any]]
    check: Callable[[Any], Check]

    def data(self) -> dict[str, Any]:
        return tomllib.loads(self.path.read_text("utf-8"))


def _dates(data: Any) -> Check:
    grammar = load(data)
    return lambda example: date_examples.keeps(example, grammar)


def _events(data: Any) -> Check:
    lexicon = Lexicon(data)

    def keeps(example: Any) -> bool:
        with patch.object(found, "lexicon", lambda _: lexicon):
            return event_examples.keeps(example)

    return keeps


def _parts() -> dict[str, Part]:
    parts = {}
    for language in LANGUAGES:
        dates, events = EXTRACTION / "dates" / f"{language}.toml", EXTRACTION / "events" / f"{language}.toml"
        parts[f"dates-{language}"] = Part(dates, lambda of=language: date_examples.examples(of), _dates)  # type: ignore[misc]
        parts[f"events-{language}"] = Part(events, lambda of=language: event_examples.examples(of), _events)  # type: ignore[misc]
    return parts


# Files that modules read when they are imported: each entry costs a new process.
IMPORTED = {
    "phrases-dates": EXTRACTION / "dates" / "phrases.toml",
    "phrases-events": EXTRACTION / "events" / "phrases.toml",
    "phrases-gazetteer": EXTRACTION / "gazetteer" / "phrases.toml",
    "gazetteer-names": EXTRACTION / "gazetteer" / "names.toml",
    "gazetteer-stop": EXTRACTION / "gazetteer" / "stop.toml",
    "gazetteer-offices": EXTRACTION / "gazetteer" / "offices.toml",
}


def needed(part: Part, entry: Entry, data: Any, examples: Sequence[Any]) -> bool | None:
    """Whether an example breaks without the entry; None where the format refuses to go without it."""
    word = entry.word
    near = [e for e in examples if word in fold(e.text).lower()] if word and HAN.search(word) else [*examples]
    near.sort(key=lambda e: e.rule != _name_of_row(data, entry))  # one of its own breaks most often
    try:
        keeps = part.check(without(data, entry))
        return any(not keeps(example) for example in near)
    except Exception:  # refused by the loader, or by what reads with it
        return None


def _name_of_row(data: Any, entry: Entry) -> str:
    """The name of the rule, modifier or trigger that the entry is or belongs to, else ""."""
    row = data[entry.path[0]]
    row = row[int(entry.path[1])] if isinstance(row, list) and len(entry.path) > 1 else {}
    return str(row.get("name", "")) if isinstance(row, dict) else ""


def needed_by_import(path: str, entry: Entry) -> bool | None:
    """The same of a file that modules read when they are imported; to be called in a new process."""
    original, loads = Path(path).read_text("utf-8"), tomllib.loads
    changed = without(loads(original), entry)
    for name in [name for name in sys.modules if name.startswith(("timeline.", "tests.support."))]:
        del sys.modules[name]
    try:
        with patch.object(tomllib, "loads", lambda text: changed if text == original else loads(text)):
            dates = importlib.import_module("tests.support.date_examples")
            events = importlib.import_module("tests.support.event_examples")
            every = [(module, e) for module in (events, dates) for of in LANGUAGES for e in module.examples(of)]
            return any(not module.keeps(example) for module, example in every)
    except Exception:
        return None


# --- the command --------------------------------------------------------------------------------


def unneeded(
    name: str, share: tuple[int, int] = (1, 1), only: str = "", *, rules: bool = False
) -> Iterator[tuple[Entry, bool | None]]:
    """Yield the entries of a share of a part, each with whether something needs it; None: the format does."""
    path = IMPORTED.get(name)
    part = None if path else _parts()[name]
    data = tomllib.loads((path or part.path).read_text("utf-8"))  # type: ignore[union-attr]
    chosen = [e for e in entries(data) if (not only or only in map(str, e.path)) and (not rules or is_rule(e))]
    number, of = share
    chosen = chosen[len(chosen) * (number - 1) // of : len(chosen) * number // of]
    if part is not None:
        examples = part.examples()
        yield from ((entry, needed(part, entry, data, examples)) for entry in chosen)
        return
    fork = multiprocessing.get_context("fork")
    for entry in chosen:
        with fork.Pool(1) as pool:
            yield entry, pool.apply(needed_by_import, (str(path), entry))


def is_rule(entry: Entry) -> bool:
    """Whether it is a whole rule, modifier or trigger: those must be needed."""
    return len(entry.path) == 2 and entry.path[0] in ("rule", "before", "after", "trigger")


def main(arguments: Sequence[str]) -> int:
    """Report on the parts; return 1 where no example needs some rule, modifier or trigger."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*_parts(), *IMPORTED]
    parser.add_argument("parts", nargs="*", choices=[[], *names], metavar="PART", help=" ".join(names))
    parser.add_argument("--share", default="1/1", help="N/OF, the Nth of OF equal shares")
    parser.add_argument("--only", default="", help="a key that must lie on the way to the entry")
    parser.add_argument("--rules", action="store_true", help="whole rules, modifiers and triggers alone")
    given = parser.parse_args(arguments)
    number, _, of = given.share.partition("/")
    missing = 0
    for name in given.parts or names:
        begun, count, free = time.monotonic(), 0, 0
        for entry, need in unneeded(name, (int(number), int(of)), given.only, rules=given.rules):
            count += need is not None
            if need is False:
                free += 1
                missing += is_rule(entry)
                print(f"{name}: no example needs {entry}", flush=True)
        seconds = time.monotonic() - begun
        print(f"{name}: {count - free} of {count} entries are needed by an example ({seconds:.0f} s)", flush=True)
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
