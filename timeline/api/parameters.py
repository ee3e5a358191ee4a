"""The parameters of all operations, and how OpenAPI describes them."""

from __future__ import annotations

from typing import Any

from timeline.api import patterns
from timeline.extraction import gazetteer
from timeline.extraction.phrases import phrases_of
from timeline.models import Actor, Article, Change
from timeline.query.changes import MAX_CHANGE_ID
from timeline.query.parameters import AS_OF, FIELDS, PARAMETERS
from timeline.query.parser import Parameter
from timeline.query.values import (
    MAX_SEARCH_CHARS,
    MAX_VALUES,
    Choice,
    Choices,
    Codes,
    Countries,
    Day,
    Number,
    Opaque,
    Regions,
    Value,
    Window,
    Words,
)

PHRASES = phrases_of(__name__)
__all__ = ["AS_OF"]
MAX_ROWS, ROWS = 200, 50  # of a page: at most, and by default
GRAINS = ("month", "day")

FILTER = PARAMETERS
CURSOR = Parameter(key="cursor", value=Opaque(), about="Opaque, from `next` of the same list.", example="ZTE5ZjYz")
LIMIT = Parameter(key="limit", value=Number(1, MAX_ROWS, ROWS), about="Rows of a page.", example=20)
PAGED = (LIMIT, CURSOR)
CLAIMS_LIMIT = Parameter(
    key="claims_limit",
    value=Number(0, MAX_ROWS, ROWS),
    about="Claims that come along, the newest; `claims_next` leads to the others.",
    example=10,
)
ARTICLE_FILTER = (
    FIELDS["source"],
    Parameter(
        key="state", value=Choices(Article.State.values), about="How far the reading has come.", example=["done"]
    ),
    Parameter(
        key="from",
        value=Day(first=True),
        about="Published on this day or later (UTC).",
        example="2024-01",
        up_to="to",
    ),
    Parameter(
        key="to", value=Day(first=False), about="Published on this day or earlier (UTC), inclusive.", example="2025"
    ),
)
ACTOR_FILTER = (
    Parameter(key="kind", value=Choice(Actor.Kind.values), about="Countries, blocs or places.", example="bloc"),
    Parameter(key="q", value=Words(), about="A part of the code or of a name.", example=PHRASES["example"]),
)
GRAIN = Parameter(
    key="grain",
    value=Choice(GRAINS, default="month"),
    about="Months (the window is widened to whole ones), or days, for a window of at most three years.",
    example="month",
)
AFTER = Parameter(
    key="after",
    value=Number(0, MAX_CHANGE_ID, 0),
    about="The number up to which everything is known: `after` of the last answer.",
    example=0,
)
WHAT = Parameter(
    key="what", value=Choices(Change.What.values), about="Only these changes.", example=["moved", "cancelled"]
)


def described(parameter: Parameter) -> dict[str, Any]:
    """Return the OpenAPI object of a query parameter; several values are given by repeating it."""
    shape = {"style": "form", "explode": True} if parameter.value.many else {}
    about: dict[str, Any] = {"name": parameter.key, "in": "query", "required": False, "description": parameter.about}
    return {**about, "schema": _schema(parameter.value), "example": parameter.example, **shape}


def _schema(value: Value) -> dict[str, Any]:
    """Return the JSON schema of a kind of value."""
    match value:
        case Choice(values=values, default=default):
            return _text(enum=list(values), **({"default": default} if default else {}))
        case Choices(values=values):
            return _array(enum=list(values))
        case Regions():
            known = gazetteer.regions()
            return _array(enum=[*known, *(region.code for region in known.values())])
        case Codes(format=format):
            return _array(pattern=patterns.COUNTRY if isinstance(value, Countries) else patterns.SLUG, format=format)
        case Day():
            return _text(pattern=patterns.ISO_DATE, format="iso-date")
        case Window(words=words):
            interval = {"pattern": patterns.ISO_INTERVAL, "minLength": 1, "format": "iso-interval"}
            return _text(anyOf=[{"enum": list(words)}, interval])
        case Words():
            return _text(minLength=1, maxLength=MAX_SEARCH_CHARS, pattern=patterns.WORDS)
        case Number(lowest=lowest, highest=highest, default=usual):
            return {"type": "integer", "minimum": lowest, "maximum": highest, "default": usual}
        case Opaque():
            return _text(pattern=patterns.CURSOR)
    raise TypeError(f"a parameter of the API has no values of the kind {value}")


def _text(**schema: Any) -> dict[str, Any]:
    return {"type": "string", **schema}


def _array(**items: Any) -> dict[str, Any]:
    return {"type": "array", "items": _text(**items), "minItems": 1, "maxItems": MAX_VALUES}
