"""Who is asking, and how: the client's address and scheme, also when proxies that are known stand between."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
FORWARDING_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
MAX_HOPS = 10  # entries of X-Forwarded-For that are looked at


def address_of(request: HttpRequest) -> Address | None:
    """The client's address; None where nobody can say it (a unix socket, a proxy that names none).

    Each proxy adds the address that it saw at the end of X-Forwarded-For. Only what proxies of TRUSTED_PROXIES
    added counts: read from the end, the first address that is no such proxy's is the client's. What stands
    before it anybody may have written.
    """
    found = _parsed(request.META.get("REMOTE_ADDR", ""))
    if found is None or not _is_trusted(found):
        return found
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")[-MAX_HOPS:]):
        if (address := _parsed(hop)) is None:
            return found
        found = address
        if not _is_trusted(found):
            return found
    return found


def scheme_of(request: HttpRequest) -> str | None:
    """`http` or `https` as the proxy next to the server says; None where it is none of TRUSTED_PROXIES or is silent."""
    found = _parsed(request.META.get("REMOTE_ADDR", ""))
    if found is None or not _is_trusted(found):
        return None
    said = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
    return said if said in ("http", "https") else None


def name_of(request: HttpRequest) -> str:
    """The client as it is counted: an IPv4 address, or the /64 network of an IPv6 one, which is one customer's."""
    address = address_of(request)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")


def is_direct(request: HttpRequest) -> bool:
    """Whether the address is that of the client, or was given by a proxy that is trusted.

    Not so where a proxy that settings do not name has passed it on: then everybody has the proxy's address.
    """
    found = _parsed(request.META.get("REMOTE_ADDR", ""))
    if found is not None and _is_trusted(found):
        return "X-Forwarded-For" in request.headers
    return not any(header in request.headers for header in FORWARDING_HEADERS)


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _parsed(text: str) -> Address | None:
    """An address with or without a port; an IPv4 address in the clothes of IPv6 is that IPv4 address."""
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
