"""Which machines newsdesk may ask: the public internet, and what its operator permits beside it. Pure.

Addresses out of feeds and redirects are chosen by strangers. Without this a feed could make newsdesk ask the
machines of its own network, or the service that hands out a cloud's passwords.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = ((80, 80), (443, 443), (8000, 8999))  # where web servers listen; both ends inclusive
GLOBAL_V6 = ip_network("2000::/3")  # all that is handed out of IPv6 so far
# The library's own properties differ between its versions; these hold whatever they say.
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


@dataclass(frozen=True, slots=True)
class Reach:
    """`also`: networks that may be asked at any port, whatever they are; `public`: whether the internet may be."""

    also: tuple[Network, ...] = ()
    public: bool = True

    def why_not(self, address: Address, port: int) -> str:
        """Why this address and port must not be asked; "" where they may."""
        if any(address.version == network.version and address in network for network in self.also):
            return ""
        if what := _special(address):
            return f"leads to {address}, which is {what}"
        if not self.public:
            return f"leads to {address}, which is not among the permitted networks"
        if not any(first <= port <= last for first, last in PORTS):
            return f"asks for port {port}; web servers listen at 80, 443 or 8000 to 8999"
        return ""


def _special(address: Address) -> str:
    """What kind of address it is, if it is none of the public internet's."""
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
    """An address out of a resolver's answer. Raises ValueError."""
    return ip_address(text)
