"""The client's address and scheme, also through trusted proxies."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
FORWARDING_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
MAX_HOPS = 10  # entries of X-Forwarded-For that are read


def address_of(request: HttpRequest) -> Address | None:
    """Return the client's address; None where it is unknown (a unix socket, a proxy that names none).

    Each proxy appends the address that it saw to X-Forwarded-For. Only entries that proxies of TRUSTED_PROXIES appended
    count: read from the end, the first address that is not such a proxy's is the client's. Anybody may have written the
    entries before it.
    """
    found = _parse_address(request.META.get("REMOTE_ADDR", ""))
    if found is None or not _is_trusted(found):
        return found
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")[-MAX_HOPS:]):
        if (address := _parse_address(hop)) is None:
            return found
        found = address
        if not _is_trusted(found):
            return found
    return found


def comes_from_proxy(request: HttpRequest) -> bool:
    """Return whether a trusted proxy sent the request."""
    found = _parse_address(request.META.get("REMOTE_ADDR", ""))
    return found is not None and _is_trusted(found)


def scheme_of(request: HttpRequest) -> str | None:
    """Return `http` or `https` as the nearest proxy reports; None where it is untrusted or sends nothing."""
    found = _parse_address(request.META.get("REMOTE_ADDR", ""))
    if found is None or not _is_trusted(found):
        return None
    scheme = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
    return scheme if scheme in ("http", "https") else None


def name_of(request: HttpRequest) -> str:
    """Return the name that the client is counted under.

    An IPv4 address, or the /64 network of an IPv6 address, which is one customer's.
    """
    address = address_of(request)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")


def is_direct(request: HttpRequest) -> bool:
    """Return whether the address is the client's own, or was given by a trusted proxy.

    False where a proxy that is not in the settings forwarded the request: then all clients have the proxy's address.
    """
    found = _parse_address(request.META.get("REMOTE_ADDR", ""))
    if found is not None and _is_trusted(found):
        return "X-Forwarded-For" in request.headers
    return not any(header in request.headers for header in FORWARDING_HEADERS)


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _parse_address(text: str) -> Address | None:
    """Parse an address with or without a port; an IPv4-mapped IPv6 address becomes the IPv4 address."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
