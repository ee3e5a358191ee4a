"""The table of the filter's parameters: one entry makes the parser, condition, form, chips, API and documentation."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from timeline.display.sentences import state_words
from timeline.extraction.phrases import phrases_of
from timeline.models.dated import Kind, Precision, Status, Type
from timeline.query import conditions
from timeline.query.conditions import LAPSED
from timeline.query.parser import Parameter
from timeline.query.values import Blocs, Choice, Choices, Countries, Day, Regions, Sources, Window, Words
from timeline.query.windows import PRESETS, RECENT

PHRASES = phrases_of(__name__)
STATUSES = (*Status.values, LAPSED)
YES_NO = Choice(("yes", "no"), lambda answer: gettext("yes") if answer == "yes" else gettext("no"))


@dataclass(frozen=True, slots=True)
class FilterValues:
    """The values of all parameters, in the order of a canonical query.

    Several values of one field mean any of them; different fields all hold; "", () and None: any. `start` and `end`
    are inclusive, None open; `window` is one of PRESETS, and excludes them.
    """

    kind: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="kind",
                label=_("Kind"),
                value=Choice(Kind.values, lambda kind: str(Kind(kind).label)),
                condition=conditions.kind_is,
                about="Elections, or events of alliances.",
                example="election",
                form="main",
                tallied=True,
            )
        },
    )
    type: tuple[str, ...] = field(
        default=(),
        metadata={
            "parameter": Parameter(
                key="type",
                label=_("Type"),
                value=Choices(Type.values, lambda type: str(Type(type).label)),
                condition=conditions.type_in,
                about="What kind of election or step.",
                example=["presidential", "general"],
                tallied=True,
            )
        },
    )
    country: tuple[str, ...] = field(
        default=(),
        metadata={
            "parameter": Parameter(
                key="country",
                label=_("Country"),
                value=Countries(),
                condition=conditions.actor_in,
                about="Code of a country (ISO 3166-1) or place (ISO 3166-2), from /actors.",
                example=["GB"],
                form="main",
                tallied=True,
            )
        },
    )
    region: tuple[str, ...] = field(
        default=(),
        metadata={
            "parameter": Parameter(
                key="region",
                label=_("Region"),
                value=Regions(),
                condition=conditions.region_in,
                about="Region or subregion in which a country or place lies, as UN M49 draws them: slug or code.",
                example=["europe"],
                form="more",
            )
        },
    )
    bloc: tuple[str, ...] = field(
        default=(),
        metadata={
            "parameter": Parameter(
                key="bloc",
                label=_("Bloc"),
                value=Blocs(),
                condition=conditions.bloc_in,
                about="Slug of a bloc, from /actors.",
                example=["nato"],
                form="main",
                tallied=True,
            )
        },
    )
    members: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="members",
                label=_("Members of the bloc"),
                value=Choice(("yes",), lambda answer: gettext("yes")),
                about="Events of the countries that are members of the bloc on that day, not of the bloc; with bloc.",
                example="yes",
                form="more",
                needs=("bloc",),
            )
        },
    )
    status: tuple[str, ...] = field(
        default=(),
        metadata={
            "parameter": Parameter(
                key="status",
                label=_("Status"),
                value=Choices(STATUSES, state_words),
                condition=conditions.status_in,
                about="How sure it is; `lapsed`: over for more than three days without a report of what came of it.",
                example=["scheduled"],
                form="more",
                tallied=True,
            )
        },
    )
    precision: tuple[str, ...] = field(
        default=(),
        metadata={
            "parameter": Parameter(
                key="precision",
                label=_("Length"),
                value=Choices(Precision.values, lambda precision: str(Precision(precision).label)),
                condition=conditions.precision_in,
                about="Length of the interval: up to a day, week, month, quarter or year; longer; open-ended.",
                example=["day"],
                tallied=True,
            )
        },
    )
    source: tuple[str, ...] = field(
        default=(),
        metadata={
            "parameter": Parameter(
                key="source",
                label=_("Source"),
                value=Sources(),
                condition=conditions.source_in,
                about="Slug of a source, from /sources.",
                example=["zaobao"],
            )
        },
    )
    curated: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="curated",
                label=_("Decided by an editor"),
                value=YES_NO,
                condition=conditions.curated_is,
                about="Whether an editor decided about it.",
                example="no",
                tallied=True,
            )
        },
    )
    contradicted: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="contradicted",
                label=_("Sources differ"),
                value=YES_NO,
                condition=conditions.contradicted_is,
                about="Whether two newsrooms gave different days within a week.",
                example="no",
            )
        },
    )
    window: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="window",
                label=_("Dates"),
                value=Window(PRESETS),
                about="Events whose days overlap these: a preset or an ISO 8601 interval; not with from or to.",
                example="next-90",
                form="more",
                tallied=True,
                excludes=("from", "to"),
            )
        },
    )
    start: date | None = field(
        default=None,
        metadata={
            "parameter": Parameter(
                key="from",
                label=_("From"),
                value=Day(first=True),
                about="Events whose days overlap those from this day on; of a month or year its first.",
                example="2024-01",
                form="main",
                tallied=True,
                up_to="to",
            )
        },
    )
    end: date | None = field(
        default=None,
        metadata={
            "parameter": Parameter(
                key="to",
                label=_("To"),
                value=Day(first=False),
                about="Events whose days overlap those up to this day, inclusive; of a month or year its last.",
                example="2025",
                form="main",
                tallied=True,
            )
        },
    )
    words: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="q",
                label=_("Words"),
                value=Words(),
                condition=conditions.words_in,
                about="Words in titles, names of participants and places, evidence or headlines, all of them.",
                example=PHRASES["example"],
                form="main",
            )
        },
    )
    reported: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="reported",
                label=_("Reported"),
                value=Window(RECENT),
                condition=conditions.reported_in,
                about="Days in which an article reported it.",
                example="last-7",
            )
        },
    )
    new: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="new",
                label=_("First reported"),
                value=Window(RECENT),
                condition=conditions.first_reported_in,
                about="Days in which it was first reported.",
                example="last-30",
            )
        },
    )
    moved: str = field(
        default="",
        metadata={
            "parameter": Parameter(
                key="moved",
                label=_("Moved"),
                value=Window(RECENT),
                condition=conditions.moved_in,
                about="Days in which its date was narrowed, moved or revised, or it was postponed or cancelled.",
                example="2024-03/2024-05",
            )
        },
    )
    as_of: date | None = field(
        default=None,
        metadata={
            "parameter": Parameter(
                key="as_of",
                label=_("As of"),
                value=Day(first=False),
                about="The calendar as it was known on this day; of a month or year its last.",
                example="2024-05-01",
                form="more",
            )
        },
    )


FIELDS: dict[str, Parameter] = {item.name: item.metadata["parameter"] for item in fields(FilterValues)}
PARAMETERS = tuple(FIELDS.values())
AS_OF = FIELDS["as_of"]
