"""Atom (RFC 4287) of any filter, newest belief first: paged (RFC 5005), with tombstones (RFC 6721)."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from timeline.display.event import EventView
from timeline.display.sentences import belief_sentence, counts_words, state_words
from timeline.feeds.base import CURSOR, FeedRequest, feed
from timeline.feeds.metadata import FeedMetadata, heading, metadata_of, moment, plain
from timeline.feeds.tombstones import Removal, removals
from timeline.http.preferences import tag
from timeline.models.dated import Kind, Type

MAX_ENTRIES = 100
ATOM, AT = "http://www.w3.org/2005/Atom", "http://purl.org/atompub/tombstones/1.0"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # `updated` of an empty feed
TYPE = "application/atom+xml"

ET.register_namespace("", ATOM)
ET.register_namespace("at", AT)


@feed(CURSOR)
def atom(request: FeedRequest) -> HttpResponse:
    """`/feed.atom`: the filter, `lang` and `cursor`; tombstones are on the first page."""
    events, following = request.newest("atom", MAX_ENTRIES)
    gone = removals(request.chosen) if request.after is None else []
    root = _document(request, events, gone, following)
    data = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    response = HttpResponse(data, content_type=f"{TYPE}; charset=utf-8")
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return response


def _document(request: FeedRequest, events: list[EventView], gone: list[Removal], following: str | None) -> ET.Element:
    metadata = metadata_of(events)
    moments = [EPOCH, *(row.changed for row in metadata.values()), *(removal.at for removal in gone)]
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": tag(request.language)})
    first = request.address("atom")
    _add(root, "id", first)
    _add(root, "title", request.title)
    _add(root, "subtitle", gettext("What is coming and what moved, each date with its source sentence."))
    _add(root, "updated", moment(max(moments)))
    _author(root, request)
    _add(root, "generator", "newsdesk", uri=request.base + reverse("timeline"))
    _add(root, "icon", request.base + static("timeline/icon.svg"))
    _link(root, "self", request.base + request.http.get_full_path(), TYPE)
    _link(root, "alternate", request.page, "text/html")
    _link(root, "first", first, TYPE)
    if following:
        _link(root, "next", following, TYPE)
    for event in events:
        if event.id in metadata:
            _entry(root, event, metadata[event.id], request.base)
    for removal in gone:
        _deleted(root, removal, request.base)
    return root


def _author(root: ET.Element, request: FeedRequest) -> None:
    author = _add(root, "author")
    _add(author, "name", "newsdesk")
    _add(author, "uri", request.base + reverse("timeline"))


def _entry(root: ET.Element, event: EventView, metadata: FeedMetadata, base: str) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", f"urn:newsdesk:event:{event.id}")
    title = plain(event.title)
    _add(entry, "title", f"{title} · {event.span}")
    _add(entry, "published", moment(metadata.published))
    _add(entry, "updated", moment(metadata.changed))
    _link(entry, "alternate", base + event.link, "text/html")
    scheme = base + reverse("feed_about")
    for name, term, label in _terms(event):
        _add(entry, "category", scheme=f"{scheme}#{name}", term=term, label=label)
    _add(entry, "summary", heading(event), type="text")
    _add(entry, "content", _content(event, base), type="html")


def _terms(event: EventView) -> list[tuple[str, str, str]]:
    return [
        ("kind", event.kind, str(Kind(event.kind).label)),
        ("type", event.type, str(Type(event.type).label)),
        ("status", event.state, state_words(event.state)),
        *(("participants", actor.code, plain(actor.name)) for actor in event.participants),
    ]


def _content(event: EventView, base: str) -> str:
    """Return HTML: the belief in one sentence, the evidence, the numbers of claims and sources, the days as EDTF."""
    evidence = format_html_join("", "<p>{}</p>", ((line,) for line in plain(event.evidence).split("\n") if line))
    quoted = format_html("<blockquote>{}</blockquote>", evidence) if evidence else ""
    words = plain(belief_sentence(event)), quoted, base + event.link, counts_words(event), event.when.edtf
    return format_html('<p>{}</p>{}<p><a href="{}">{}</a> · <code>{}</code></p>', *words)


def _deleted(root: ET.Element, removal: Removal, base: str) -> None:
    """Add a tombstone; that of a merged event links to the event that has its claims now."""
    attributes = {"ref": f"urn:newsdesk:event:{removal.event}", "when": moment(removal.at)}
    entry = ET.SubElement(root, f"{{{AT}}}deleted-entry", attributes)
    comment = ET.SubElement(entry, f"{{{AT}}}comment")
    if removal.target:
        comment.text = gettext("Merged into another event.")
        _link(entry, "related", base + reverse("event", args=[removal.target]), "text/html")
    else:
        comment.text = gettext("Withdrawn: no article mentions it any more, or an editor decided so.")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element


def _link(parent: ET.Element, rel: str, href: str, type: str) -> None:
    _add(parent, "link", rel=rel, href=href, type=type)
