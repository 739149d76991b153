"""The client's IP address, for rate limits."""

from ipaddress import ip_address, ip_network
from typing import Any

from fastapi import Request

from app.customers.magic_links import Network


def client_network(request: Request) -> Network:
    """The viewer's network, from the last address but one in ``X-Forwarded-For`` of CloudFront.

    CloudFront appends the viewer's address, and API Gateway appends CloudFront's. Everything in
    front of these two may be spoofed by the client.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
    """
    source_ip = _source_ip(request)
    forwarded = [ip.strip() for ip in request.headers.get("x-forwarded-for", "").split(",")]
    if len(forwarded) > 1 and forwarded[-1] == source_ip and _is_ip_address(forwarded[-2]):
        return Network(_network_of(forwarded[-2]), edge=source_ip)
    return Network(_network_of(source_ip))


def _source_ip(request: Request) -> str:
    """The address of the TCP connection, as API Gateway (or the local server) saw it."""
    event: dict[str, Any] = request.scope.get("aws.event") or {}
    source_ip = event.get("requestContext", {}).get("http", {}).get("sourceIp")
    return str(source_ip or (request.client.host if request.client else "unknown"))


def _network_of(address: str) -> str:
    """An IPv4 address, or the /64 prefix of an IPv6 address: one customer has all of its hosts.

    https://www.rfc-editor.org/rfc/rfc6177
    """
    if not _is_ip_address(address):
        return address
    ip = ip_address(address)
    if ip.version == 4:
        return address
    return str(ip.ipv4_mapped or ip_network((ip, 64), strict=False))


def _is_ip_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
