"""Health checks and metrics: `/healthz`, `/readyz` and `/metrics`.

They run before other middleware, so that they need no session, language or host name and answer while the database is
down.
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
    """Middleware: answer the paths of PROBES, whatever the URL configuration contains."""

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
    """Return 200 while the process is alive.

    It queries nothing, so that an outage of the database restarts no web server.
    """
    return HttpResponse("ok\n", content_type=TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 where requests can be answered and articles stored; else 503 with the part that is missing.

    A worker that keeps ending is reported too, but does not make the server unready: pages are served, and articles
    wait in the database.
    """
    wrong = health.run_checks()
    ready = not any(wrong.values())
    body: dict[str, Any] = {"ready": ready, **{name: reason or "ok" for name, reason in wrong.items()}}
    if ending := services.failing_processes():
        body["keeps ending"] = ending
    return HttpResponse(orjson.dumps(body), status=200 if ready else 503, content_type="application/json")


def metrics_page(request: HttpRequest) -> HttpResponse:
    """Return Prometheus' text format, for permitted networks or with the token; else 403."""
    if not _may_read_metrics(request):
        message = (
            "Metrics are for the networks of NEWSDESK_METRICS_FROM, or with the token of NEWSDESK_METRICS_TOKEN.\n"
        )
        return HttpResponse(message, status=403, content_type=TEXT)
    return HttpResponse(metrics.render(), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
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
