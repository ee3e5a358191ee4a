"""Discover every URL of newsdesk and every form on its pages, and provide unexpected values for them.

For the tests and for `make fuzz`. Django must be set up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from selectolax.lexbor import LexborHTMLParser, LexborNode

# What would end the session of whoever asks, or change his password: asked by nobody here.
LEFT_OUT = re.compile(r"/(?:admin/)?logout/|/admin/password_change/")
TEXTS = (
    *("\x00", "a\x00b", "\ufffd", "\u202e", "🇬🇧", "'", '"><b>', "{{7*7}}", "%s", "%00", "../..", "(", "x" * 5000),
    *('"\\u0000"', '["\\ud800"]', '{"\\u0000": 1}', "[" * 5000, '{"a":' * 2000, "null", "[[]]", "NaN", "1e999"),
    *("-1", "0", "1.5", "²", "١٢٣", "9" * 19, str(2**63), "9" * 40, "9" * 5000, "1e400", "true", "None"),
    *("0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "0001-01-01T00:00:00+23:59"),
    *("9999-12-31T23:59:59-23:59", "0001/9999", "P9999Y/2024", "../..", "9999年12月31日", "99999年前"),
)
RAW = ("%00", "%ED%A0%80", "%FF", "%", "%u0000")  # as bytes of an address, not as characters
ENDINGS = ("", "__gte", "__lt", "__in", "__isnull", "__exact", "__contains", "__regex", "__year", "__a", "__id__exact")
OF_LISTS = ("q", "o", "p", "e", "all", "_popup", "_to_field", "_changelist_filters", "_facets")
OF_FIELDS = ("app_label", "model_name", "field_name", "term", "next", "page", "text", "by", "format", "id", "after")


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern of the URL configuration: its path with the names of its parts in braces, and their converters."""

    template: str
    parts: Mapping[str, str]

    def path(self, **values: str) -> str:
        """Return the path with these values; the other parts are those of an existing row."""
        known = {name: value_there(self.template, name) for name in self.parts}
        safe = {name: value if value in RAW else quote(value, safe="") for name, value in {**known, **values}.items()}
        return self.template.format(**safe)


def addresses() -> list[Address]:
    """Return all of them, without LEFT_OUT."""
    found = {address.template: address for address in _walked(get_resolver().url_patterns, "/", {})}
    return [found[template] for template in sorted(found) if not LEFT_OUT.search(template)]


def _walked(patterns: Sequence[Any], before: str, parts: Mapping[str, str]) -> Iterator[Address]:
    for entry in patterns:
        template, of_entry = _template(entry.pattern)
        here, known = before + template, {**parts, **of_entry}
        if isinstance(entry, URLResolver):
            yield from _walked(entry.url_patterns, here, known)
        else:
            assert isinstance(entry, URLPattern)
            yield Address(here, known)


def _template(pattern: Any) -> tuple[str, dict[str, str]]:
    if isinstance(pattern, RoutePattern):
        route = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern))
        kinds = {
            name: type(converter).__name__.removesuffix("Converter") for name, converter in pattern.converters.items()
        }
        return route, kinds
    plain = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", str(pattern))
    names = re.findall(r"{(\w+)}", plain)
    return re.sub(r"\.\*|[\^$?]|\\(?=.)", "", plain), dict.fromkeys(names, "Regex")


def value_there(template: str, name: str) -> str:
    """Return a value for a part of a URL: the key of an existing row, where it names one."""
    if name in ("app_label", "url"):
        return "timeline"
    if name == "kind":
        return "gone"
    found = re.search(r"/admin/(\w+)/(\w+)/", template)
    label = ".".join(found.groups()) if found else ""
    last = template.partition("{" + name + "}")[0].rstrip("/").rpartition("/")[2]
    label = OF_PATHS.get(last, label)
    return key_of_a_row(label) if label else "1"


OF_PATHS = {
    "events": "timeline.event",
    "event": "timeline.event",
    "claim": "timeline.claim",
    "articles": "timeline.article",
    "views": "timeline.inboxview",
    "saved": "timeline.savedfilter",
}


def key_of_a_row(label: str) -> str:
    """Return the key of the newest row of a model, which is never the first user, who sends the requests."""
    model = apps.get_model(label)
    row = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return "1" if row is None else str(row)


# --- what can be asked, and sent ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: its target (a path with its query), and the values that each field offers."""

    method: str
    action: str
    fields: Mapping[str, Sequence[str]]

    @property
    def name(self) -> tuple[str, ...]:
        """The identity of a form: forms with the same fields at URLs of one pattern are one form."""
        return self.method, re.sub(r"\d+|[0-9a-f]{10}", "·", urlsplit(self.action).path), *sorted(self.fields)


def forms_of(page: str, path: str) -> list[Form]:
    """Return the forms of a page, without those to other sites or to LEFT_OUT."""
    found = []
    for node in LexborHTMLParser(page).css("form"):
        action = urljoin(path, node.attributes.get("action") or path)
        method = (node.attributes.get("method") or "get").lower()
        if action.startswith("/") and not LEFT_OUT.search(action):
            found.append(Form(method, action, _fields(node)))
    return found


def _fields(form: LexborNode) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for node in form.css("input,select,textarea,button"):
        name = node.attributes.get("name")
        if not name or name == "csrfmiddlewaretoken":
            continue
        options = [option.attributes.get("value") or "" for option in node.css("option")]
        text = node.text() if node.tag == "textarea" else node.attributes.get("value") or ""
        fields.setdefault(name, []).extend(options or [text])
    return fields


def names_asked(page: str, path: str) -> set[str]:
    """Return the query parameters of a page: of its GET forms, and of its links to itself."""
    names = {name for form in forms_of(page, path) if form.method == "get" for name in form.fields}
    for node in LexborHTMLParser(page).css("a[href*='?']"):
        parts = urlsplit(urljoin(path, node.attributes.get("href") or ""))
        if parts.path == path:
            names |= {pair.partition("=")[0] for pair in parts.query.split("&")}
    return {name for name in names if name}


@cache
def columns_of_list(template: str) -> Mapping[str, str]:
    """Return the columns of the model that a list of the admin shows, each with its kind; none for other URLs."""
    found = re.fullmatch(r"/admin/(\w+)/(\w+)/", template)
    model = apps.get_model(found[1], found[2]) if found else None
    if model is None or model not in admin.site._registry:
        return {}
    columns = [field for field in model._meta.get_fields() if isinstance(field, models.Field)]
    return {column.name: column.get_internal_type() for column in columns}


@cache
def names_of_list(template: str) -> tuple[str, ...]:
    """Return the parameters that a list of the admin might take: every column with every comparison."""
    columns = columns_of_list(template)
    return (*OF_LISTS, *(f"{column}{ending}" for column in columns for ending in ENDINGS)) if columns else ()
