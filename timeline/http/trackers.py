"""Parameters that newsletters, advertisements and social networks append to addresses. No page or feed means them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

TRACKERS = re.compile(
    r"utm_\w{1,40}|mc_[ce]id|_hs(?:enc|mi)|hsCtaTracking|__hs\w{2,8}|_ga|_gl|_openstat|"
    r"(?:fb|g|d|tw|tt|y|ys|sc|qc|irg)clid|msclkid|wickedid|rdt_cid|li_fat_id|vero_id|oly_(?:enc|anon)_id|"
    r"gclsrc|gad_(?:source|campaignid)|[gw]braid|igshid|igsh|mkt_tok|ref_(?:src|url)|spm|s_kwcid|ef_id|wt_mc",
    re.IGNORECASE,
)


def without_trackers(query: str) -> str:
    """Return a raw query string without these parameters; everything else stays as it was written."""
    if "=" not in query and "&" not in query:
        return query
    parts = query.split("&")
    kept = [part for part in parts if not TRACKERS.fullmatch(unquote_plus(part.partition("=")[0]))]
    return query if len(kept) == len(parts) else "&".join(kept)
