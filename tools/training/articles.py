"""Annotated articles as pairs with labels, and posts of the archive as pairs that the rules label."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from timeline.extraction.anchor import anchor_of
from timeline.extraction.article import Article, EventMention
from timeline.extraction.cleaning import clean
from timeline.extraction.dates import find
from timeline.extraction.events.found import found_in
from timeline.extraction.events.learnt.pairs import Pair, family, pairs_of
from timeline.extraction.events.learnt.participants import candidates_of, signs_of
from timeline.extraction.events.learnt.passages import ReadText
from timeline.extraction.events.learnt.reader import readable
from timeline.extraction.events.rules import events_by_rules
from timeline.extraction.reader import language_of
from timeline.extraction.script import fold
from timeline.fetching.posts import PostError, parse_post

MAX_POST_CHARS = 6000
UNKNOWN = -1
KEYS = {"id", "title", "anchor", "text", "events"}
EVENT_KEYS = {"kind", "type", "stage", "participants", "start", "end", "status", "optional", "trigger", "date"}


class AnnotationError(ValueError):
    """A malformed annotation; the message names file and line."""


@dataclass
class Row:
    """A pair as the network is trained on it: words, tags and distances stand in the passage of number `passage`.

    `event`, `agreed`: 1, 0 or UNKNOWN; `type`, `status` of the event that it is, "" for none.
    `actors`: code, signs, token, whether it takes part.
    """

    passage: int
    at: int
    day: int
    signs: list[str]
    event: int
    agreed: int = UNKNOWN
    type: str = ""
    status: str = ""
    actors: Sequence[tuple[str, list[str], int, int]] = ()


@dataclass
class Example:
    """An article for training: its passages as (words, tags, distances), and the rows of its pairs."""

    id: str
    month: int
    language: str
    passages: list[tuple[list[str], list[str], list[int]]]
    rows: list[Row]


@dataclass
class Annotated:
    """An annotated article as the product's reader sees it, with the events that it has."""

    id: str
    anchor: date
    language: str
    text: str
    events: Sequence[Mapping[str, Any]]
    read: ReadText | None
    rules: Sequence[EventMention]
    pairs: list[Pair]


def annotated(path: Path) -> Iterator[Annotated]:
    """The articles of a file of annotations. Raises AnnotationError with the line that is malformed."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            missing = KEYS - set(row) or {key for e in row["events"] for key in EVENT_KEYS - set(e)}
            if missing:
                raise ValueError(f"without {sorted(missing)}")
            day = date.fromisoformat(row["anchor"])
        except (ValueError, TypeError, AttributeError) as e:
            raise AnnotationError(f"{path.name}, line {number}: {e}") from e
        language = row.get("language", "zh").partition("-")[0]
        read, rules = read_of(row["title"], row["text"], day, language)
        pairs = pairs_of(read, rules) if read is not None else []
        yield Annotated(row["id"], day, language, row["text"], row["events"], read, rules, pairs)


def read_of(
    title: str, text: str, day: date, language: str, url: str = "", zone: str = "Asia/Shanghai"
) -> tuple[ReadText | None, Sequence[EventMention]]:
    """A text as the reader sees it before anything learnt decides."""
    folded = fold(text)
    anchor = anchor_of(Article(title, text, None, zone, url), folded)
    expressions = find(text, day, language=language, leave_out=anchor.spans if anchor is not None else ())
    found = found_in(title, folded, expressions, day, language)
    if found is None:
        return None, ()
    return readable(found), events_by_rules(text, title, found)


def example_of(a: Annotated) -> Example:
    """An annotated article with its labels."""
    labels = labels_of(a)
    passages, number = _passages(a.pairs)
    rows = []
    for pair, n in zip(a.pairs, labels, strict=True):
        event = a.events[n] if n >= 0 else None
        row = Row(number[id(pair.passage)], pair.trigger_at, pair.date_at, pair.signs, int(event is not None))
        if event is not None:
            row.event = UNKNOWN if event["optional"] else 1
            stage = "vote" if event["stage"] == "postponement" else event["stage"]
            row.type, row.status = f"{event['kind']}|{event['type']}|{stage}", event["status"]
            assert a.read is not None
            row.actors = _actors(a.read, pair, event["participants"])
        rows.append(row)
    return Example(a.id, a.anchor.month, a.language, passages, rows)


def _passages(pairs: Sequence[Pair]) -> tuple[list[tuple[list[str], list[str], list[int]]], dict[int, int]]:
    distinct = list({id(p.passage): p.passage for p in pairs}.values())
    stored = [([t.text for t in p.tokens], [t.tag for t in p.tokens], [t.back for t in p.tokens]) for p in distinct]
    return stored, {id(p): i for i, p in enumerate(distinct)}


def _actors(read: ReadText, pair: Pair, participants: Iterable[str]) -> list[tuple[str, list[str], int, int]]:
    home = read.found.words.home
    at_home = home.get(read.lowered[pair.trigger.start : pair.trigger.end], ())
    taking = set(participants)
    found = []
    for c in candidates_of(read, pair.passage, home):
        signs, token = signs_of(pair, c, at_home)
        found.append((c.code, signs, token, int(c.code in taking)))
    return found


def labels_of(a: Annotated) -> list[int]:
    """For each pair the number of the annotated event that it tells of, UNKNOWN where it tells of none."""
    return [_label(a, pair) for pair in a.pairs]


def _label(a: Annotated, pair: Pair) -> int:
    t, best = pair.trigger, (0, UNKNOWN)
    days = tuple(d.isoformat() if d else None for d in (pair.dating.start, pair.dating.end))
    e = pair.expression
    named = set[str]()
    if a.read is not None:
        for sentence in range(pair.passage.sentence - 2, pair.passage.sentence + 1):
            named |= {code for m in a.read.mentions_of.get(sentence, ()) for code in m.codes}
        named |= set(a.read.in_title)
    for n, event in enumerate(a.events):
        same = days == (event["start"], event["end"])
        on_date = any(start < e.end_char and e.start_char < end for start, end in event["date"])
        on_word = event["trigger"][0] < t.end and t.start < event["trigger"][1]
        sort = family(t.kind, t.type, t.stage) == family(event["kind"], event["type"], event["stage"])
        if not (same or (on_date and on_word)) or not (on_word or sort):
            continue
        shared = bool(set(event["participants"]) & named)
        if not on_word and not shared and event["kind"] == "alliance":
            continue
        best = max(best, (1 + 4 * on_word + 2 * sort + same + on_date + 2 * shared, n), key=lambda x: x[0])
    return best[1]


def posts(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Name and content of every post of some archives."""
    for path in paths:
        with tarfile.open(path) as archive:
            for member in archive:
                source = archive.extractfile(member) if member.isfile() else None
                if source is not None:
                    yield Path(member.name).stem, source.read()


