"""What `find` answers for one expression: its days after its modifier, in EDTF and TIMEX3, with the reasons."""

from __future__ import annotations

from timeline.extraction.article import Expression
from timeline.extraction.dates.context import Context, Resolved
from timeline.extraction.dates.edtf import span_edtf
from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.finder import Found
from timeline.extraction.dates.modifiers import MODIFIERS
from timeline.extraction.dates.timex3 import timex3
from timeline.extraction.dates.writing import Written
from timeline.extraction.reason import Code, Reason, reason

SHOWN = {"as_of": "until", "within": "by", "goal": "by", "plain": ""}  # modifiers that differ only in an open end
PARTED = frozenset({"third", "span", "point", "vague"})  # fields by which TIMEX3 says more of a day than the day


def expression(text: str, seen: Written, found: Found, f: Fields, r: Resolved, c: Context) -> Expression:
    """Return the answer for what was found and resolved; `seen` is `text` as the rules read it."""
    first, last = seen.given(found.start, found.end) if seen.cuts else (found.start, found.end)
    surface = text[first:last]
    start, end, modifier = r.start, r.end, found.modifier
    if modifier:
        start, end = MODIFIERS[modifier](r, c)
        if modifier == "as_of_or_from":
            modifier = "as_of" if start is None else "from"
        if (start, end) == (r.start, r.end) and modifier in SHOWN:
            modifier = ""  # 明年内, 到2010年: the words change nothing here
        if modifier == "within" and end != r.end:
            modifier = ""  # 年内已经上涨: what is past of it is no deadline
    about = modifier == "about" or f.about
    vague = r.grain == "vague"
    if r.grain == "day" and start == end and start and not (modifier or about) and f.__dict__.keys().isdisjoint(PARTED):
        edtf = start.isoformat()  # by far the most, so without asking what else it may be
        timex = {"type": "DATE", "value": edtf, "mod": ""}
        days = Reason(Code.DAYS, (edtf, edtf))
    else:
        edtf = "" if vague and start is None and end is None else span_edtf(start, end, about=about)
        timex, days = timex3(f, r, modifier), reason(Code.DAYS, start, end)
    return Expression(
        surface,
        first,
        last,
        start,
        end,
        r.grain,
        "about" if about else SHOWN.get(modifier, modifier),
        vague,
        edtf,
        timex,
        found.rule,
        (reason(Code.PHRASE, surface), r.how, days),
    )
