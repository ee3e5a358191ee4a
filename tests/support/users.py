"""Users of the tests, with the roles and permissions they need."""

from __future__ import annotations

import hashlib

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from timeline.curation import roles


def with_permissions(name: str, *codenames: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def member(name: str, *groups: str) -> User:
    roles.sync_roles()
    user = User.objects.create_user(name, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def content() -> str:
    """A digest of all rows, those of editors and computed ones."""
    rows = []
    for model in apps.get_app_config("timeline").get_models():
        rows += [[model._meta.model_name, *row] for row in model._default_manager.order_by("pk").values_list()]
    return hashlib.sha256(repr(rows).encode()).hexdigest()
