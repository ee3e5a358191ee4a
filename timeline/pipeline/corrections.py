"""Load the corrections that concern some keys, match the claims that they name, and find the keys that they link.

Keys that a correction links are locked and resolved together. Nothing is written but the claim that each named claim
was matched with, for the lists of editors.
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
from timeline.resolution.arrangement import CorrectionValue
from timeline.resolution.claim_matching import SHORT_DIGEST_CHARS, Ref, match
from timeline.resolution.corrections import ARRANGING

Field = Correction.Field

Side = NamedClaim.Side
NAMED_SIDES = (Side.EVENT, Side.OTHER)
REF_FIELDS = ("key", "type", "stage", "place", "start", "end", "at")


@dataclass(slots=True)
class MatchedCorrection:
    """A correction with the claims that it names: their rows, the claim matched with each, and the keys of both."""

    row: Correction
    named: list[NamedClaim]
    claims: list[int | None]
    keys: set[str]

    @property
    def ids(self) -> set[str]:
        return {pk for pk in (self.row.event_id, self.row.other_id) if pk}

    @property
    def links(self) -> bool:
        """Whether it links keys: in force, or a split, whose event needs its claims to stay known."""
        return self.row.in_force or self.row.field == Field.SPLIT

    def claims_of(self, side: str) -> frozenset[int]:
        """Return the pks of the claims that were matched on one side."""
        pairs = zip(self.named, self.claims, strict=True)
        return frozenset(pk for named, pk in pairs if named.side == side and pk is not None)

    @property
    def value(self) -> CorrectionValue:
        row = self.row
        return CorrectionValue(
            pk=row.pk,
            event=row.event_id,
            other=row.other_id,
            field=row.field,
            value=row.value,
            basis=row.basis,
            made_on=timezone.localdate(row.made_at),
            in_force=row.in_force,
            claims=self.claims_of(Side.EVENT),
            others=self.claims_of(Side.OTHER),
        )


@dataclass(slots=True)
class LinkedKeys:
    """Keys that have to be resolved together, and the corrections of their events in the order of `made_at`."""

    keys: set[str]
    found: list[MatchedCorrection] = field(default_factory=list)

    @property
    def corrections(self) -> list[CorrectionValue]:
        return [one.value for one in self.found]

    def store_matches(self) -> None:
        """Store which claims were matched. Call it under the locks of the keys."""
        changed = []
        for one in self.found:
            for named, pk in zip(one.named, one.claims, strict=True):
                if one.links and named.claim_id != pk:
                    named.claim_id = pk
                    changed.append(named)
        NamedClaim.objects.bulk_update(sorted(changed, key=lambda named: named.pk), ["claim"], batch_size=500)


def link_keys(keys: Iterable[str], about: Collection[int] = ()) -> LinkedKeys:
    """Return these keys and all that corrections link to them, directly or through others.

    A correction links the keys that the claims it names had when it was made, the keys that they have now, and the
    keys of other corrections of the same event. `about`: pks of corrections that link too, in force or not.
    """
    keys, fresh, ids, fresh_ids = set(keys), set(keys), set[str](), set[str]()
    loaded: dict[int, MatchedCorrection] = {}
    taken: set[int] = set()
    wanted = set(about)
    while fresh or fresh_ids or wanted:
        wanted |= _naming_keys(fresh) | corrections_about(fresh_ids)
        for one in _matched_rows(wanted - loaded.keys()):
            loaded[one.row.pk] = one
        before, before_ids, wanted = set(keys), set(ids), set()
        for pk, one in loaded.items():
            if pk not in taken and (pk in about or one.keys & keys or one.ids & ids):
                taken.add(pk)
                if one.links or pk in about:
                    keys |= one.keys
                    ids |= one.ids
        fresh, fresh_ids = keys - before, ids - before_ids
    order = sorted((loaded[pk] for pk in taken), key=lambda one: (one.row.made_at, one.row.pk))
    return LinkedKeys(keys, order)


def previous_event_keys(keys: Iterable[str]) -> set[str]:
    """Return the other keys of the events that claims of these keys had when they were last resolved."""
    rows = Claim.objects.filter(key__in=list(keys), event__isnull=False).exclude(event__key=F("key"))
    return set(rows.order_by().values_list("event__key", flat=True).distinct())


def _naming_keys(keys: Collection[str]) -> set[int]:
    """Return the pks of corrections that may name a claim of these keys: then, or now in one of its articles."""
    if not keys:
        return set()
    articles = Claim.objects.filter(key__in=list(keys)).order_by().values("article__url_digest")
    short = articles.annotate(short=Substr("article__url_digest", 1, SHORT_DIGEST_CHARS)).values("short")
    tying = NamedClaim.objects.filter(_linking("correction__"), side__in=NAMED_SIDES).order_by()
    then, now, bare = (
        tying.filter(here).values_list("correction_id", flat=True)
        for here in (Q(key__in=list(keys)), Q(article__in=articles), Q(article__in=short))
    )
    return set(then.union(now, bare))


def corrections_about(ids: Collection[str]) -> set[int]:
    """Return the pks of the corrections of these events that link keys."""
    if not ids:
        return set()
    rows = Correction.objects.filter(Q(event__in=list(ids)) | Q(other__in=list(ids))).filter(_linking(""))
    return set(rows.order_by().values_list("pk", flat=True))


def _linking(prefix: str) -> Q:
    stands = Q(**{f"{prefix}undone_at": None, f"{prefix}waits": False})
    return stands | Q(**{f"{prefix}field": Field.SPLIT})


def _matched_rows(pks: Collection[int]) -> list[MatchedCorrection]:
    if not pks:
        return []
    rows = list(Correction.objects.filter(pk__in=list(pks)).order_by("pk"))
    named: dict[int, list[NamedClaim]] = defaultdict(list)
    for one in NamedClaim.objects.filter(correction__in=rows).order_by("pk"):
        named[one.correction_id].append(one)
    present = refs_in_articles({one.article for group in named.values() for one in group})
    return [_matched(row, named[row.pk], present) for row in rows]


def _matched(row: Correction, named: list[NamedClaim], present: Mapping[str, Mapping[int, Ref]]) -> MatchedCorrection:
    here = {pk: ref for article in {one.article for one in named} for pk, ref in present.get(article, {}).items()}
    claims = match([ref_of(one) for one in named], here)
    meant = [(one, pk) for one, pk in zip(named, claims, strict=True) if one.side in NAMED_SIDES]
    then = {one.key for one, _ in meant if one.key}
    return MatchedCorrection(row, named, claims, then | {here[pk].key for _, pk in meant if pk is not None})


def refs_in_articles(articles: Collection[str]) -> dict[str, dict[int, Ref]]:
    """Return the claims of articles by the digest of the address, which may be short, and by pk."""
    full = [article for article in articles if len(article) > SHORT_DIGEST_CHARS]
    refs = refs_of(Claim.objects.filter(article__url_digest__in=full))
    for article in articles:
        if len(article) <= SHORT_DIGEST_CHARS:
            refs |= refs_of(
                Claim.objects.filter(article__url_digest__gte=article, article__url_digest__lt=f"{article}g")
            )
    found: dict[str, dict[int, Ref]] = defaultdict(dict)
    for pk, ref in refs.items():
        for name in (ref.article, ref.article[:SHORT_DIGEST_CHARS]):
            if name in articles:
                found[name][pk] = ref
    return found


def articles_with_corrections(digests: Iterable[str]) -> set[str]:
    """Return which of these articles, by the digest of the address, have a claim that a correction names."""
    asked = set(digests)
    names = {short: full for full in asked for short in (full, full[:SHORT_DIGEST_CHARS])}
    found = (
        NamedClaim.objects.filter(article__in=list(names), side__in=NAMED_SIDES)
        .order_by()
        .values_list("article", flat=True)
    )
    return {names[name] for name in found.distinct()}


# --- what a correction names ---------------------------------------------------------------------


def ref_of(named: NamedClaim) -> Ref:
    """Return what a stored named claim names."""
    said = {name: getattr(named, name) for name in REF_FIELDS}
    return Ref(article=named.article, words=named.words, participants=tuple(named.participants), **said)


def named_claim(correction: Correction, side: str, ref: Ref) -> NamedClaim:
    """Make the row, unsaved, with which a correction names a claim."""
    said = {name: getattr(ref, name) for name in REF_FIELDS}
    rest = {"article": ref.article, "words": ref.words, "participants": list(ref.participants)}
    return NamedClaim(correction=correction, side=side, **said, **rest)


def name_claims(correction: Correction, sides: Mapping[Side, Collection[int]]) -> None:
    """Store what a correction names: the claims of each side, and similar claims beside them in their articles."""
    meant = {side: refs_of(Claim.objects.filter(pk__in=[*pks])) for side, pks in sides.items()}
    refs = [ref for group in meant.values() for ref in group.values()]
    matched = {pk for group in meant.values() for pk in group}
    around = refs_of(
        Claim.objects.filter(article__url_digest__in={ref.article for ref in refs}).exclude(pk__in=matched)
    )
    known = {(ref.article, word) for ref in refs for word in (ref.words, ref.key)}
    close = [ref for ref in around.values() if {(ref.article, ref.words), (ref.article, ref.key)} & known]
    rows = [(side, pk, ref) for side, group in meant.items() for pk, ref in sorted(group.items())]
    made = [named_claim(correction, side, ref) for side, _, ref in rows]
    for row, (_, pk, _) in zip(made, rows, strict=True):
        row.claim_id = pk
    NamedClaim.objects.bulk_create([*made, *(named_claim(correction, Side.BESIDE, ref) for ref in close)])


# --- corrections without a match -------------------------------------------------------------------


def unmatched() -> QuerySet[Correction]:
    """Return the corrections in force of which a side matches no claim, newest first."""
    there = NamedClaim.objects.filter(claim__isnull=False)
    event = there.filter(side=Side.EVENT).values("correction")
    other = there.filter(side=Side.OTHER).values("correction")
    lost = ~Q(pk__in=event) | (Q(field__in=ARRANGING) & ~Q(pk__in=other))
    return Correction.objects.filter(in_force(), lost).order_by("-made_at", "-pk")
