"""Request bodies: JSON objects without unknown fields, validated by the patterns that the description shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Self, TypeVar
from zoneinfo import available_timezones

import orjson
from django.http import HttpRequest
from django.utils.translation import gettext
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from timeline.api import patterns
from timeline.api.errors import ProblemError
from timeline.fetching.posts import MAX_TITLE_CHARS, MAX_URL_CHARS

MAX_BODY_BYTES = 5_000_000  # of a request
MAX_TEXT_CHARS, MAX_HTML_CHARS = 100_000, 1_000_000  # of an article
MEDIA_TYPE = "application/json"


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _moment(text: str) -> str:
    datetime.fromisoformat(text.upper().replace(" ", "T")).astimezone(UTC)
    return text


def _zone(text: str) -> str:
    if text not in _zones():
        raise ValueError(gettext("Unknown time zone; use a name like Europe/Paris."))
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


Title = Annotated[str, Field(max_length=MAX_TITLE_CHARS, pattern=patterns.TITLE, description="One line, without tags.")]
Text = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT_CHARS, pattern=patterns.NO_NUL, description="Plain text, not beside html."),
]
Html = Annotated[
    str, Field(min_length=1, max_length=MAX_HTML_CHARS, pattern=patterns.NO_NUL, description="Markup, not beside text.")
]
Moment = Annotated[
    str,
    Field(
        pattern=patterns.MOMENT,
        json_schema_extra={"format": "date-time"},
        description="RFC 3339 with an offset, in the years 1900 to 2100.",
    ),
    AfterValidator(_moment),
]


class Body(BaseModel):
    """Base of request bodies: strict types, no unknown fields, and exactly one of `text` and `html`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["html"]}]},
    )
    text: Text = ""
    html: Html = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len(self.model_fields_set & {"text", "html"}) != 1:
            raise ValueError(gettext("Give exactly one of text and html."))
        return self


class ExtractIn(Body):
    """A text to be read; without `anchor`, `published` or a dateline in the text nothing in it is dated."""

    title: Title = ""
    anchor: Annotated[
        str,
        Field(
            pattern=patterns.DAY,
            json_schema_extra={"format": "date"},
            description="The day from which relative dates count.",
        ),
        AfterValidator(_day),
    ] = ""
    published: Moment = ""
    zone: Annotated[
        str,
        Field(
            pattern=patterns.ZONE,
            json_schema_extra={"format": "iana-zone"},
            description="IANA name; in it `published` becomes a day.",
        ),
        AfterValidator(_zone),
    ] = "UTC"
    language: Annotated[
        str, Field(pattern=patterns.LANGUAGE, description="BCP 47; recognised from the text where it is absent.")
    ] = ""


class ArticleIn(Body):
    """An article of a source. Its address is its identity: another text under the same one is a new version."""

    url: Annotated[
        str,
        Field(
            max_length=MAX_URL_CHARS,
            pattern=patterns.ADDRESS,
            json_schema_extra={"format": "web-address"},
            description="http or https, in ASCII; the fragment is dropped.",
        ),
    ]
    title: Title
    published: Moment
    source: Annotated[
        str,
        Field(
            pattern=patterns.SLUG,
            json_schema_extra={"format": "source-slug"},
            description="Slug from /sources, for a new article; found by the address where it is absent.",
        ),
    ] = ""


Sent = TypeVar("Sent", bound=Body)


def moment(text: str) -> datetime | None:
    """Parse a validated RFC 3339 timestamp into an aware datetime in UTC."""
    return datetime.fromisoformat(text.upper().replace(" ", "T")).astimezone(UTC) if text else None


def read_body(request: HttpRequest, shape: type[Sent]) -> Sent:
    """Parse and validate a request body. Raises ProblemError: too-large, wrong-media-type, malformed-body, bad-body."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise ProblemError("too-large", gettext("At most %(count)d bytes.") % {"count": MAX_BODY_BYTES})
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    if request.content_type != MEDIA_TYPE or charset.lower() not in ("utf-8", "utf8"):
        raise ProblemError("wrong-media-type")
    raw = request.body
    try:
        sent = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ProblemError("malformed-body", str(error)) from error
    if not isinstance(sent, dict):
        raise ProblemError("malformed-body")
    try:
        return shape.model_validate(sent)
    except ValidationError as error:
        raise ProblemError("bad-body", wrong=[_wrong(e) for e in error.errors()]) from error


def _wrong(error: Any) -> dict[str, str]:
    name = ".".join(str(part) for part in error["loc"]) or "text"
    reason = str(error["msg"]).removeprefix("Value error, ")
    return {"name": name.encode("utf-8", "replace").decode()[:40], "reason": reason, "allowed": ""}
