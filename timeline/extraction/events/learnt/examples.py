"""Examples to refit the last layers with: what is an event in an article, and what is none, as people decided.

A file has an article a line, as JSON:

    {"id", "title", "text", "anchor", "language", "decided": [{"trigger": [10, 12], "date": [[3, 7]], "event": true,
      "kind", "type", "stage", "status", "participants"}]}

Offsets point into `text`. `date`: the spans of the dates that belong to the trigger (or, where the event is true but on
other days, do not: then `days` has the right first and last day). Only `trigger`, `date` and `event` are needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from timeline.extraction.anchor import anchor_of
from timeline.extraction.article import Article
from timeline.extraction.dates import find
from timeline.extraction.events.found import found_in
from timeline.extraction.events.learnt.fitting import Fit, Rows, refit
from timeline.extraction.events.learnt.network import STATUSES, Judged, Network
from timeline.extraction.events.learnt.pairs import Pair, pairs_of
from timeline.extraction.events.learnt.participants import candidates_of, signs_of
from timeline.extraction.events.learnt.passages import ReadText
from timeline.extraction.events.learnt.reader import readable
from timeline.extraction.events.learnt.site import LAYERS
from timeline.extraction.events.learnt.wording import wording_of
from timeline.extraction.events.rules import events_by_rules
from timeline.extraction.script import fold

MIN_ARTICLES = 20
MIN_EACH = 10  # events, and readings that are none
MIN_OF_LAYER = 20  # examples of a type, a status or a participant, without which that layer stays
MAX_TEXT = 200_000  # characters
ARTICLE_FIELDS = {"id": str, "title": str, "text": str, "anchor": str, "language": str, "decided": list}
DECIDED_FIELDS = {
    "trigger": list,
    "date": list,
    "event": bool,
    "days": list,
    **dict.fromkeys(("kind", "type", "stage", "status"), str),
    "participants": list,
    "weight": float,
}
NEEDED = {"trigger", "date", "event"}

Origin = tuple[str, float]  # the id of an article, and how much what it teaches counts


class ExampleError(ValueError):
    """An example is malformed; the message names its line and what is wrong."""


class TooFewError(ValueError):
    """There are too few examples to learn from; the message says how many, and how many are needed."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided about a trigger and the dates that it was read with; "" or () where nothing was decided.

    `days`: the right days where those of `dates` are wrong; `weight`: how much it counts, of people 1.
    """

    trigger: tuple[int, int]
    dates: tuple[tuple[int, int], ...]
    event: bool
    days: tuple[str, str] | None = None
    kind: str = ""
    type: str = ""
    stage: str = ""
    status: str = ""
    participants: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class DecidedArticle:
    """An article with what was decided about it. `id`: articles with the same are held out together."""

    id: str
    title: str
    text: str
    anchor: date
    language: str
    decided: tuple[Decided, ...]

    def as_line(self) -> str:
        """Return the line of a file that says the same."""
        said = [
            {"trigger": d.trigger, "date": d.dates, "event": d.event}
            | ({"days": d.days} if d.days else {})
            | {name: v for name in ("kind", "type", "stage", "status", "participants") if (v := getattr(d, name))}
            | ({"weight": d.weight} if d.weight != 1 else {})
            for d in self.decided
        ]
        row = {name: getattr(self, name) for name in ("id", "title", "text", "language")}
        return json.dumps({**row, "anchor": self.anchor.isoformat(), "decided": said}, ensure_ascii=False)


def examples_in(lines: Iterable[str]) -> Iterator[DecidedArticle]:
    """Yield the article of each line that is not empty. Raises ExampleError for the first malformed one."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _article(json.loads(line))
            except (ValueError, TypeError, KeyError) as e:
                raise ExampleError(f"line {number}: {e}") from e


def _article(row: Any) -> DecidedArticle:
    _check_fields(row, ARTICLE_FIELDS, set(ARTICLE_FIELDS))
    if len(row["text"]) > MAX_TEXT:
        raise ValueError(f"text has more than {MAX_TEXT:,} characters")
    decided = tuple(_decided(one, row["text"]) for one in row["decided"])
    return DecidedArticle(
        row["id"], row["title"], row["text"], date.fromisoformat(row["anchor"]), row["language"], decided
    )


