"""What decided how likely a pair is an event: each sign and each word near it is left out in turn (occlusion).

The largest differences are kept, as codes with arguments (`timeline.extraction.reason.Sign`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from timeline.extraction.events.learnt.network import Network
from timeline.extraction.events.learnt.pairs import Pair
from timeline.extraction.events.learnt.passages import Passage
from timeline.extraction.reason import Sign, SignCode

MOST = 3  # signs that are kept
LEAST = 0.15  # of the logit, below which a sign decides nothing
MAX_WORDS = 8  # that are left out in turn: those nearest to the trigger or the date
REACH = 6  # words away from both, beyond which none is
NO_WORD = "\0"  # no vocabulary has it

# The names of signs that say the same thing, by the code under which it is told.
GROUPS: Mapping[str, str] = {
    **dict.fromkeys(("name", "about"), "word"),
    **dict.fromkeys(("order", "gap", "nearest date", "nearest trigger", "own dates"), "place"),
    **dict.fromkeys(("commas between", "triggers between", "dates between"), "between"),
    **dict.fromkeys(("grain", "modifier", "written modifier"), "grain"),
    **dict.fromkeys(("tense", "far"), "tense"),
    **dict.fromkeys(("in title",), "title"),
    **dict.fromkeys(("quoted",), "quoted"),
}
TENSES = {"ahead": SignCode.DAY_AHEAD, "past": SignCode.DAY_PAST, "today": SignCode.DAY_NOW, "around": SignCode.DAY_NOW}


@dataclass(frozen=True, slots=True)
class _Without:
    """A pair without one sign or word, and what that is called."""

    pair: Pair
    code: SignCode
    args: tuple[str, ...] = ()


def deciding_signs(pairs: Sequence[Pair], network: Network) -> list[tuple[Sign, ...]]:
    """Return for each pair what made it most likely or unlikely an event, the weightiest first."""
    tried = [(i, one) for i, pair in enumerate(pairs) for one in _left_out(pair)]
    if not tried:
        return [() for _ in pairs]
    slope = sum(network.calibration[:2])  # the linear model sees the same signs: it is taken to weigh them alike
    logits = slope * network.judge([*pairs, *(one.pair for _, one in tried)]).event
    found: list[list[tuple[float, _Without]]] = [[] for _ in pairs]
    for (i, one), logit in zip(tried, logits[len(pairs) :], strict=True):
        found[i].append((float(logits[i] - logit), one))
    return [_weightiest(of_pair) for of_pair in found]


def _weightiest(found: Sequence[tuple[float, _Without]]) -> tuple[Sign, ...]:
    ranked = sorted(found, key=lambda x: (-abs(x[0]), x[1].code, x[1].args))
    return tuple(Sign(one.code, one.args, weight > 0) for weight, one in ranked[:MOST] if abs(weight) >= LEAST)


def _left_out(pair: Pair) -> Iterator[_Without]:
    grouped = groupby(sorted(pair.signs, key=_group), key=_group)
    for group, signs in grouped:
        gone = set(signs)
        if (explained := _explained(pair, group, gone)) is not None:
            yield _Without(replace(pair, signs=[s for s in pair.signs if s not in gone]), *explained)
    for at in _words_near(pair):
        code = SignCode.WORD_BETWEEN if _is_between(pair, at) else SignCode.WORD_NEAR
        yield _Without(replace(pair, passage=_blanked(pair.passage, at)), code, (pair.passage.tokens[at].text,))


def _group(sign: str) -> str:
    name = sign.partition("=")[0]
    return "rules" if name.startswith("rule") else GROUPS.get(name, "")


def _explained(pair: Pair, group: str, signs: set[str]) -> tuple[SignCode, tuple[str, ...]] | None:
    """Return what a group of signs is called; None where it says nothing that a reader could see."""
    match group:
        case "word":
            tokens = pair.passage.tokens
            return SignCode.TRIGGER, (tokens[pair.trigger_at].text,)
        case "place":
            if pair.back:
                return SignCode.DATE_IN_OTHER_SENTENCE, ()
            return (SignCode.DATE_BEFORE if pair.date_at < pair.trigger_at else SignCode.DATE_BEHIND), ()
        case "between":
            return SignCode.MUCH_BETWEEN, ()
        case "grain":
            return SignCode.GRAIN, ()
        case "tense":
            named = next((s.partition("=")[2] for s in signs if s.startswith("tense=")), "")
            return (TENSES[named], ()) if named in TENSES else None
        case "title":
            return (SignCode.IN_TITLE if "in title=1" in signs else SignCode.NOT_IN_TITLE), ()
        case "quoted":
            return (SignCode.QUOTED, ()) if "quoted=1" in signs else None
        case "rules":
            return (SignCode.RULES_TOO if pair.rule is not None else SignCode.NOT_BY_RULES), ()
    return None


def _words_near(pair: Pair) -> list[int]:
    """Return the places of plain words of the passage near the trigger or the date, the nearest first."""
    tokens, ends = pair.passage.tokens, (pair.trigger_at, pair.date_at)

    def distance(at: int) -> int:
        return min(abs(at - end) for end in ends)

    first, last = max(0, min(ends) - REACH), min(len(tokens), max(ends) + REACH + 1)
    plain = [at for at in range(first, last) if tokens[at].tag.startswith("pos_") and tokens[at].text.isalpha()]
    return sorted((at for at in plain if distance(at) <= REACH), key=lambda at: (distance(at), at))[:MAX_WORDS]


def _is_between(pair: Pair, at: int) -> bool:
    return min(pair.trigger_at, pair.date_at) < at < max(pair.trigger_at, pair.date_at)


def _blanked(passage: Passage, at: int) -> Passage:
    """Return a passage with one word unknown."""
    tokens = [token._replace(text=NO_WORD) if i == at else token for i, token in enumerate(passage.tokens)]
    return replace(passage, tokens=tokens)
