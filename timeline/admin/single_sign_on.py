"""Accounts that a trusted proxy vouches for, and the roles of those that somebody vouches for. Off unless it is set.

Nobody signs in that way to an account that has a password here: whoever may choose a name there must not become its
namesake here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import RemoteUserBackend
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from timeline.curation.roles import ROLES, STAFF_ROLES, sync_roles

MAX_USERNAME_CHARS = 150


def give_roles(user: User, names: Iterable[str]) -> None:
    """Give an account exactly these of the roles, and the admin with those that work in it. Other groups stay."""
    wanted = {name for name in names if name in ROLES}
    if wanted and Group.objects.filter(name__in=wanted).count() != len(wanted):
        sync_roles()
    user.groups.remove(*user.groups.filter(name__in=set(ROLES) - wanted))
    user.groups.add(*Group.objects.filter(name__in=wanted))
    user.is_staff = bool(wanted & STAFF_ROLES) or user.is_superuser
    user.save(update_fields=["is_staff"])


class ProxyBackend(RemoteUserBackend):
    """The account that a trusted proxy names in its header; made at the first visit, without a password."""

    def authenticate(self, request: HttpRequest | None, remote_user: str | None = None) -> User | None:  # type: ignore[override]
        """Return the account; None for one that has a password here, or is switched off."""
        known = User.objects.filter(username=remote_user).first()
        if known is not None and known.has_usable_password():
            return None
        user = super().authenticate(request, remote_user)  # type: ignore[arg-type]
        return user if isinstance(user, User) and self.user_can_authenticate(user) else None

    def clean_username(self, username: str) -> str:
        """Return the name without blanks around, as long as a name may be."""
        return username.strip()[:MAX_USERNAME_CHARS]

    def configure_user(self, request: HttpRequest | None, user: Any, created: bool = True) -> Any:
        """Give the roles that the proxy's second header names, separated by commas, where it has one."""
        if created:
            user.set_unusable_password()
            user.save()
        groups = request.META.get(settings.GROUPS_HEADER) if request and settings.GROUPS_HEADER else None
        if groups is not None:
            give_roles(user, [name.strip() for name in groups.split(",")])
        return user
