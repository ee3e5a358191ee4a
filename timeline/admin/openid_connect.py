"""Accounts that an OpenID Connect provider vouches for; needs the extra `sso`. Off unless it is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from timeline.admin.single_sign_on import MAX_USERNAME_CHARS, give_roles
from timeline.validation.columns import max_chars


class ProviderBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """OpenID Connect. Beside the signature and the nonce it checks issuer, audience and expiry of the ID token."""

    def verify_token(self, token: str, **kwargs: Any) -> Mapping[str, Any]:
        """Return the claims of a token. Raises SuspiciousOperation for one that was not issued for newsdesk."""
        payload: Mapping[str, Any] = super().verify_token(token, **kwargs)
        audience = payload.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if settings.OIDC_RP_CLIENT_ID not in audiences or payload.get("iss") != settings.OIDC_ISSUER:
            raise SuspiciousOperation("the ID token was issued by or for somebody else")
        if "exp" not in payload:  # one that has it is checked by the library
            raise SuspiciousOperation("the ID token never expires")
        return payload

    def verify_claims(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether the claims name an account that may be used."""
        name = self.get_username(claims)
        known = User.objects.filter(username=name).first()
        return bool(name) and not (known is not None and known.has_usable_password())

    def get_username(self, claims: Mapping[str, Any]) -> str:
        """Return the name of the account, "" where the claims have none."""
        name = claims.get(settings.OIDC_NAME_FIELD)
        return name.strip()[:MAX_USERNAME_CHARS] if isinstance(name, str) else ""

    def filter_users_by_claims(self, claims: Mapping[str, Any]) -> QuerySet[User]:
        """Find the account by its name, never by an e-mail address, which anybody may claim."""
        return User.objects.filter(username=self.get_username(claims))

    def create_user(self, claims: Mapping[str, Any]) -> User:
        """Make the account at its first visit, without a password."""
        return self.update_user(User.objects.create_user(self.get_username(claims)), claims)

    def update_user(self, user: User, claims: Mapping[str, Any]) -> User:
        """Take over name, e-mail address and roles at each visit, as far as the provider tells them."""
        for field, claim in (("first_name", "given_name"), ("last_name", "family_name"), ("email", "email")):
            value = claims.get(claim)
            if isinstance(value, str):
                setattr(user, field, value[: max_chars(User, field)])
        user.save()
        groups = claims.get(settings.OIDC_GROUPS_FIELD)
        if isinstance(groups, list):
            give_roles(user, [name for name in groups if isinstance(name, str)])
        return user
