"""The decisions that concern some keys, with the claims that they name now; and the keys that they tie to one another.

Reads rows and writes nothing but what each named claim was found to be, for the lists of editors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from timeline.models import Claim, Correction, NamedClaim, in_force
from timeline.pipeline.claims import refs_of
from timeline.resolution.arrangement import Decision
from timeline.resolution.claim_matching import SHORT, Ref, match
from timeline.resolution.corrections import ARRANGING

Field = Correction.Field

Side = NamedClaim.Side
MEANT = (Side.EVENT, Side.OTHER)
SAID = ("key", "type", "stage", "place", "start", "end", "at")


@dataclass(slots=True)
class Found:
    """A decision with what it names: rows, the claim found for each, and the keys where those lay and lie."""

    row: Correction
    named: list[NamedClaim]
    claims: list[int | None]
    keys: set[str]

    @property
    def ids(self) -> set[str]:
        return {pk for pk in (self.row.event_id, self.row.other_id) if pk}

    @property
    def ties(self) -> bool:
        return self.row.in_force or self.row.field == Field.SPLIT

    def of(self, side: str) -> frozenset[int]:
        pairs = zip(self.named, self.claims, strict=True)
        return frozenset(pk for named, pk in pairs if named.side == side and pk is not None)

    @property
    def decision(self) -> Decision:
        row = self.row
        return Decision(
            pk=row.pk,
            event=row.event_id,
            other=row.other_id,
            field=row.field,
            value=row.value,
            basis=row.basis,
            made=timezone.localdate(row.made_at),
            in_force=row.in_force,
            claims=self.of(Side.EVENT),
            others=self.of(Side.OTHER),
        )


@dataclass(slots=True)
class Linked:
    """Keys that have to be resolved together, and the decisions about them in the order in which they were made."""

    keys: set[str]
    found: list[Found] = field(default_factory=list)

    @property
    def decisions(self) -> list[Decision]:
        return [one.decision for one in self.found]

    def note(self) -> None:
        """Store which claims were found; called under the locks of the keys."""
        changed = []
        for one in self.found:
            for named, pk in zip(one.named, one.claims, strict=True):
                if one.ties and named.claim_id != pk:
                    named.claim_id = pk
                    changed.append(named)
        NamedClaim.objects.bulk_update(sorted(changed, key=lambda named: named.pk), ["claim"], batch_size=500)


def linked(keys: Iterable[str], about: Collection[int] = ()) -> Linked:
    """These keys and all that decisions tie to them; `about`: decisions that tie as well, in force or not.

    A decision ties the keys in which the claims that it names lay when it was made and in which they lie now, and
    those of other decisions about the same event.
    """
    keys, fresh, ids, fresh_ids = set(keys), set(keys), set[str](), set[str]()
    loaded: dict[int, Found] = {}
    taken: set[int] = set()
    wanted = set(about)
    while fresh or fresh_ids or wanted:
        wanted |= _naming(fresh) | decisions_about(fresh_ids)
        for one in _load(wanted - loaded.keys()):
            loaded[one.row.pk] = one
        before, before_ids, wanted = set(keys), set(ids), set()
        for pk, one in loaded.items():
            if pk not in taken and (pk in about or one.keys & keys or one.ids & ids):
                taken.add(pk)
                if one.ties or pk in about:
                    keys |= one.keys
                    ids |= one.ids
        fresh, fresh_ids = keys - before, ids - before_ids
    order = sorted((loaded[pk] for pk in taken), key=lambda one: (one.row.made_at, one.row.pk))
    return Linked(keys, order)


def beside(keys: Iterable[str]) -> set[str]:
    """The keys of events, other than these, to which claims of these keys led when they were last resolved."""
    rows = Claim.objects.filter(key__in=list(keys), event__isnull=False).exclude(event__key=F("key"))
    return set(rows.order_by().values_list("event__key", flat=True).distinct())


def _naming(keys: Collection[str]) -> set[int]:
    """Decisions that may name a claim of these keys: it lay in one of them, or its article tells of one now."""
    if not keys:
        return set()
    articles = Claim.objects.filter(key__in=list(keys)).order_by().values("article__url_digest")
    short = articles.annotate(short=Substr("article__url_digest", 1, SHORT)).values("short")
    tying = NamedClaim.objects.filter(_tying("correction__"), side__in=MEANT).order_by()
    then, now, bare = (
        tying.filter(here).values_list("correction_id", flat=True)
        for here in (Q(key__in=list(keys)), Q(article__in=articles), Q(article__in=short))
    )
    return set(then.union(now, bare))


def decisions_about(ids: Collection[str]) -> set[int]:
    """The decisions about events of these ids that tie keys."""
    if not ids:
        return set()
    rows = Correction.objects.filter(Q(event__in=list(ids)) | Q(other__in=list(ids))).filter(_tying(""))
    return set(rows.order_by().values_list("pk", flat=True))


def _tying(prefix: str) -> Q:
    stands = Q(**{f"{prefix}undone_at": None, f"{prefix}waits": False})
    return stands | Q(**{f"{prefix}field": Field.SPLIT})


def _load(pks: Collection[int]) -> list[Found]:
    if not pks:
        return []
    rows = list(Correction.objects.filter(pk__in=list(pks)).order_by("pk"))
    named: dict[int, list[NamedClaim]] = defaultdict(list)
    for one in NamedClaim.objects.filter(correction__in=rows).order_by("pk"):
        named[one.correction_id].append(one)
    present = present_in({one.article for group in named.values() for one in group})
    return [_found(row, named[row.pk], present) for row in rows]


def _found(row: Correction, named: list[NamedClaim], present: Mapping[str, Mapping[int, Ref]]) -> Found:
    here = {pk: ref for article in {one.article for one in named} for pk, ref in present.get(article, {}).items()}
    claims = match([ref_of(one) for one in named], here)
    meant = [(one, pk) for one, pk in zip(named, claims, strict=True) if one.side in MEANT]
    then = {one.key for one, _ in meant if one.key}
    return Found(row, named, claims, then | {here[pk].key for _, pk in meant if pk is not None})


def present_in(articles: Collection[str]) -> dict[str, dict[int, Ref]]:
    """The claims of articles as they stand now, by the digest of the address as it was asked for."""
    full = [article for article in articles if len(article) > SHORT]
    refs = refs_of(Claim.objects.filter(article__url_digest__in=full))
    for article in articles:
        if len(article) <= SHORT:
            refs |= refs_of(
                Claim.objects.filter(article__url_digest__gte=article, article__url_digest__lt=f"{article}g")
            )
    found: dict[str, dict[int, Ref]] = defaultdict(dict)
    for pk, ref in refs.items():
        for name in (ref.article, ref.article[:SHORT]):
            if name in articles:
                found[name][pk] = ref
    return found


def named_articles(digests: Iterable[str]) -> set[str]:
    """Those of these articles, by the digest of the address, in which a decision names a claim."""
    asked = set(digests)
    names = {short: full for full in asked for short in (full, full[:SHORT])}
    found = (
        NamedClaim.objects.filter(article__in=list(names), side__in=MEANT).order_by().values_list("article", flat=True)
    )
    return {names[name] for name in found.distinct()}


# --- what a decision names ----------------------------------------------------------------------


def ref_of(named: NamedClaim) -> Ref:
    said = {name: getattr(named, name) for name in SAID}
    return Ref(article=named.article, words=named.words, participants=tuple(named.participants), **said)


def named_by(correction: Correction, side: str, ref: Ref) -> NamedClaim:
    """The row, unsaved, with which a decision names a claim."""
    said = {name: getattr(ref, name) for name in SAID}
    rest = {"article": ref.article, "words": ref.words, "participants": list(ref.participants)}
    return NamedClaim(correction=correction, side=side, **said, **rest)


def name(correction: Correction, sides: Mapping[Side, Collection[int]]) -> None:
    """Store what a decision names: the claims of each side, and what stands beside them in their articles."""
    meant = {side: refs_of(Claim.objects.filter(pk__in=[*pks])) for side, pks in sides.items()}
    refs = [ref for group in meant.values() for ref in group.values()]
    told = {pk for group in meant.values() for pk in group}
    around = refs_of(Claim.objects.filter(article__url_digest__in={ref.article for ref in refs}).exclude(pk__in=told))
    known = {(ref.article, word) for ref in refs for word in (ref.words, ref.key)}
    close = [ref for ref in around.values() if {(ref.article, ref.words), (ref.article, ref.key)} & known]
    rows = [(side, pk, ref) for side, group in meant.items() for pk, ref in sorted(group.items())]
    made = [named_by(correction, side, ref) for side, _, ref in rows]
    for row, (_, pk, _) in zip(made, rows, strict=True):
        row.claim_id = pk
    NamedClaim.objects.bulk_create([*made, *(named_by(correction, Side.BESIDE, ref) for ref in close)])


# --- those that find nothing --------------------------------------------------------------------


def unfound() -> QuerySet[Correction]:
    """Decisions in force of which a side names no claim that stands now, newest first."""
    there = NamedClaim.objects.filter(claim__isnull=False)
    event = there.filter(side=Side.EVENT).values("correction")
    other = there.filter(side=Side.OTHER).values("correction")
    lost = ~Q(pk__in=event) | (Q(field__in=ARRANGING) & ~Q(pk__in=other))
    return Correction.objects.filter(in_force(), lost).order_by("-made_at", "-pk")
