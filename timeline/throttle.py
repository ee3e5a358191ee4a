"""How often one client may ask for what costs the server work."""

from __future__ import annotations

import time

from django.core.cache import cache
from django.http import HttpRequest


def wait_for(request: HttpRequest, door: str, limit: int, seconds: int = 60) -> int:
    """Seconds until this client may come to `door` again; 0: now, and this visit is counted.

    At most `limit` visits in each window of `seconds`. A client is its address; counts live in Django's cache.
    """
    now = int(time.time())
    window = now // seconds
    key = f"throttle:{door}:{request.META.get('REMOTE_ADDR', '')}:{window}"
    cache.add(key, 0, timeout=2 * seconds)
    try:
        visits = cache.incr(key)
    except ValueError:  # the cache forgot it between both calls
        return 0
    return 0 if visits <= limit else (window + 1) * seconds - now
