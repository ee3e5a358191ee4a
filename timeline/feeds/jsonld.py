"""One event as schema.org/Event in JSON-LD, and a safe way to put it into a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from timeline.display.event import EventView
from timeline.display.sentences import belief_sentence
from timeline.feeds.metadata import is_sure, plain
from timeline.http.preferences import tag
from timeline.models import Actor, Claim

# What is merely expected, depends on a condition or has lapsed has no word in schema.org: none is given then.
STATUSES = {
    "scheduled": "https://schema.org/EventScheduled",
    "occurred": "https://schema.org/EventScheduled",
    "postponed": "https://schema.org/EventPostponed",
    "cancelled": "https://schema.org/EventCancelled",
}
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def event_jsonld(view: EventView, base: str, claims: Sequence[Claim] = ()) -> dict[str, Any]:
    """Describe the event for search engines. `base`: scheme and host; `claims`: its reports, with article and source.

    `startDate` and `endDate` stand only where the days are known; a window is given by its EDTF alone.
    """
    url = base + view.url
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": url,
        "url": url,
        "identifier": f"urn:newsdesk:event:{view.id}",
        "name": plain(view.title),
        "description": plain(belief_sentence(view)),
        "inLanguage": tag(translation.get_language() or ""),
        "additionalProperty": [_property("edtf", view.when.edtf), _property("status", view.state)],
    }
    if view.state in STATUSES:
        found["eventStatus"] = STATUSES[view.state]
    if is_sure(view):
        found |= {"startDate": str(view.when.start), "endDate": str(view.when.end)}
    blocs = [_party(actor) for actor in view.participants if actor.kind == Actor.Kind.BLOC]
    more = {
        "about": [_party(actor) for actor in view.participants],
        "organizer": blocs if view.kind == "alliance" else [],
        "location": _location(view),
        "subjectOf": [_article(claim) for claim in claims],
    }
    return found | {name: value for name, value in more.items() if value}


def dumps(data: dict[str, Any]) -> str:
    """Write JSON that is safe wherever it stands in a page: nothing in it ends a block or begins an element."""
    text = orjson.dumps(data).decode()
    for sign, escaped in UNSAFE.items():
        text = text.replace(sign, escaped)
    return text


def script(data: dict[str, Any]) -> SafeString:
    """Return the data as a <script> element for a page."""
    return mark_safe(f'<script type="application/ld+json">{dumps(data)}</script>')  # escaped by dumps


def _property(name: str, value: str) -> dict[str, str]:
    named = {"@type": "PropertyValue", "name": name, "value": value}
    return named | ({"propertyID": "https://www.loc.gov/standards/datetime/"} if name == "edtf" else {})


def _party(actor: Actor) -> dict[str, str]:
    kinds = {Actor.Kind.COUNTRY.value: "Country", Actor.Kind.BLOC.value: "Organization"}
    return {"@type": kinds.get(actor.kind, "AdministrativeArea"), "name": plain(actor.name), "identifier": actor.code}


def _location(view: EventView) -> list[dict[str, Any]]:
    """Where an election is held; where an alliance meets no source was read for."""
    if view.kind != "election":
        return []
    countries = [_party(actor) for actor in view.participants if actor.kind == Actor.Kind.COUNTRY]
    if view.place is None:
        return list(countries)
    place: dict[str, Any] = _party(view.place)
    return [place | {"containedInPlace": countries[0]}] if len(countries) == 1 else [place]


def _article(claim: Claim) -> dict[str, Any]:
    article = claim.article
    found = {
        "@type": "NewsArticle",
        "headline": plain(article.title),
        "datePublished": article.published.isoformat(),
        "publisher": {"@type": "Organization", "name": plain(article.source.name)},
    }
    return found | ({"url": article.url} if article.url.startswith(("https://", "http://")) else {})
