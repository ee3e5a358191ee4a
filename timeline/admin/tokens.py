"""API tokens."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from timeline.admin.read_only import ReadOnlyAdmin
from timeline.models import (
    ApiToken,
)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Created by `manage.py token add`, which shows the secret once; revoked here or there, never deleted."""

    list_display = ["name", "scopes", "made_at", "used_at", "revoked_at"]
    search_fields = ["name"]
    actions = ["revoke"]
    ordering = ["-pk"]

    @admin.action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        chosen.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, _("Revoked. Requests with these tokens are now refused."), messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.change_apitoken")
