"""Random sequences of decisions, reports and resolving, and the promises that hold after each.

Every sequence depends on its number alone. At its end (and wherever nothing waits) the calendar must equal that of a
fresh resolution: all derived rows are deleted and computed from the claims and the decisions in one round.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import override_settings

from bench.fresh_resolution import DiffersError, compare, standing_events
from timeline.curation import decide
from timeline.curation.manual import ManualEvent
from timeline.extraction import Reading
from timeline.extraction.reason import Doubt
from timeline.extraction.when import When
from timeline.fetching.posts import RawArticle
from timeline.ingest.store import store_articles
from timeline.models import (
    Article,
    Claim,
    Correction,
    Event,
)
from timeline.pipeline import claims as claiming
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.read import read_article_rows, requeue
from timeline.pipeline.resolve import resolve_keys

STEPS = 14  # acts, readings and rounds of one sequence
CHECKED = 0.1  # of the steps at which nothing waits, how many are compared
SENTENCES = (
    "{a}大选将于{d}举行。",
    "{a}大选推迟到{d}举行。",
    "{a}大选将于今年夏天举行。",
    "{a}总统选举将于{d}举行。",
    "{a}大选将于{d}举行，下一次大选将于{e}举行。",
    "{a}大选将于{d}举行，{b}大选将于{e}举行。",
    "{a}首相表示支持，而选举将于{d}举行。",
    "{a}和{b}将于{d}举行外长会谈，并将于{e}签署防卫协议。",
    "{a}与{b}将于{d}签署防卫协议。",
    "{a}、{b}与{c}将于{d}签署防卫协议。",
    "{a}与{b}将于{d}举行联合军演。",
    "{a}外相将于{d}会见{b}外长，{e}会见{c}外长。",
)
COUNTRIES = ("英国", "德国", "澳大利亚", "日本", "加拿大")
DAYS = ("6月3日", "6月4日", "7月4日", "7月11日", "9月8日", "2028年5月")
TYPES = {"election": ("legislative", "general"), "alliance": ("summit", "exercise")}
HOSTS = ("one.example", "two.example", "three.example")


# --- what is compared ---------------------------------------------------------------------------


# --- what happens -------------------------------------------------------------------------------


@dataclass(slots=True)
class World:
    """One sequence in progress: its random source, its editors, the waiting keys, and the steps done."""

    draw: random.Random
    editor: User
    second: User
    rules: int = 0
    pending: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    def step(self) -> None:
        doing = self.draw.choices([act for act, _ in ACTS], [weight for _, weight in ACTS])[0]
        try:
            with transaction.atomic():
                said = doing(self)
        except ValidationError as error:
            said = f"refused: {' '.join(error.messages)}"
        if said:
            self.done.append(f"{doing.__name__.strip('_')} {said}")

    # --- newsrooms ---

    def tell(self) -> str:
        return self._take(f"https://{self.draw.choice(HOSTS)}/{self.draw.randrange(12)}")

    def rewrite(self) -> str:
        urls = list(Article.objects.exclude(state=Article.State.HAND).order_by("pk").values_list("url", flat=True))
        return self._take(self.draw.choice(urls)) if urls else ""

    def _take(self, url: str) -> str:
        known = Article.objects.filter(url=url).first()
        moment = (
            known.published if known else datetime(2024, 4, 1, 12, tzinfo=UTC) + timedelta(days=self.draw.randrange(60))
        )
        sentences = self.draw.sample(SENTENCES, self.draw.choice((1, 1, 2)))
        a, b, c = self.draw.sample(COUNTRIES, 3)
        d, e = self.draw.sample(DAYS, 2)
        text = "".join(s.format(a=a, b=b, c=c, d=d, e=e) for s in sentences)
        ids = [pk for _, pk in store_articles([RawArticle("x", "标题", url, moment, "", f"<p>{text}</p>")])]
        self._read(ids)
        return f"{url} {moment:%m-%d} {text}"

    def reread(self) -> str:
        """Read an article again with other rules."""
        self.rules += 1
        ids = [pk for pk in self._articles() if self.draw.random() < 0.7]
        requeue(ids)
        self._read(ids)
        return f"{len(ids)} articles with rules {self.rules}"

    def drop(self) -> str:
        """Delete an article, with its claims."""
        ids = self._articles()
        if not ids:
            return ""
        article = self.draw.choice(ids)
        keys = set(Claim.objects.filter(article=article).values_list("key", flat=True))
        self.pending |= lock_keys(keys)
        url = Article.objects.get(pk=article).url
        Article.objects.filter(pk=article).delete()
        return url

    def _articles(self) -> list[int]:
        return list(Article.objects.exclude(state=Article.State.HAND).order_by("pk").values_list("pk", flat=True))

    def _read(self, ids: Sequence[int]) -> None:
        with read_with(self.rules):
            self.pending |= read_article_rows(ids)
        Article.objects.filter(pk__in=ids).update(state=Article.State.DONE, pending_keys=[])

    # --- rounds ---

    def round(self) -> str:
        """Resolve some of the waiting keys, in some order and some groups."""
        keys = sorted(self.pending)
        self.draw.shuffle(keys)
        keys = keys[: self.draw.randint(1, len(keys))] if keys else []
        self._resolve(keys)
        return f"{len(keys)} keys"

    def settle(self) -> None:
        keys = sorted(self.pending)
        self.draw.shuffle(keys)
        self._resolve(keys)

    def _resolve(self, keys: Sequence[str]) -> None:
        left = list(keys)
        while left:
            size = self.draw.choice((1, 2, len(left)))
            if wrong := resolve_keys(left[:size]):
                raise DiffersError(f"not resolved: {wrong}")
            left = left[size:]
        self.pending -= set(keys)

    # --- editors ---

    def _live(self) -> list[Event]:
        rows = Event.objects.filter(merged_into=None, retracted=False, claim_count__gt=0)
        return list(rows.exclude(claims=None).order_by("pk"))

    def _any(self) -> Event | None:
        live = self._live()
        return self.draw.choice(live) if live else None

    def merge(self) -> str:
        one = self._any()
        others = [e for e in self._live() if one and e.pk != one.pk and e.kind == one.kind]
        if one is None or not others:
            return ""
        other = self.draw.choice(others)
        with self._only({one.pk, other.pk}):
            decide.merge_events(one, other, self.editor)
        return f"{one.pk} into {other.pk}"

    def split(self) -> str:
        many = [e for e in self._live() if e.claims.count() > 1]
        if not many:
            return ""
        event = self.draw.choice(many)
        claims = list(event.claims.order_by("pk").values_list("pk", flat=True))
        chosen = self.draw.sample(claims, self.draw.randint(1, len(claims) - 1))
        with self._only({event.pk}):
            made = decide.split_event(event, chosen, self.editor)
        return f"{chosen} of {event.pk} as {made.other_id}"

    def correct(self) -> str:
        event = self._any()
        if event is None:
            return ""
        values: dict[str, Any] = {
            "dates": {"start": "2024-08-01", "end": self.draw.choice(("2024-08-01", "2024-08-31"))},
            "status": self.draw.choice(("expected", "cancelled", "occurred")),
            "type": self.draw.choice(
                ("legislative", "general") if event.kind == "election" else ("summit", "exercise")
            ),
            "participants": self.draw.choice((["GB"], ["JP", "CA"])),
            "note": self.draw.choice(("a", "b")),
            "accepted": True,
            "rejected": True,
        }
        name = self.draw.choice(sorted(values))
        with self._only({event.pk}):
            decide.correct_field(event, name, values[name], self.editor)
        return f"{event.pk} {name}"

    def take_back(self) -> str:
        rows = list(Correction.objects.filter(undone_at=None).order_by("pk"))
        return self._again(rows, decide.undo_correction)

    def restore(self) -> str:
        rows = list(Correction.objects.exclude(undone_at=None).order_by("pk"))
        return self._again(rows, decide.redo_correction)

    def _again(self, rows: Sequence[Correction], act: Callable[[Correction, User], None]) -> str:
        if not rows:
            return ""
        row = self.draw.choice(rows)
        act(row, self.editor)
        return f"{row.field} of {row.event_id}"

    def propose(self) -> str:
        """Decide with approval by a second editor required: the decision waits."""
        with override_settings(TWO_PAIRS=True):
            act = self.draw.choice((World.merge, World.split, World.correct))
            return f"{act.__name__} {act(self)}"

    def approve(self) -> str:
        rows = list(Correction.objects.filter(waits=True, undone_at=None).order_by("pk"))
        if not rows:
            return ""
        row = self.draw.choice(rows)
        decide.approve_correction(row, self.second)
        return f"{row.field} of {row.event_id}"

    def judge(self) -> str:
        claims = list(Claim.objects.filter(event=None).order_by("pk"))
        if not claims:
            return ""
        claim = self.draw.choice(claims)
        self.draw.choice((decide.accept_claim, decide.reject_claim))(claim, self.editor)
        return f"claim {claim.pk}"

    def write(self) -> str:
        day = date(2024, 7, self.draw.choice((4, 11)))
        code = self.draw.choice(("GB", "AU"))
        made = decide.add_manual_event(
            ManualEvent("election", "general", (code,), When(day, day), "scheduled", "told by telephone"), self.editor
        )
        return f"{made.pk} of {code}"

    @contextmanager
    def _only(self, ids: set[str]) -> Iterator[None]:
        """Check that a decision changes no event but those that the editor saw, and those made of them."""
        if self.pending:
            yield
            return
        before = standing_events()
        newest = max(Correction.objects.values_list("pk", flat=True), default=0)
        yield
        made = Correction.objects.filter(pk__gt=newest).values_list("event", "other")
        about = ids | {pk for pair in made for pk in pair if pk}
        after = standing_events()
        changed = {pk for pk in before.keys() | after.keys() if before.get(pk) != after.get(pk)} - about
        if changed:
            raise DiffersError(f"deciding about {sorted(about)} changed {sorted(changed)}")


ACTS: tuple[tuple[Callable[[World], str], int], ...] = (
    (World.tell, 8),
    (World.rewrite, 3),
    (World.reread, 2),
    (World.drop, 2),
    (World.round, 5),
    (World.merge, 6),
    (World.split, 4),
    (World.correct, 4),
    (World.take_back, 4),
    (World.restore, 3),
    (World.judge, 2),
    (World.write, 1),
    (World.propose, 2),
    (World.approve, 2),
)


@contextmanager
def read_with(rules: int) -> Iterator[None]:
    """Read as other rules would: some claims are missing, some have other days, types or participants."""

    def altered(article: Article, reading: Reading) -> list[Claim]:
        events = [e for e in (_altered(e, rules) for e in reading.events) if e is not None]
        return claiming.claims_in(article, replace(reading, events=tuple(events)))

    with patch("timeline.pipeline.read.claims_in", altered if rules else claiming.claims_in):
        yield


def _altered(event: Any, rules: int) -> Any:
    words = f"{rules} {event.evidence} {event.trigger} {event.when.start} {event.type}"
    number = int.from_bytes(hashlib.sha256(words.encode()).digest()[:4], "big") % 20
    if number == 0:
        return None
    if number in (1, 2) and event.when.start and event.when.end:
        earlier, later = (timedelta(days=n) for n in ((-1, 1) if number == 1 else (3, 3)))
        return replace(event, when=replace(event.when, start=event.when.start - earlier, end=event.when.end + later))
    if number == 3 and event.type == "general":
        return replace(event, type="local")
    if number == 4 and event.kind == "alliance":
        return replace(event, participants=(*event.participants, "FR"))
    if number == 5 and event.type == "meeting":
        return replace(event, type="agreement")
    if number == 6:
        return replace(event, doubts=(Doubt.ONE_PARTY,))
    if number == 7:
        return replace(event, evidence=event.evidence[:-1])
    return event


# --- one sequence -------------------------------------------------------------------------------


def run(number: int, steps: int = STEPS) -> Counter[str]:
    """Play a sequence and roll it back; return how often each step was done. Raises DiffersError."""
    with transaction.atomic():
        editor, second = (_user(name) for name in ("sequences", "sequences-2"))
        world = World(random.Random(number), editor, second)
        try:
            for _ in range(3):
                world.tell()
            for _ in range(steps):
                world.step()
                if not world.pending and world.draw.random() < CHECKED:
                    compare()
            world.settle()
            compare()
        except DiffersError as error:
            raise DiffersError("\n".join([f"sequence {number}", *world.done, str(error)])) from error
        transaction.set_rollback(True)
    return Counter(line.partition(" ")[0] for line in world.done)


def _user(name: str) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    names = ("add_correction", "undo_any_correction", "approve_correction")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=user.pk)
