"""The doors of operators: `/healthz`, `/readyz` and `/metrics`.

They answer before everything else, so that they need no session, no language and no name of the host, and go on
answering while the database is away.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from timeline.http import clients
from timeline.operations import health, metrics, services

TEXT = "text/plain; charset=utf-8"


class ProbesMiddleware:
    """Middleware: the addresses of PROBES are answered here, whatever the URL configuration says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = probe(request)
        response["Cache-Control"] = "no-store"
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. It asks nobody, so that a database that is away restarts no web server."""
    return HttpResponse("ok\n", content_type=TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """200 where requests can be answered and articles taken in; else 503, with the part that is missing.

    A worker that keeps ending is told too, but is no reason to send readers elsewhere: pages are served, and articles
    wait in the database.
    """
    wrong = health.run_checks()
    ready = not any(wrong.values())
    body: dict[str, Any] = {"ready": ready, **{name: reason or "ok" for name, reason in wrong.items()}}
    if ending := services.failing_processes():
        body["keeps ending"] = ending
    return HttpResponse(orjson.dumps(body), status=200 if ready else 503, content_type="application/json")


def metrics_page(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for permitted networks or with the token."""
    if not _may_measure(request):
        told = "Metrics are for the networks of NEWSDESK_METRICS_FROM, or with the token of NEWSDESK_METRICS_TOKEN.\n"
        return HttpResponse(told, status=403, content_type=TEXT)
    return HttpResponse(metrics.render(), content_type=CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return secrets.compare_digest(given.strip().encode(), settings.METRICS_TOKEN.encode())
    address = clients.address_of(request)
    permitted = any(address in network for network in settings.METRICS_FROM) if address else False
    return permitted and clients.is_direct(request)


PROBES: Mapping[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics_page,
}
