"""The two doors where a password is asked for, of the pages and of the admin; few may be tried at either.

A client may try MAX_ATTEMPTS a minute; of one account NAME_TRIALS wrong ones are taken in an hour, from wherever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
NAME_TRIALS, NAME_SECONDS = 30, 3600  # wrong passwords of one account, and in how many seconds
TOO_MANY = "too_many"

if TYPE_CHECKING:
    _Form = AuthenticationForm
else:
    _Form = object


class ThrottledLoginForm(_Form):
    """A form of name and password that stops to look at passwords where too many are tried."""

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
    """That of the pages."""


class AdminSignInForm(ThrottledLoginForm, AdminAuthenticationForm):
    """That of the admin, which lets only those in who work at the desk."""


@method_decorator(cache_control(private=True, no_cache=True), "dispatch")
class SignIn(LoginView):
    """`/login/?next=…`: `next` leads only to this site."""

    template_name = "timeline/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where `next` leads; to no page that would lead here again."""
        to = str(super().get_redirect_url())
        return to if to.startswith("/") and urlsplit(to).path != self.request.path else ""

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        assert isinstance(form, SignInForm)
        slow = wait_words(form.wait) if form.wait else ""
        response = self.render_to_response(self.get_context_data(form=form, slow=slow))
        return _throttled_response(response, form)


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """`/admin/login/`: the page of Django's admin, with the same patience."""
    response = admin.site.login(request)
    form = (getattr(response, "context_data", None) or {}).get("form")
    return _throttled_response(response, form) if isinstance(form, AdminSignInForm) else response


def _throttled_response(response: HttpResponse, form: ThrottledLoginForm) -> HttpResponse:
    if form.has_error(NON_FIELD_ERRORS, TOO_MANY):
        response.status_code = 429
        response["Retry-After"] = str(form.wait)
    return response


admin.site.login_form = AdminSignInForm
