"""The parameters of all operations, as they are described and as `timeline.api.query` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from timeline.api import patterns
from timeline.models import Actor, Article, Change
from timeline.models.dated import Kind, Precision, Type
from timeline.query.changes import LAST_ID
from timeline.query.parameters import STATUSES, VALUES, YES_NO
from timeline.query.parameters import WORDS as LONGEST_SEARCH
from timeline.query.windows import LAST, PRESETS

MOST, USUAL = 200, 50  # rows of a page
GRAINS = ("month", "day")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: its JSON schema, what it means, and a value as an example. An array is given by repeating."""

    name: str
    schema: dict[str, Any]
    about: str
    example: Any

    @property
    def several(self) -> bool:
        return bool(self.schema["type"] == "array")

    @property
    def described(self) -> dict[str, Any]:
        """As OpenAPI has it."""
        shape = {"style": "form", "explode": True} if self.several else {}
        told = {"name": self.name, "in": "query", "required": False, "description": self.about}
        return {**told, "schema": self.schema, "example": self.example, **shape}


def _text(**schema: Any) -> dict[str, Any]:
    return {"type": "string", **schema}


def _several(**items: Any) -> dict[str, Any]:
    return {"type": "array", "items": _text(**items), "minItems": 1, "maxItems": VALUES}


DATE = _text(pattern=patterns.ISO_DATE, format="iso-date")
SPAN = {"pattern": patterns.ISO_INTERVAL, "minLength": 1}


def _span(words: Sequence[str]) -> dict[str, Any]:
    """One of the words, or an interval."""
    return {"type": "string", "anyOf": [{"enum": list(words)}, {**SPAN, "format": "iso-interval"}]}


CURSOR = Parameter("cursor", _text(pattern=patterns.CURSOR), "Opaque, from `next` of the same list.", "ZTE5ZjYz")
LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    "Rows of a page.",
    20,
)
PAGED = (LIMIT, CURSOR)
CLAIMS_LIMIT = Parameter(
    "claims_limit",
    {"type": "integer", "minimum": 0, "maximum": MOST, "default": USUAL},
    "Claims that come along, the newest; `claims_next` leads to the others.",
    10,
)
AS_OF = Parameter("as_of", DATE, "The calendar as it was known on this day; of a month or year its last.", "2024-05-01")
Q = Parameter(
    "q",
    _text(minLength=1, maxLength=LONGEST_SEARCH, pattern=patterns.WORDS),
    "Words, all of which stand in names or evidence.",
    "大选",
)
FROM = Parameter("from", DATE, "The first day: 2024, 2024-03 or 2024-03-20.", "2024-01")
TO = Parameter("to", DATE, "The last day, inclusive; of a month or year its last.", "2025")
SOURCE = Parameter(
    "source", _several(pattern=patterns.SLUG, format="source-slug"), "Slug of a source, from /sources.", ["zaobao"]
)

FILTER = [
    Parameter("kind", _text(enum=Kind.values), "Elections or what happens to alliances.", "election"),
    Parameter("type", _several(enum=Type.values), "What kind of election or step.", ["presidential", "general"]),
    Parameter(
        "country",
        _several(pattern=patterns.COUNTRY, format="country-code"),
        "Code of a country (ISO 3166-1) or place (ISO 3166-2), from /actors.",
        ["GB"],
    ),
    Parameter("bloc", _several(pattern=patterns.SLUG, format="bloc-slug"), "Slug of a bloc, from /actors.", ["nato"]),
    Parameter(
        "status", _several(enum=list(STATUSES)), "How sure it is; `lapsed`: its days passed unheard of.", ["scheduled"]
    ),
    Parameter(
        "precision", _several(enum=Precision.values), "How narrow the days are: the class of their length.", ["day"]
    ),
    SOURCE,
    Parameter("curated", _text(enum=list(YES_NO)), "Whether an editor decided about it.", "no"),
    Parameter("contradicted", _text(enum=list(YES_NO)), "Whether newsrooms gave disjoint days in one week.", "no"),
    Parameter(
        "window", _span(PRESETS), "Days met: a preset or an ISO 8601 interval; not beside from or to.", "next-90"
    ),
    Parameter("from", DATE, "Events whose days meet those from here on: 2024, 2024-03 or 2024-03-20.", "2024-01"),
    Parameter("to", DATE, "Events whose days meet those up to here, inclusive.", "2025"),
    Q,
    Parameter("reported", _span(LAST), "Days in which a claim of it was reported.", "last-7"),
    Parameter("new", _span(LAST), "Days in which it was first heard of.", "last-30"),
    Parameter("moved", _span(LAST), "Days in which its days or its fate changed.", "2024-03/2024-05"),
    AS_OF,
]
ARTICLE_FILTER = [
    SOURCE,
    Parameter("state", _several(enum=Article.State.values), "How far the reading has come.", ["done"]),
    Parameter("from", DATE, "Published on this day or later (UTC).", "2024-01"),
    Parameter("to", DATE, "Published on this day or earlier (UTC), inclusive.", "2025"),
]
ACTOR_FILTER = [
    Parameter("kind", _text(enum=Actor.Kind.values), "Countries, blocs or places.", "bloc"),
    Parameter("q", Q.schema, "A part of the code or of a name.", "英国"),
]
GRAIN = Parameter(
    "grain",
    _text(enum=list(GRAINS), default="month"),
    "Months (the window is widened to whole ones), or days, for a window of at most three years.",
    "month",
)
AFTER = Parameter(
    "after",
    {"type": "integer", "minimum": 0, "maximum": LAST_ID, "default": 0},
    "The number up to which everything is known: `after` of the last answer.",
    0,
)
WHAT = Parameter("what", _several(enum=Change.What.values), "Only these changes.", ["moved", "cancelled"])
