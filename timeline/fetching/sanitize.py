"""Strangers' HTML → HTML that does nothing: what an article is stored as."""

from __future__ import annotations

import html
import re

import nh3

from timeline.extraction.markup import is_parsable, without_tags

# What is no part of an article goes with its text; other unknown tags go and leave it.
GONE = frozenset(
    "script style noscript template iframe object embed applet form button select textarea svg math canvas video audio "
    "head title nav frameset noembed noframes plaintext xmp share-button share-modal".split()
)
# nh3 looks through the rest of the text at each no-break space, and at each character whose UTF-8 begins as its does.
SIGNS = re.compile("[\x80-\xbf&]")
MAX_SIGNS_BY_LENGTH = 10_000_000_000  # half a second; 1,000 of them in 100,000 characters are a hundredth of that
TAGS_KEPT = frozenset(nh3.ALLOWED_TAGS) - GONE
# Class names and ids say what stands around an article (`timeline.extraction.cleaning`).
ATTRIBUTES = {
    "*": {"class", "id", "lang", "dir", "hidden"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "time": {"datetime"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


def sanitize(markup: str) -> str:
    """Only what structures a text: no scripts, styles, forms, frames or handlers; links to http and https alone."""
    if "<" not in markup:
        return markup
    markup = markup.replace("\x00", "")
    signs = len(SIGNS.findall(markup))
    if signs * len(markup) > MAX_SIGNS_BY_LENGTH or not is_parsable(markup):  # its text alone, which is inert
        return "<br>".join(html.escape(line, quote=False) for line in without_tags(markup))
    return nh3.clean(
        markup,
        tags=set(TAGS_KEPT),
        clean_content_tags=set(GONE),
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
