"""Sanitise untrusted HTML into the inert markup that articles are stored as."""

from __future__ import annotations

import html
import re

import nh3

from timeline.extraction.markup import is_parsable, without_tags

# These tags are removed with their content; of other unknown tags the content stays.
REMOVED_TAGS = frozenset(
    "script style noscript template iframe object embed applet form button select textarea svg math canvas video audio "
    "head title nav frameset noembed noframes plaintext xmp share-button share-modal".split()
)
# nh3 scans the rest of the text at each no-break space, and at each character whose UTF-8 begins with the same byte.
SIGNS = re.compile("[\x80-\xbf&]")
MAX_SIGNS_BY_LENGTH = 10_000_000_000  # half a second; 1,000 of them in 100,000 characters are a hundredth of that
KEPT_TAGS = frozenset(nh3.ALLOWED_TAGS) - REMOVED_TAGS
# Classes and ids help to find what surrounds an article (`timeline.extraction.cleaning`).
ATTRIBUTES = {
    "*": {"class", "id", "lang", "dir", "hidden"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "time": {"datetime"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


def sanitize(markup: str) -> str:
    """Keep only the structure of a text: no scripts, styles, forms, frames or handlers; only http and https links."""
    if "<" not in markup:
        return markup
    markup = markup.replace("\x00", "")
    signs = len(SIGNS.findall(markup))
    if signs * len(markup) > MAX_SIGNS_BY_LENGTH or not is_parsable(markup):  # the text alone, which is inert
        return "<br>".join(html.escape(line, quote=False) for line in without_tags(markup))
    return nh3.clean(
        markup,
        tags=set(KEPT_TAGS),
        clean_content_tags=set(REMOVED_TAGS),
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
