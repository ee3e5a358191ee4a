"""Build strings on which a regular expression backtracks, from its own parse tree: a prefix, a repeated piece, an end.

A pattern is quadratic where one text can be split in many ways between two of its loops, or where a search starts again
at every character and runs to the end. So the pieces are what a loop matches, characters that several loops match, and
the beginnings of the pattern; the ends make the match fail.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import islice
from re import _constants as op
from re import _parser as parser
from typing import Any

LOOPS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT})
MANY = 8  # repetitions from which on a loop is pumped
MOST = 40  # attacks of one pattern; of more, some of each loop are taken
ALPHABET = "a1 \t\n<>-_.,()[]/='\":;&!A+#年一。，月日中x"
CATEGORIES = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
}
NEGATED = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}
FAILS = "\x00"
FEW = range(8, 104, 8)  # characters; what is slow on these is exponential, and is given no more
SIZES = (*FEW, 400, 1600, 6400)
SLOW = 0.004  # seconds of the processor; most linear patterns take a tenth of that for so many characters
USES: tuple[Callable[[Any, Any], object], ...] = (
    lambda pattern, text: pattern.match(text),
    lambda pattern, text: pattern.fullmatch(text),
    lambda pattern, text: [m.end() for m in pattern.finditer(text)],
)


@dataclass(frozen=True, slots=True)
class Attack:
    """`prefix`, then `pump` until the text has the wanted length, then `end`."""

    prefix: str
    pump: str
    end: str

    def text(self, length: int) -> str:
        """Return a text of about so many characters."""
        return self.prefix + self.pump * max(1, length // len(self.pump)) + self.end


def attacks(pattern: re.Pattern[Any]) -> list[Attack]:
    """Return the strings that may be slow for a pattern, in order, each once."""
    source = pattern.pattern
    tree = parser.parse(source.decode("latin-1") if isinstance(source, bytes) else source, pattern.flags & ~re.UNICODE)
    sets = list(_sets(tree))
    literals = dict.fromkeys(chr(value) for code, value in _nodes(tree) if code is op.LITERAL)
    alphabet = list(dict.fromkeys((*list(literals)[:30], *ALPHABET)))
    common = sorted(alphabet, key=lambda c: -sum(_holds(s, c) for s in sets))
    found: dict[Attack, None] = {}
    whole = _sample(tree, alphabet)
    for before, loop in _loops(tree, alphabet, ""):
        pumps = [*_samples(loop, alphabet), *[c for c in common if any(_holds(s, c) for s in _sets(loop))][:4]]
        for pump in dict.fromkeys(filter(None, pumps)):
            for end in ("", FAILS, "\n" + FAILS):
                found[Attack(before, pump, end)] = None
            found[Attack("", before + pump, FAILS)] = None
            found[Attack(before, pump + FAILS, "")] = None
        if before:
            found[Attack("", before, FAILS)] = None
    for size in range(1, min(len(whole), 6) + 1):
        found[Attack("", whole[:size], FAILS)] = None
    if whole:
        found[Attack("", whole[:-1] or whole, "")] = None
        found[Attack("", whole, "")] = None
    step = max(1, -(-len(found) // MOST))
    return list(found)[::step]


def is_linear(pattern: re.Pattern[Any], attack: Attack, methods: Set[str] = frozenset()) -> bool:
    """Return whether four times the text takes clearly less than sixteen times the time.

    Measured by the named methods, or by any.
    """
    uses = [use for name, use in zip(("match", "fullmatch"), USES, strict=False) if name in methods or not methods]
    searched = [USES[2]] if not methods or methods - {"match", "fullmatch"} else []
    return all(_grows_linearly(pattern, attack, use) for use in (*uses, *searched))


def _grows_linearly(pattern: re.Pattern[Any], attack: Attack, use: Callable[[Any, Any], object]) -> bool:
    for size in SIZES:
        few = size in FEW
        limit = SLOW * (5 if few else 1)  # of few characters it is slow only if it is so twice
        if any(_seconds(pattern, attack, size, use) < limit for _ in range(2 if few else 1)):
            continue
        if few:
            return False
        for rounds in (1, 3):  # again, and the quickest of some, before it is believed
            short, long = (min(_seconds(pattern, attack, n, use) for _ in range(rounds)) for n in (size, 4 * size))
            if long <= 8 * short:
                return True
        return False
    return True


def _seconds(pattern: re.Pattern[Any], attack: Attack, size: int, use: Callable[[Any, Any], object]) -> float:
    text: Any = attack.text(size)
    if isinstance(pattern.pattern, bytes):
        text = text.encode("latin-1", "ignore")
    begun = time.process_time()
    use(pattern, text)
    return time.process_time() - begun


# --- reading the parse tree ---------------------------------------------------------------------


def _inner(node: tuple[Any, Any]) -> Iterable[Any]:
    """Return the sequences within a node."""
    code, value = node
    if code in LOOPS:
        return [value[2]]
    if code is op.SUBPATTERN:
        return [value[3]]
    if code is op.BRANCH:
        return list(value[1])
    if code is op.ATOMIC_GROUP:
        return [value]
    if code in (op.ASSERT, op.ASSERT_NOT):
        return [value[1]]
    return []


def _nodes(tree: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for node in tree:
        yield node
        for inner in _inner(node):
            yield from _nodes(inner)


def _sets(tree: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the nodes that match one character."""
    return (n for n in _nodes(tree) if n[0] in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN))


def _holds(node: tuple[Any, Any], c: str) -> bool:
    code, value = node
    if code is op.LITERAL:
        return bool(ord(c) == value)
    if code is op.NOT_LITERAL:
        return bool(ord(c) != value)
    if code is op.ANY:
        return c != "\n"
    if code is op.RANGE:
        return bool(value[0] <= ord(c) <= value[1])
    if code is op.CATEGORY:
        return not CATEGORIES[NEGATED[value]](c) if value in NEGATED else bool(CATEGORIES[value](c))  # type: ignore[no-untyped-call]
    negated = value[0][0] is op.NEGATE
    return bool(negated != any(_holds(part, c) for part in value[negated:]))


def _loops(tree: Iterable[Any], alphabet: list[str], before: str) -> Iterator[tuple[str, Any]]:
    """Yield every loop without a small bound, with a text that leads to it."""
    for node in tree:
        if node[0] in LOOPS and int(node[1][1]) >= MANY:
            yield before, node[1][2]
        for inner in _inner(node):
            yield from _loops(inner, alphabet, before)
        before += _sample([node], alphabet)


def _sample(tree: Iterable[Any], alphabet: list[str]) -> str:
    return next(iter(_samples(tree, alphabet)), "")


def _samples(tree: Iterable[Any], alphabet: list[str]) -> list[str]:
    """Return some short texts that a sequence matches, four at most; assertions are ignored."""
    texts = [""]
    for node in tree:
        code, value = node
        if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            tried = (chr(value) if code is op.LITERAL else "", *alphabet)
            more = list(islice((c for c in tried if c and _holds(node, c)), 2))
            more = more or [chr(v[0]) for kind, v in (value if code is op.IN else []) if kind is op.RANGE][:1]
        elif code in LOOPS:
            more = [text * max(1, value[0]) for text in _samples(value[2], alphabet)]
        elif code in (op.SUBPATTERN, op.BRANCH, op.ATOMIC_GROUP):
            more = [text for inner in _inner(node) for text in _samples(inner, alphabet)[:2]]
        else:
            continue
        texts = [text + piece for text in texts for piece in more[:4]][:4] or texts
    return texts
