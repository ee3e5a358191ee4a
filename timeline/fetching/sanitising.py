"""Strangers' HTML → HTML that does nothing: what an article is stored as."""

from __future__ import annotations

import html

import nh3

from timeline.extraction.markup import is_parsable, without_tags

# What is no part of an article goes with its text; other unknown tags go and leave it.
GONE = frozenset(
    "script style noscript template iframe object embed applet form button select textarea svg math canvas video audio "
    "head title nav frameset noembed noframes plaintext xmp share-button share-modal".split()
)
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


def sanitised(markup: str) -> str:
    """Only what structures a text: no scripts, styles, forms, frames or handlers; links to http and https alone."""
    if "<" not in markup:
        return markup
    markup = markup.replace("\x00", "")
    if not is_parsable(markup):  # its text alone, which is inert
        return "<br>".join(html.escape(line, quote=False) for line in without_tags(markup))
    return nh3.clean(
        markup,
        tags=set(TAGS_KEPT),
        clean_content_tags=set(GONE),
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