def _of_post(post: tuple[str, bytes]) -> tuple[Example, list[tuple[Any, ...]], list[tuple[Any, ...]]] | None:
    """An example whose labels are the rules' plain events, these events, and of each row what may agree with them."""
    name, content = post
    try:
        raw = parse_post(content, name)
    except PostError:
        return None
    text = clean(raw.markup, raw.title)
    if len(text) > MAX_POST_CHARS or not language_of(raw.title + "\n" + text[:2000]).startswith("zh"):
        return None
    read, rules = read_of(raw.title, text, raw.published.date(), "zh", raw.url)
    if read is None:
        return None
    pairs = pairs_of(read, rules)
    passages, number = _passages(pairs)
    rows, about = [], []
    for p in pairs:
        e = p.rule
        sure = e is not None and not e.doubts
        known = p.trigger.name in read.found.words.names
        row = Row(number[id(p.passage)], p.trigger_at, p.date_at, [s for s in p.signs if not s.startswith("rule")], 0)
        row.event = int(sure) if known and (e is None or sure) else UNKNOWN
        if e is not None and sure:
            stage = "vote" if e.stage == "postponement" else e.stage
            row.type, row.status = f"{e.kind}|{e.type}|{stage}", e.status
            row.actors = [
                (code, [s for s in signs if not s.startswith("rule")], token, takes)
                for code, signs, token, takes in _actors(read, p, e.participants)
            ]
        rows.append(row)
        here = {code for m in read.mentions_of.get(p.passage.sentence, ()) for code in m.codes} | set(read.in_title)
        day = p.dating.start if p.dating.start == p.dating.end else None
        about.append((family(p.trigger.kind, p.trigger.type, p.trigger.stage), p.trigger.kind, day, frozenset(here)))
    plain = [
        (family(e.kind, e.type, e.stage), e.kind, e.when.start, frozenset(e.participants))
        for e in rules
        if not e.doubts and e.when.start is not None and e.when.start == e.when.end
    ]
    return Example(name, raw.published.month, "zh", passages, rows), plain, about


def archive(paths: Iterable[Path], processes: int) -> list[Example]:
    """Every post as an example. `agreed`: some plain event of the archive has a pair's sort, day and participants."""
    reported: dict[tuple[Any, ...], list[frozenset[str]]] = {}
    read = []
    with ProcessPoolExecutor(processes) as pool:
        for found in pool.map(_of_post, posts(paths), chunksize=50):
            if found is not None:
                for sort, kind, day, who in found[1]:
                    reported.setdefault((sort, kind, day), []).append(who)
                read.append(found)
                if len(read) % 5000 == 0:
                    print(f"  {len(read)} posts read", flush=True)
    for example, _, about in read:
        for row, (sort, kind, day, here) in zip(example.rows, about, strict=True):
            groups = reported.get((sort, kind, day), ()) if day is not None else ()
            row.agreed = int(any(len(who & here) >= min(2, len(who)) for who in groups))
    return [example for example, _, _ in read]
