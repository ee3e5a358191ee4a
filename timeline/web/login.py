"""The login forms of the site and of the admin, with a limit on attempts.

A client may try MAX_ATTEMPTS passwords a minute; for one account NAME_TRIALS wrong ones are accepted an hour, from all
clients together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control

from timeline.http.rate_limit import wait_for, wait_of, wait_words

MAX_ATTEMPTS = 10  # passwords that one client may try in a minute
NAME_TRIALS, NAME_SECONDS = 30, 3600  # wrong passwords of one account, and the seconds in which they count
TOO_MANY = "too_many"

if TYPE_CHECKING:
    _Form = AuthenticationForm
else:
    _Form = object


class ThrottledLoginForm(_Form):
    """Refuse to check passwords after too many attempts."""

    wait = 0  # seconds

    def clean(self) -> dict[str, Any]:
        account = str(self.cleaned_data.get("username", "")).casefold()
        assert self.request is not None
        self.wait = max(wait_for(self.request, "login", MAX_ATTEMPTS), _wait_of_account(account, counted=False))
        if self.wait:
            raise ValidationError(wait_words(self.wait), code=TOO_MANY)
        try:
            return dict(super().clean())
        except ValidationError:
            _wait_of_account(account, counted=True)
            raise


def _wait_of_account(account: str, *, counted: bool) -> int:
    return wait_of(account, "account", NAME_TRIALS, NAME_SECONDS, counted=counted)


class SignInForm(ThrottledLoginForm, AuthenticationForm):
    """The login form of the site."""


class AdminSignInForm(ThrottledLoginForm, AdminAuthenticationForm):
    """The login form of the admin, which admits staff only."""


@method_decorator(cache_control(private=True, no_cache=True), "dispatch")
class SignIn(LoginView):
    """`/login/?next=…`: `next` may only lead to this site."""

    template_name = "timeline/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether an identity provider can be used."""
        return super().get_context_data(**kwargs) | {"provider": settings.OIDC_ON}

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Return the URL of `next`; "" for another site, or for a page that would redirect here again."""
        to = str(super().get_redirect_url())
        return to if to.startswith("/") and urlsplit(to).path != self.request.path else ""

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        assert isinstance(form, SignInForm)
        slow = wait_words(form.wait) if form.wait else ""
        response = self.render_to_response(self.get_context_data(form=form, slow=slow))
        return _throttled_response(response, form)


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """`/admin/login/`: the page of Django's admin, with the same limits."""
    response = admin.site.login(request)
    form = (getattr(response, "context_data", None) or {}).get("form")
    return _throttled_response(response, form) if isinstance(form, AdminSignInForm) else response


def _throttled_response(response: HttpResponse, form: ThrottledLoginForm) -> HttpResponse:
    if form.has_error(NON_FIELD_ERRORS, TOO_MANY):
        response.status_code = 429
        response["Retry-After"] = str(form.wait)
    return response


admin.site.login_form = AdminSignInForm
