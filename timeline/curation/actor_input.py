"""Countries and blocs as an editor types them: by code or by name, in any script."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext

from timeline.models import Actor

BETWEEN = re.compile(r"[,，、;；\n]+")
NAMES = ("name_zh_hans", "name_zh_hant", "name_en")
LONGEST = 1_000  # characters of a list
MOST = 40  # names in it
SHOWN = 10


def codes_in(text: str) -> list[str]:
    """The codes of a list such as `GB, 法国、NATO`, each once. Raises ValidationError that names what is unknown.

    One query.
    """
    words = list(dict.fromkeys(word for piece in BETWEEN.split(text[:LONGEST]) if (word := piece.strip())))
    if not words or len(words) > MOST:
        raise ValidationError(gettext("Name at least one country or bloc, by code or name: GB, 法国, NATO."))
    found = _by_words(words)
    unknown = [word for word in words if not found[word.casefold()]]
    if unknown:
        raise ValidationError(gettext("Unknown: %(names)s.") % {"names": ", ".join(unknown)})
    several = {word: found[word.casefold()] for word in words if len(found[word.casefold()]) > 1}
    for word, codes in several.items():
        told = {"name": word, "codes": ", ".join(codes)}
        raise ValidationError(gettext("“%(name)s” may be each of: %(codes)s. Write the code.") % told)
    return list(dict.fromkeys(found[word.casefold()][0] for word in words))


def _by_words(words: Iterable[str]) -> dict[str, list[str]]:
    """Codes by the word in lower case that is their code or else one of their names."""
    asked = Q()
    for word in words:
        asked |= Q(pk__iexact=word)
        for name in NAMES:
            asked |= Q(**{f"{name}__iexact": word})
    rows = list(Actor.objects.filter(asked).order_by("pk"))
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.pk.casefold()] = [row.pk]
    codes = set(found)
    for row in rows:
        for name in {getattr(row, column).casefold() for column in NAMES} - codes:
            found[name].append(row.pk)
    return found


def suggestions(text: str) -> list[Actor]:
    """Those whose code or name holds what was typed; codes and names that begin with it first. One query."""
    text = text.strip()[:80]
    if not text:
        return []
    asked = Q(pk__istartswith=text)
    for name in NAMES:
        asked |= Q(**{f"{name}__icontains": text})
    folded = text.casefold()

    def rank(actor: Actor) -> tuple[int, str]:
        names = [actor.pk.casefold(), *(getattr(actor, name).casefold() for name in NAMES)]
        return (0 if folded in names else 1 if any(n.startswith(folded) for n in names) else 2), actor.pk

    return sorted(Actor.objects.filter(asked), key=rank)[:SHOWN]