def _decided(row: Any, text: str) -> Decided:
    _check_fields(row, DECIDED_FIELDS, NEEDED)
    trigger, *dates = (_span(span, text) for span in (row["trigger"], *row["date"]))
    days = row.get("days")
    if days is not None:
        first, last = (date.fromisoformat(day).isoformat() for day in days)
        days = first, last
    status = row.get("status", "")
    if status and status not in STATUSES:
        raise ValueError(f"status is {status!r}; allowed are {', '.join(STATUSES)}")
    weight = row.get("weight", 1.0)
    if not 0 < weight <= 1:
        raise ValueError(f"weight is {weight!r}; it lies above 0 and is at most 1")
    said = {name: row.get(name, "") for name in ("kind", "type", "stage")}
    return Decided(
        trigger,
        tuple(dates),
        row["event"],
        days,
        **said,
        status=status,
        participants=tuple(row.get("participants", ())),
        weight=weight,
    )


def _check_fields(row: Any, known: Mapping[str, type], needed: set[str]) -> None:
    if not isinstance(row, dict):
        raise TypeError("is no object")
    if missing := sorted(needed - set(row)):
        raise ValueError(f"{', '.join(missing)} missing")
    if unknown := sorted(set(row) - set(known)):
        raise ValueError(f"{', '.join(unknown)} unknown; allowed are {', '.join(known)}")
    if wrong := [name for name, value in row.items() if not isinstance(value, known[name])]:
        raise TypeError(f"{', '.join(wrong)} of another type than {', '.join(known[n].__name__ for n in wrong)}")


def _span(span: Any, text: str) -> tuple[int, int]:
    start, end = (int(place) for place in span)
    if not 0 <= start < end <= len(text):
        raise ValueError(f"[{start}, {end}] lies outside of the text")
    return start, end


# --- from examples to fitted layers ---------------------------------------------------------------


