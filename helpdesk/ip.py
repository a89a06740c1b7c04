"""Internet addresses as the product counts them: an IPv4 address written in IPv6 is that IPv4 address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """The address, `::ffff:192.0.2.1` as 192.0.2.1.

    raises  ValueError - it is none
    """
    address = ip_address(text)
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def network_of(text: str | None) -> str:
    """The network of one connection: /24 of IPv4, /64 of IPv6; whoever has one address there has the others. "" for none."""
    if not text:
        return ""
    address = plain_address(text)
    return str(ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))
