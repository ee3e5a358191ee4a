"""Limits of text columns, as their fields declare them."""

from __future__ import annotations

from django.db import models

from timeline.validation.characters import remove_unstorable


def max_chars(model: type[models.Model], name: str) -> int:
    """Return how many characters the column `name` holds. Raises ValueError if it has no limit."""
    limit = getattr(model._meta.get_field(name), "max_length", None)
    if limit is None:
        raise ValueError(f"{model.__name__}.{name} has no limit")
    return int(limit)


def fit_column(model: type[models.Model], name: str, text: str) -> str:
    """Make an untrusted text fit its column: remove what cannot be stored, and cut it at the limit."""
    return remove_unstorable(text)[: max_chars(model, name)]
