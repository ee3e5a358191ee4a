"""Users and groups: Django's own pages, with the checked lists of the other models."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User

from timeline.admin.parameters import CheckedLists

admin.site.unregister([User, Group])


@admin.register(User)
class AccountAdmin(CheckedLists, UserAdmin):  # type: ignore[type-arg]
    """Django's page of users, whose lists refuse parameters they do not support."""


@admin.register(Group)
class RoleAdmin(CheckedLists, GroupAdmin):
    """Django's page of groups, whose lists refuse parameters they do not support."""
