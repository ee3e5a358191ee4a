"""How much a text column holds, asked of the column itself."""

from __future__ import annotations

from django.db import models

from timeline.validation.characters import storable


def max_chars(model: type[models.Model], name: str) -> int:
    """The characters that the column `name` holds at most. Raises ValueError for one without a limit."""
    limit = getattr(model._meta.get_field(name), "max_length", None)
    if limit is None:
        raise ValueError(f"{model.__name__}.{name} has no limit")
    return int(limit)


def fitted(model: type[models.Model], name: str, text: str) -> str:
    """What the column takes of a text that strangers wrote: without what cannot be stored, and cut at its limit."""
    return storable(text)[: max_chars(model, name)]