class _Gathered:
    """The rows of each layer, as they are gathered from articles."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.rows: dict[str, list[tuple[Any, Any, int, Origin]]] = {layer: [] for layer in LAYERS}
        self.types = {name: i for i, name in enumerate(network.types)}

    def add(self, article: DecidedArticle) -> None:
        """Add what is decided of an article, as far as its words are read as pairs."""
        text, pairs = read_pairs(article.title, article.text, article.anchor, article.language)
        if text is None or not pairs:
            return
        judged = self.network.judge(pairs)
        for decided in article.decided:
            for i, is_event in _labelled(decided, pairs):
                self._add_pair((article.id, decided.weight), text, pairs[i], i, judged, decided, is_event)

    def _add_pair(
        self,
        of: Origin,
        text: ReadText,
        pair: Pair,
        i: int,
        judged: Judged,
        decided: Decided,
        is_event: bool,
    ) -> None:
        slope, by_words, intercept = self.network.calibration
        by_wording = by_words * float(self.network.by_words["event"].logits([wording_of(text, pair)])[0, 0])
        hidden = np.append(judged.hidden[i], 1.0)
        wide = float(judged.event[i]) - float(hidden @ prior_of(self.network, "event")[:, 0])
        self.rows["event"].append((slope * hidden, [slope * wide + by_wording + intercept], int(is_event), of))
        if not is_event:
            return
        sort = (decided.kind, decided.type, "vote" if decided.stage == "postponement" else decided.stage)
        if sort in self.types:
            self.rows["types"].append((hidden, np.zeros(len(self.types)), self.types[sort], of))
        if decided.status:
            self.rows["statuses"].append((hidden, np.zeros(len(STATUSES)), STATUSES.index(decided.status), of))
        if decided.participants:
            self._add_actors(of, text, pair, i, judged, set(decided.participants))

    def _add_actors(self, of: Origin, text: ReadText, pair: Pair, i: int, judged: Judged, taking: set[str]) -> None:
        home = text.found.words.home
        at_home = home.get(text.lowered[pair.trigger.start : pair.trigger.end], ())
        candidates = candidates_of(text, pair.passage, home)
        signs = [signs_of(pair, c, at_home) for c in candidates]
        if not candidates:
            return
        hidden, wide = self.network.of_actors(judged, [(i, token, names) for names, token in signs])
        for c, vector, offset in zip(candidates, hidden, wide, strict=True):
            self.rows["takes_part"].append((np.append(vector, 1.0), [offset], int(c.code in taking), of))

    def of(self, layer: str) -> Rows:
        """Return the rows of a layer."""
        inputs, offsets, targets, of = zip(*self.rows[layer], strict=True)
        groups, weights = zip(*of, strict=True)
        return Rows(
            np.asarray(inputs, np.float64),
            np.asarray(offsets, np.float64),
            np.asarray(targets, np.int64),
            groups,
            np.asarray(weights, np.float64),
        )


def fit_layers(network: Network, articles: Sequence[DecidedArticle], step: Any = lambda: None) -> dict[str, Fit]:
    """Refit the layers of which there are enough examples. `step` is called after each article.

    Raises TooFewError.
    """
    gathered = _Gathered(network)
    for article in articles:
        gathered.add(article)
        step()
    events = gathered.rows["event"]
    sources, are = len({row[3][0] for row in events}), sum(row[2] for row in events)
    if sources < MIN_ARTICLES or min(are, len(events) - are) < MIN_EACH:
        raise TooFewError(
            f"{sources} articles with {are} readings that are events and {len(events) - are} that are none; "
            f"needed are {MIN_ARTICLES} articles, and {MIN_EACH} readings of each sort"
        )
    enough = [layer for layer in LAYERS if len(gathered.rows[layer]) >= MIN_OF_LAYER]
    return {layer: refit(gathered.of(layer), prior_of(network, layer)) for layer in enough}


def prior_of(network: Network, layer: str) -> Any:
    """Return the weights of a layer with its bias as the last row."""
    parts = network.w[f"{layer}.weight"], network.w[f"{layer}.bias"][None, :]
    return np.concatenate(parts).astype(np.float64)


def layers_of(fits: Mapping[str, Fit]) -> dict[str, Any]:
    """Return the arrays of the layers that changed, by name."""
    changed = {layer: fit.weights.astype(np.float32) for layer, fit in fits.items() if fit.strength is not None}
    parts = [(f"{layer}.weight", w[:-1]) for layer, w in changed.items()]
    return dict(parts + [(f"{layer}.bias", w[-1]) for layer, w in changed.items()])


def read_pairs(title: str, text: str, day: date, language: str) -> tuple[ReadText | None, list[Pair]]:
    """Return an article as the network reads it, with its pairs. `day`: its anchor."""
    folded = fold(text)
    anchor = anchor_of(Article(title, text, None, anchor=day), folded)
    expressions = find(text, day, language=language, leave_out=anchor.spans if anchor is not None else ())
    found = found_in(title, folded, expressions, day, language.partition("-")[0])
    read = readable(found) if found is not None else None
    if found is None or read is None:
        return None, []
    return read, pairs_of(read, events_by_rules(text, title, found))


def _labelled(decided: Decided, pairs: Sequence[Pair]) -> list[tuple[int, bool]]:
    """Return the pairs that a decision is about, by number, and whether each is an event."""
    start, end = decided.trigger
    on_word = [i for i, p in enumerate(pairs) if p.trigger.start < end and start < p.trigger.end]
    on_date = [
        i
        for i in on_word
        if any(a < pairs[i].expression.end_char and pairs[i].expression.start_char < b for a, b in decided.dates)
    ]
    if decided.days is None:
        return [(i, decided.event) for i in on_date]
    right = [i for i in on_word if _days(pairs[i]) == decided.days]
    return [(i, True) for i in right] + [(i, False) for i in on_date if i not in right] if right else []


def _days(pair: Pair) -> tuple[str, str]:
    return str(pair.dating.start or ""), str(pair.dating.end or "")
