"""Which addresses newsdesk may connect to: the public internet, and networks its operator permits. Pure.

URLs in feeds and redirects are chosen by strangers. Without this check a feed could make newsdesk send requests to
machines of its own network, or to the metadata service that hands out a cloud's credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = ((80, 80), (443, 443), (8000, 8999))  # where web servers listen; both ends inclusive
GLOBAL_V6 = ip_network("2000::/3")  # all of IPv6 that is allocated so far
# The properties of the `ipaddress` module differ between its versions; these networks hold for all of them.
NEVER: tuple[tuple[str, Network], ...] = tuple(
    (what, ip_network(cidr))
    for what, cidrs in {
        "this machine": "0.0.0.0/8 127.0.0.0/8 ::1/128 ::/128",
        "a private network": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 198.18.0.0/15 fc00::/7 fec0::/10",
        "a link-local address, where clouds keep their metadata": "169.254.0.0/16 fe80::/10",
        "the metadata service of a cloud": "168.63.129.16/32 100.100.100.200/32 192.0.0.0/24",
        "many machines at once (multicast)": "224.0.0.0/4 ff00::/8",
        "a reserved address": "240.0.0.0/4 192.0.2.0/24 192.88.99.0/24 198.51.100.0/24 203.0.113.0/24 "
        "2001::/23 2001:db8::/32 3fff::/20 5f00::/16 100::/64",
        "an IPv4 address in disguise": "::ffff:0:0/96 ::/96 64:ff9b::/96 64:ff9b:1::/48 2002::/16 2001::/32",
    }.items()
    for cidr in cidrs.split()
)

OWN = frozenset({"this machine", "a private network"})  # where an operator may have feeds


@dataclass(frozen=True, slots=True)
class Reach:
    """`also`: networks permitted at any port, whatever they are; `public`: whether the public internet is permitted."""

    also: tuple[Network, ...] = ()
    public: bool = True

    def why_not(self, address: Address, port: int) -> str:
        """Return why this address and port are forbidden; "" where they are permitted."""
        if any(address.version == network.version and address in network for network in self.also):
            return ""
        if what := _special(address):
            hint = f"; to read feeds there, add {address} to NEWSDESK_FETCH_NETWORKS" if what in OWN else ""
            return f"leads to {address}, which is {what}{hint}"
        if not self.public:
            return f"leads to {address}, which is not among the permitted networks (NEWSDESK_FETCH_NETWORKS)"
        if not any(first <= port <= last for first, last in PORTS):
            return f"asks for port {port}; web servers listen at 80, 443 or 8000 to 8999"
        return ""


def _special(address: Address) -> str:
    """Return the kind of a special address; "" for one of the public internet."""
    for what, network in NEVER:
        if address.version == network.version and address in network:
            return what
    if address.is_loopback or address.is_private or address.is_multicast or address.is_reserved:
        return "no public address"
    if isinstance(address, IPv6Address) and (address not in GLOBAL_V6 or address.scope_id):
        return "no public address"
    return "" if address.is_global else "no public address"


PUBLIC = Reach()


def literal(text: str) -> Address:
    """Parse an address of a resolver's answer. Raises ValueError."""
    return ip_address(text)
