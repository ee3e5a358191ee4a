"""API tokens of programs that write. The secret is shown once and never stored: only its SHA-256 is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from timeline.models import ApiToken
from timeline.resilience.retry import retry_on_contention

ARTICLES_WRITE = "articles:write"
SCOPES = (ARTICLES_WRITE,)
PREFIX = "newsdesk_"  # so that scanners for leaked secrets recognise it
USED_AT_PRECISION = timedelta(minutes=1)


class NameTakenError(ValueError):
    """A token in force has this name already."""


def add(name: str, scopes: Sequence[str], user: Any = None) -> str:
    """Create a token and return its secret, which is shown only here.

    Raises NameTakenError, and ValueError for an unknown scope.
    """
    if unknown := set(scopes) - set(SCOPES):
        raise ValueError(f"no such scope: {', '.join(sorted(unknown))}")
    if ApiToken.objects.filter(name=name, revoked_at=None).exists():
        raise NameTakenError(name)
    secret = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(name=name, digest=_digest(secret), scopes=list(scopes), user=user)
    return secret


@retry_on_contention
def token_of(secret: str) -> ApiToken | None:
    """Return the token in force with this secret, or None. Record its use at most once a minute.

    It is looked up by its digest: the time this takes reveals nothing about the secret.
    """
    token = ApiToken.objects.filter(digest=_digest(secret), revoked_at=None).first()
    if token is not None and (token.used_at is None or token.used_at < timezone.now() - USED_AT_PRECISION):
        unnoted = Q(used_at=None) | Q(used_at__lt=timezone.now() - USED_AT_PRECISION)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(used_at=timezone.now())
    return token


def revoke(name: str) -> int:
    """Revoke the tokens of this name that are in force and return how many. The rows stay for the record."""
    return ApiToken.objects.filter(name=name, revoked_at=None).update(revoked_at=timezone.now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
