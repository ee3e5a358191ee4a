"""What decided how sure the reader is of a claim, in words. Computed when shown: reading would take 13 % longer."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.cache import cache

from timeline.display.reasons import doubt_words, sign_words
from timeline.extraction.events.learnt.deciding import deciding_signs
from timeline.extraction.events.learnt.examples import read_pairs
from timeline.extraction.events.learnt.site import in_use
from timeline.extraction.reason import Doubt, Sign, SignCode
from timeline.models import Article, Claim

ABOUT = frozenset({Doubt.UNSURE.value, Doubt.LIKELY.value})  # doubts of how sure the reader is
MAX_CHARS = 20_000  # of an article; a longer one is not read again for a page
MAX_SHOWN = 3  # claims of one page
KEPT_SECONDS = 86_400

_Stored = list[tuple[str, tuple[str, ...], bool]]


def doubts_in_words(claims: Sequence[Claim]) -> dict[int, list[str]]:
    """Return the doubts of each claim in words; the first MAX_SHOWN of which the reader is not sure say why."""
    explained = [c.pk for c in claims if ABOUT & set(c.doubts)][:MAX_SHOWN]
    signs = {pk: sign_words(_signs(pk)) for pk in explained}
    found = {}
    for claim in claims:
        words = [doubt_words(doubt, claim.probability) for doubt in claim.doubts]
        found[claim.pk] = [*words, signs[claim.pk]] if signs.get(claim.pk) else words
    return found


def _signs(pk: int) -> tuple[Sign, ...]:
    """Return what decided a claim, kept for KEPT_SECONDS; nothing where its words are read otherwise by now."""
    claim = Claim.objects.only("trigger", "expressions", "probability", "article").get(pk=pk)
    key = f"signs:{pk}:{claim.probability}:{claim.trigger}"
    stored: _Stored | None = cache.get(key := key.replace(" ", ""))
    if stored is None:
        stored = [(s.code.value, s.args, s.speaks_for) for s in _computed(claim)]
        cache.set(key, stored, KEPT_SECONDS)
    return tuple(Sign(SignCode(code), tuple(args), speaks_for) for code, args, speaks_for in stored)


def _computed(claim: Claim) -> tuple[Sign, ...]:
    article = Article.objects.only("title", "text", "anchor", "language").get(pk=claim.article_id)
    if article.anchor is None or len(article.text) > MAX_CHARS or len(claim.trigger) != 2:
        return ()
    _, pairs = read_pairs(article.title, article.text, article.anchor, article.language)
    start, end = claim.trigger
    meant = [p for p in pairs if p.trigger.start < end and start < p.trigger.end and p.index in claim.expressions]
    return deciding_signs(meant[:1], in_use())[0] if meant else ()
