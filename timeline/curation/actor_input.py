"""Parse and suggest countries and blocs that an editor types by code or name, in any script."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from rapidfuzz.fuzz import ratio

from timeline.models import Actor

SEPARATORS = re.compile(r"[,，、;；\n]+")
NAME_COLUMNS = ("name_zh_hans", "name_zh_hant", "name_en")
MAX_CHARS = 1_000  # of a list
MAX_NAMES = 40  # in a list
MAX_SUGGESTIONS = 10
MAX_MEANT = 4  # names that a message proposes for an unknown one
MIN_MISSPELT = 3  # characters of a name in which a slip is looked for
MIN_LIKENESS = 72  # of 100, of a misspelt name to the one that is meant


def parse_actors(text: str) -> list[str]:
    """Parse a list such as `GB, 法国、NATO` into codes, each once. One query.

    Raises ValidationError, which names what is unknown or ambiguous.
    """
    words = list(dict.fromkeys(word for piece in SEPARATORS.split(text[:MAX_CHARS]) if (word := piece.strip())))
    if not words or len(words) > MAX_NAMES:
        raise ValidationError(gettext("Name at least one country or bloc, by code or name: GB, 法国, NATO."))
    found = _codes_by_word(words)
    unknown = [word for word in words if not found[word.casefold()]]
    if unknown:
        raise ValidationError([_unknown_words(word) for word in unknown])
    several = {word: found[word.casefold()] for word in words if len(found[word.casefold()]) > 1}
    for word, codes in several.items():
        values = {"name": word, "codes": ", ".join(codes)}
        raise ValidationError(gettext("“%(name)s” is ambiguous: %(codes)s. Enter the code.") % values)
    return list(dict.fromkeys(found[word.casefold()][0] for word in words))


def parse_place(text: str) -> str:
    """Parse one country, region or bloc by code or name into its code; "" stays "". Raises as `parse_actors`."""
    if not text.strip():
        return ""
    codes = parse_actors(text)
    if len(codes) > 1:
        raise ValidationError(gettext("Enter one place."))
    return codes[0]


def _unknown_words(word: str) -> str:
    """Say that a name is unknown, and which may be meant: for `Lativa` it asks for `Latvia (LV)`."""
    meant = [f"{actor.name} ({actor.pk})" for actor in suggest_actors(word)[:MAX_MEANT]]
    if not meant:
        return gettext("Unknown: %(names)s.") % {"names": word}
    names = gettext(" or ").join(meant)
    return gettext("“%(name)s” is unknown. Did you mean %(names)s?") % {"name": word, "names": names}


def _codes_by_word(words: Iterable[str]) -> dict[str, list[str]]:
    """Return the codes by word in lower case, which is a code or else a name."""
    condition = Q()
    for word in words:
        condition |= Q(pk__iexact=word)
        for name in NAME_COLUMNS:
            condition |= Q(**{f"{name}__iexact": word})
    rows = list(Actor.objects.filter(condition).order_by("pk"))
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.pk.casefold()] = [row.pk]
    codes = set(found)
    for row in rows:
        for name in {getattr(row, column).casefold() for column in NAME_COLUMNS} - codes:
            found[name].append(row.pk)
    return found


def suggest_actors(text: str) -> list[Actor]:
    """Return actors whose code or name contains the text: exact matches, then prefixes, then others.

    Where there are none, those whose name is most like it (`Lativa`: Latvia). At most two queries.
    """
    text = text.strip()[:80]
    if not text:
        return []
    condition = Q(pk__istartswith=text)
    for name in NAME_COLUMNS:
        condition |= Q(**{f"{name}__icontains": text})
    folded = text.casefold()

    def rank(actor: Actor) -> tuple[int, str]:
        names = [actor.pk.casefold(), *(getattr(actor, name).casefold() for name in NAME_COLUMNS)]
        return (0 if folded in names else 1 if any(n.startswith(folded) for n in names) else 2), actor.pk

    return sorted(Actor.objects.filter(condition), key=rank)[:MAX_SUGGESTIONS] or _alike(folded)


def _alike(text: str) -> list[Actor]:
    """Return the actors with a name that a slip of the pen turns into the text, most alike first. One query."""
    if len(text) < MIN_MISSPELT:
        return []

    def likeness(actor: Actor) -> float:
        return max(ratio(text, getattr(actor, name).casefold()) for name in NAME_COLUMNS)

    found = [(likeness(actor), actor) for actor in Actor.objects.all()]
    best = [(score, actor) for score, actor in found if score >= MIN_LIKENESS]
    return [actor for _, actor in sorted(best, key=lambda one: (-one[0], one[1].pk))[:MAX_SUGGESTIONS]]
