"""API v1: the same events as the page and the feeds, by the same filter, with an OpenAPI description."""

from __future__ import annotations

from timeline.api import counts, errors, events, lists, texts
from timeline.api.description import DescribedAPI
from timeline.api.routes import router

__all__ = ["api", "counts", "events", "lists", "texts"]  # importing them adds their operations to the router

api = DescribedAPI(
    title="newsdesk",
    version="1",
    description="Elections and alliances: what is coming, what is believed since when, and the sentences that say so. "
    "Days are ISO 8601, both ends inclusive, null open. Errors are application/problem+json (RFC 9457). Unknown "
    "parameters and fields are refused. Clients ignore fields of answers that they do not know: more may come.",
    urls_namespace="api",
    docs_url="",
    servers=[{"url": "/", "description": "This newsdesk"}],
    openapi_extra={
        "tags": [
            {"name": "reading", "description": "Public; nothing changes."},
            {"name": "writing", "description": "Texts that are sent."},
        ]
    },
)
errors.register(api)
api.add_router("", router)
