"""The root URL configuration: the admin, the choice of language, and the timeline's URLs."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from timeline.admin.parameters import CheckedAutocomplete
from timeline.admin.samples import remove_samples
from timeline.http.problems import bad_request
from timeline.operations.progress import progress_page
from timeline.web.login import admin_sign_in

reading_progress = admin.site.admin_view(
    permission_required("timeline.view_article", raise_exception=True)(progress_page)
)


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to the icon: browsers ask for this path where a page names none."""
    return HttpResponseRedirect(static("timeline/icon.svg"))


handler400 = bad_request
handler500 = "newsdesk.middleware.unavailable.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", favicon),
    path("admin/login/", admin_sign_in),
    path("admin/progress/", reading_progress, name="reading-progress"),
    path("admin/autocomplete/", admin.site.admin_view(CheckedAutocomplete.as_view(admin_site=admin.site))),
    path("samples/remove/", remove_samples, name="remove-samples"),
    path("admin/", admin.site.urls),
    # It changes only the reader's own language; a CSRF token in every page would make pages differ between readers.
    path("i18n/setlang/", csrf_exempt(set_language), name="set_language"),
    path("", include("timeline.urls")),
]
if settings.OIDC_ON:
    urlpatterns.insert(0, path("oidc/", include("mozilla_django_oidc.urls")))
