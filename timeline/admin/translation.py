"""Sentences of reports in the editor's language, by the translation service of the settings."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, to_locale

from timeline.curation.review import ReviewedClaim
from timeline.fetching.translation import TranslationError, translate
from timeline.models import Translation
from timeline.validation.characters import remove_unstorable

MAX_TRANSLATED = 12  # sentences of one page, the newest
MAX_SECONDS = 15.0  # for all of them; what is missing then can be asked for again


def target_language() -> str:
    """Return the editor's language as a BCP 47 tag: `zh-Hans`."""
    return to_locale(get_language() or "en").replace("_", "-")


def translate_url(request: HttpRequest, claims: Sequence[ReviewedClaim]) -> str:
    """Return the address of the page with translations; "" where none are needed, or no service is set."""
    target = target_language()
    foreign = any(_language(one) not in ("", target) for one in claims)
    if not settings.TRANSLATE_URL or not foreign or "translate" in request.GET:
        return ""
    query = request.GET.copy()
    query["translate"] = "1"
    return f"?{query.urlencode()}"


def with_translations(request: HttpRequest, claims: Sequence[ReviewedClaim]) -> tuple[list[ReviewedClaim], str]:
    """Return the reports with their sentences translated, if the address asks for it, and why some are not."""
    if not settings.TRANSLATE_URL or "translate" not in request.GET:
        return list(claims), ""
    target, until, problem, found = target_language(), time.monotonic() + MAX_SECONDS, "", []
    for number, one in enumerate(claims):
        if number < MAX_TRANSLATED and not problem and _language(one) not in ("", target):
            try:
                text = _translation(one.view.claim.evidence, _language(one), target, may_ask=time.monotonic() < until)
            except TranslationError as error:
                problem, text = str(error), ""
            one = replace(one, translation=text)
        found.append(one)
    return found, problem


def _translation(sentence: str, source: str, target: str, *, may_ask: bool) -> str:
    digest = hashlib.sha256(f"{source}\n{target}\n{sentence}".encode()).hexdigest()
    known = Translation.objects.filter(pk=digest).first()
    if known is not None or not may_ask:
        return known.text if known else ""
    reach = settings.TRANSLATE_REACH
    answer = translate(settings.TRANSLATE_URL, settings.TRANSLATE_KEY, sentence, source, target, reach=reach)
    text = remove_unstorable(answer)
    Translation.objects.bulk_create([Translation(digest=digest, text=text)], ignore_conflicts=True)
    return text


def _language(one: ReviewedClaim) -> str:
    return one.view.claim.article.language
