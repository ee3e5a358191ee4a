"""Read-only pages for rows that only the pipeline writes, and the editor of a request."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

from timeline.admin.lists import BoundedLists


class ReadOnly:
    """Rows that only the pipeline writes: they can be viewed, not added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, BoundedLists):
    """Read-only rows in lists that open quickly."""


class ReadOnlyInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Rows of another table on a row's page, read-only, with links to their own pages."""

    extra = 0
    can_delete = False
    show_change_link = True


def editor_of(request: HttpRequest) -> User:
    """Return the signed-in user. Call it only behind the admin's login."""
    assert isinstance(request.user, User)
    return request.user
