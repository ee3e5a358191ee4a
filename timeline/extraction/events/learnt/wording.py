"""Signs of a pair for the linear models: the words between and around, what they are joined with, who votes for what.

The network sees words as vectors and generalises; these models know each wording by itself, and err elsewhere.
Names of actors are left out, so that they carry over to other years.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from timeline.extraction.events.learnt.pairs import Pair
from timeline.extraction.events.learnt.passages import DATE, NAMED, VAGUE, Passage, ReadText, Token
from timeline.extraction.events.learnt.words import TriggerWord
from timeline.extraction.gazetteer import actors
from timeline.extraction.gazetteer.laws import day_by_law
from timeline.extraction.gazetteer.offices import offices

BETWEEN = 40  # words between trigger and date that are looked at
PATH, SHORT = 4, 4  # words between that are taken as a whole, and characters up to which such a word is kept
AROUND = (-2, -1, 1, 2)
CLOSE = 12  # characters between a cue and a trigger that it may belong to
BESIDE = 4  # words to either side of a trigger that tell its type
FIXED = ("presidential", "legislative", "general", "local")  # types whose day a law may fix
NUMBERS = frozenset({"pos_m", "pos_q"})
OF_TALKS = frozenset({"leaders", "ministers"})  # hints that are of no vote
OF_TYPE = ("name=", "rule type=", "grain=", "actors here=", "rule status=", "tense=")


def wording_of(text: ReadText, pair: Pair) -> list[str]:
    """Return the signs by which it is judged whether a pair is an event."""
    of = {name: value for name, _, value in (s.partition("=") for s in pair.signs)}
    order = (f"c{pair.back}" if pair.back else "") + ("dt" if pair.date_at < pair.trigger_at else "td")
    return [
        *pair.signs,
        *_joined(text, pair, of, order),
        *(_between(pair, order) if not pair.back else ()),
        *_around(pair.passage.tokens, pair.trigger_at, "t", pair.trigger.name, of["tense"]),
        *_around(pair.passage.tokens, pair.date_at, "d"),
        *_cues(text, pair, of["tense"]),
    ]


def _joined(text: ReadText, pair: Pair, of: dict[str, str], order: str) -> Iterator[str]:
    name, about, tense = pair.trigger.name, of["about"], of["tense"]
    yield f"w={text.lowered[pair.trigger.start : pair.trigger.end]}"
    yield f"name,order={name},{order}"
    yield f"about,order={about},{order}"
    yield f"name,tense={name},{tense}"
    yield f"about,tense={about},{tense}"
    yield f"name,grain={name},{of['grain']}"
    yield f"name,actors={name},{of['actors here']}"
    yield f"mod,order={of['modifier']},{order}"
    yield f"about,gap={about},{of['gap']}"
    if "nearest date" in of:
        nearest = f"{of['nearest date']},{of['nearest trigger']}"
        yield f"nn={nearest}"
        yield f"about,nn={about},{nearest}"


def _between(pair: Pair, order: str) -> Iterator[str]:
    tokens = pair.passage.tokens
    first, last = sorted((pair.trigger_at, pair.date_at))
    middle = tokens[first + 1 : last]
    for t in middle[:BETWEEN]:
        if _is_word(t):
            yield f"mid={order},{t.text}"
    if middle:
        by_date, by_trigger = (middle[0], middle[-1]) if pair.date_at < pair.trigger_at else (middle[-1], middle[0])
        yield f"ad={order}{_label(by_date)}"
        yield f"bt={order}{_label(by_trigger)}"
    if len(middle) <= PATH:
        path = "|".join(t.text if _is_word(t) and len(t.text) < SHORT else t.tag for t in middle)
        yield f"path={order}:{path}"


def _around(tokens: Sequence[Token], at: int, of: str, name: str = "", tense: str = "") -> Iterator[str]:
    labels = [_label(tokens[at + i]) if 0 <= at + i < len(tokens) else "#" for i in AROUND]
    for i, label in zip(AROUND, labels, strict=True):
        yield f"{of}{i}={label}"
        if name:
            yield f"{of}{i},n={label},{name}"
        if name and abs(i) == 1:
            yield f"{of}{i},T={label},{tense}"
    yield f"{of}2={labels[1]}|{labels[2]}"
    yield f"{of}L={labels[0]}|{labels[1]}"
    yield f"{of}R={labels[2]}|{labels[3]}"


def _cues(text: ReadText, pair: Pair, tense: str) -> Iterator[str]:
    t = pair.trigger
    for hit in text.cues_of.get(pair.passage.sentence, ()):
        cue = f"{hit.role}{hit.status}"
        yield f"cue={cue}"
        side = "L" if t.start - CLOSE <= hit.start < t.start else "R" if t.end <= hit.start < t.end + CLOSE else ""
        if side:
            yield f"near={side}{cue}"
            yield f"near,T={side}{cue}{tense}"


def type_signs(text: ReadText, pair: Pair, codes: Sequence[str]) -> list[str]:
    """Return the signs by which the type of an event is judged. `codes`: who takes part, of a vote who votes."""
    t = pair.trigger
    about = f"{t.kind}|{t.type}|{t.stage}"
    word = text.lowered[t.start : t.end]
    kinds = "+".join(sorted({actors()[c].kind for c in codes}))
    office = _office(text, pair, codes[0]) if codes and t.kind == "election" else ""
    return [
        *(s for s in pair.signs if s.startswith(OF_TYPE)),
        f"w={word}",
        f"about={about}",
        f"nc={min(4, len(codes))}",
        f"kinds={kinds}",
        f"kinds,about={kinds},{about}",
        *_of_passage(text, pair, about, word),
        *_of_article(text, t),
        *(_of_offices(text, pair, codes[0], office, about) if office else ()),
        *_of_hints(text, pair, office),
        *(f"code={c}" for c in codes),
    ]


def _of_passage(text: ReadText, pair: Pair, about: str, word: str) -> Iterator[str]:
    few = text.language == "en"  # of which there are too few articles to learn what each neighbour means
    passage, sentence, at = pair.passage, pair.passage.sentence, pair.trigger_at
    labels = text.once(("labels", sentence), lambda: list(_labels(passage, few=few)))
    yield from text.once(("words", sentence), lambda: [f"{'b' if back else 's'}={x}" for x, back, _ in labels])
    yield from text.once(
        ("words", sentence, about),
        lambda: [f"s,{about}={x}" for x, back, named in labels if not (back or named)],
    )
    if not few:
        yield from text.once(("beside", sentence, at), lambda: list(_beside(passage, at, word)))


def _labels(passage: Passage, *, few: bool) -> Iterator[tuple[str, int, bool]]:
    """Yield of each word that is no date its label, how many sentences before it stands, and whether it is a name."""
    for t in passage.tokens:
        if t.tag in (DATE, VAGUE) or (few and t.back):
            continue
        named = t.tag in NAMED
        yield f"<{t.tag}>" if named else t.text, t.back, named


def _beside(passage: Passage, at: int, word: str) -> Iterator[str]:
    """Yield the words to either side of a trigger, dates excepted."""
    for i in range(max(at - BESIDE, 0), min(at + BESIDE + 1, len(passage.tokens))):
        t = passage.tokens[i]
        if i == at or t.back or t.tag in (DATE, VAGUE):
            continue
        label = f"<{t.tag}>" if t.tag in NAMED else t.text
        yield f"{'L' if i < at else 'R'}={label}"
        yield f"near{word}={label}"


def _of_article(text: ReadText, t: TriggerWord) -> Iterator[str]:
    for name in text.names_in_title:
        yield f"ttl={name}"
        yield f"ttl,{t.kind}{t.stage}={name}"
    for name in text.names_of_votes:
        yield f"doc={name}"


def _office(text: ReadText, pair: Pair, country: str) -> str:
    """Return how a country fills its offices on the day of a pair."""
    known = offices().get(country)
    day = pair.dating.start or pair.dating.end or text.anchor
    return f"{known.head_on(day)},{known.chamber}" if known is not None else ""


def _of_offices(text: ReadText, pair: Pair, country: str, office: str, about: str) -> Iterator[str]:
    start, end = pair.dating.start, pair.dating.end
    yield f"office={office}"
    yield f"office,about={office},{about}"
    yield f"office,n={office},{pair.trigger.name}"
    for name in text.names_in_title:
        yield f"office,ttl={office},{name}"
    if start is not None and end is not None and pair.trigger.stage in ("vote", "runoff", ""):
        for type_ in FIXED:
            if day_by_law(country, type_, "vote", start, end):
                yield f"law={type_}"


def _of_hints(text: ReadText, pair: Pair, office: str) -> Iterator[str]:
    """Yield what the sentence, the title and the whole article hint at, and what most."""
    if not text.hints:
        return
    t, (start, end) = pair.trigger, text.sentences[pair.passage.sentence]
    counts = Counter(name for _, name in text.hints)
    scopes = {
        "sentence": {name for place, name in text.hints if start <= place < end},
        "title": {name for _, name in text.hints_in_title},
        "article": set(counts),
    }
    for scope, names in scopes.items():
        for name in sorted(names):
            yield f"{scope} hints={name}"
            yield f"{scope} hints,stage={name},{t.kind}{t.stage}"
            yield f"{scope} hints,office={name},{office}"
            yield f"{scope} hints,n={name},{t.name}"
        yield f"all {scope} hints={'+'.join(sorted(names))}"
    most = max(sorted(counts), key=lambda name: counts[name] * (name not in OF_TALKS))
    yield f"most={most}"
    yield f"most,stage={most},{t.kind}{t.stage}"
    yield f"most,office={most},{office}"
    yield f"most,office,stage={most},{office},{t.stage}"


def _label(t: Token) -> str:
    return t.text if t.tag.startswith("pos") else t.tag


def _is_word(t: Token) -> bool:
    return t.tag.startswith("pos") and t.text != "0" and t.tag not in NUMBERS
