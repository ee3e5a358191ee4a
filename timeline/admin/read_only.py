"""What only the machine writes, as the admin shows it; and who is asking."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

from timeline.admin.lists import BoundedLists


class ReadOnly:
    """Rows that only the pipeline writes: to be looked at, never added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, BoundedLists):
    """What the machine wrote, in lists that open at once."""


class ReadOnlyInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False
    show_change_link = True


def editor_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
