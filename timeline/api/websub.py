"""The address that the hubs of feeds call (WebSub, W3C 2018, 5.3 and 7): to confirm, and to announce what is new."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from timeline import tasks
from timeline.ingest import poll, websub
from timeline.models import HubSubscription
from timeline.resilience.retry import QUEUE_DOWN

MAX_CHALLENGE_CHARS = 1000


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, token: str) -> HttpResponse:
    """Answer the hub of one subscription, which `token` names."""
    return _announce(request, token) if request.method == "POST" else _confirm(request, token)


def _confirm(request: HttpRequest, token: str) -> HttpResponse:
    said = {name: request.GET.get(f"hub.{name}", "") for name in ("mode", "topic", "challenge", "lease_seconds")}
    seconds = said["lease_seconds"]
    lease = int(seconds[:9]) if seconds.isascii() and seconds.isdigit() else 0
    meant = websub.confirm(token, said["mode"], said["topic"], lease)
    challenge = said["challenge"]
    if not meant or len(challenge) > MAX_CHALLENGE_CHARS:
        return HttpResponse(status=404)
    return HttpResponse(challenge, content_type="text/plain; charset=utf-8")


def _announce(request: HttpRequest, token: str) -> HttpResponse:
    """Poll the feed at once. A wrong signature is answered like a right one (8), and nothing is done.

    Django refuses a body above DATA_UPLOAD_MAX_MEMORY_SIZE.
    """
    try:
        body = request.body
    except RawPostDataException:  # a form, which no hub sends
        return HttpResponse(status=415)
    try:
        feed = websub.announced(token, body, request.headers.get("X-Hub-Signature", ""))
    except HubSubscription.DoesNotExist:
        return HttpResponse(status=410)  # the hub need not call again
    if feed is not None:
        try:
            tasks.send_polls(poll.claim_now([feed]))
        except QUEUE_DOWN:
            pass  # the feed is due again when its claim ends
    return HttpResponse(status=202)
